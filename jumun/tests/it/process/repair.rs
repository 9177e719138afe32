//! What operators mend: dead letters, and who may.

use serde_json::json;

use crate::shop::{Setup, Shop, TOKEN, apples};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

#[test]
fn operating_needs_the_operators_token() {
    let shop = Shop::start();
    let rebuild = Request::new("POST", "/actuator/contexts/mypage/rebuild/myPages");
    shop.send(&rebuild).expect(404);
    shop.send(
        &rebuild
            .clone()
            .header("Authorization", "Bearer somebody-elses-token"),
    )
    .expect(404);
    let token = format!("Bearer {TOKEN}");
    shop.send(&rebuild.header("Authorization", &token))
        .expect(200);
    let letters = Request::get("/actuator/contexts/order/dead-letters");
    shop.send(&letters).expect(404);
    shop.send(&letters.header("Authorization", &token))
        .expect(200);
}

#[test]
fn no_dead_letters_are_said_to_be_none_and_one_that_is_not_there_cannot_be_shown() {
    let mut shop = Shop::start();
    let none = |shop: &Shop| {
        assert_eq!(
            shop.command(&["dead-letters", "fruitstore"]).fine().trim(),
            "no dead letters"
        );
        let err = shop
            .command(&["dead-letters", "fruitstore", "show", "delivery/payment/17"])
            .failed();
        assert!(err.contains("delivery/payment/17"), "{err}");
        let err = shop
            .command(&["dead-letters", "fruitstore", "drop", "17"])
            .failed();
        assert!(err.contains("context/producer/position"), "{err}");
    };
    none(&shop);
    shop.terminate();
    none(&shop);
}

/// An order that is delivered before its payment, which has been voided too early on purpose, tells
/// it to cancel: what an order cannot do any more, so the event becomes a dead letter.
fn shop_with_a_dead_letter() -> Shop {
    let shop = Setup::new()
        .set("systems.fruitstore.payment.deadlines.capture", "0s")
        .set("commands.retries", r#"["1ms", "1ms"]"#)
        .start();
    let mut connection = Connection::open(shop.address()).unwrap();
    eventually("an order that is delivered before it is canceled", || {
        let placed = connection
            .send(&Request::post("/orders", &apples()))
            .unwrap();
        let order = placed.expect(201).id();
        let deliver = Request::new("PUT", &format!("/orders/{order}/delivered"));
        let delivered = connection.send(&deliver).unwrap();
        if delivered.status < 300 {
            Ok(())
        } else {
            Err(delivered.to_string())
        }
    });
    shop
}

#[test]
fn a_dead_letter_is_listed_shown_tried_again_and_dropped() {
    let shop = shop_with_a_dead_letter();
    let letters = ["dead-letters", "fruitstore", "list", "--context", "order"];
    let line = eventually("a dead letter", || {
        let listed = shop.command(&letters).fine();
        let line = listed
            .lines()
            .find(|line| line.starts_with("order/payment/"));
        line.map(str::to_owned).ok_or(listed)
    });
    assert!(
        line.contains("PaymentCanceled") && line.contains("delivered"),
        "{line}"
    );
    let letter = line.split_whitespace().next().unwrap();
    let page = shop
        .command(&["dead-letters", "fruitstore", "show", letter])
        .fine();
    assert!(
        page.contains(letter) && page.contains("\"payStatus\": \"결제취소\""),
        "{page}"
    );
    assert!(shop.metric("jumun_dead_letters", &[r#"context="order""#]) > 0.0);

    shop.command(&["dead-letters", "fruitstore", "retry", letter])
        .fine();
    eventually("the letter again", || {
        let listed = shop.command(&letters).fine();
        if listed.contains(letter) {
            Ok(())
        } else {
            Err(listed)
        }
    });
    shop.command(&["dead-letters", "fruitstore", "drop", letter])
        .fine();
    eventually("no such letter", || {
        let listed = shop
            .command(&["dead-letters", "fruitstore", "list", "--all"])
            .fine();
        if listed.contains(letter) {
            Err(listed)
        } else {
            Ok(())
        }
    });
    shop.command(&["dead-letters", "fruitstore", "drop", letter])
        .failed();
    // The rest of the stream has gone on all the while.
    let ask = json!({"orderId": 100_000, "userId": 1, "price": 1});
    shop.post("/payments", &ask).expect(201);
}

#[test]
fn a_dead_letter_survives_a_kill_and_can_be_dropped_when_nobody_runs() {
    let mut shop = shop_with_a_dead_letter();
    let first = |shop: &Shop| {
        let listed = shop
            .command(&["dead-letters", "fruitstore", "list", "--context", "order"])
            .fine();
        let line = listed
            .lines()
            .find(|line| line.starts_with("order/payment/"));
        let letter = line.and_then(|line| line.split_whitespace().next());
        letter.map(str::to_owned).ok_or(listed)
    };
    let letter = eventually("a dead letter", || first(&shop));
    shop.kill();
    assert_eq!(first(&shop).as_ref(), Ok(&letter));
    shop.command(&["dead-letters", "fruitstore", "drop", &letter])
        .fine();
    let listed = shop
        .command(&["dead-letters", "fruitstore", "list", "--all"])
        .fine();
    assert!(!listed.contains(&letter), "{listed}");
    shop.restart();
    shop.get("/orders").expect(200);
}
