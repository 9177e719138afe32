//! What operators mend: dead letters, and who may.

use serde_json::json;

use crate::fruitstore::Shop;
use crate::stage::{Setup, TOKEN};
use crate::waiting::eventually;
use crate::wire::Request;

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

/// A shop that has kept its orders and nothing else, as if the other disks had been replaced by
/// empty ones: payment hears anew of the order that was placed, knows nothing of its payment, and
/// gives up on it.
fn shop_with_a_dead_letter() -> Shop {
    let mut shop = Setup::of("fruitstore")
        .set("commands.retries", r#"["1ms", "1ms"]"#)
        .shop();
    let order = shop.place();
    shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    shop.terminate();
    for lost in ["payment", "delivery", "mypage"] {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(shop.data().join(format!("{lost}.sqlite{end}")));
        }
        // Order has heard more of payment than the new store holds.
        shop.command(&["advance", "fruitstore", lost]).fine();
    }
    shop.restart();
    shop
}

const LETTER: &str = "payment/order/1";

fn letters(shop: &Shop, arguments: &[&str]) -> String {
    let command = ["dead-letters", "fruitstore"];
    shop.command(&[&command, arguments].concat()).fine()
}

/// Waits until the letter is listed among those given up on, or among all that are held back.
fn listed(shop: &Shop, arguments: &[&str]) -> String {
    eventually("the dead letter", || {
        let listed = letters(shop, arguments);
        let line = listed.lines().find(|line| line.starts_with(LETTER));
        line.map(str::to_owned).ok_or(listed)
    })
}

#[test]
fn a_dead_letter_is_listed_shown_and_tried_again_until_what_it_lacks_is_there() {
    let shop = shop_with_a_dead_letter();
    let line = listed(&shop, &["list", "--context", "payment"]);
    assert!(
        line.contains("OrderPlaced") && line.contains("no payment for this order"),
        "{line}"
    );
    let page = letters(&shop, &["show", LETTER]);
    assert!(
        page.contains(LETTER) && page.contains("\"orderStatus\": \"주문신청\""),
        "{page}"
    );
    assert!(shop.metric("jumun_dead_letters", &[r#"context="payment""#]) > 0.5);
    // It is given up on, not forgotten, and the rest goes on.
    let other = shop.place();
    shop.my_page_says(other, ["주문신청", "결제승인", "배송시작"]);

    // What comes after it in the same story waits behind it: order is kept.
    shop.delete("/orders/1").expect(204);
    eventually("the cancel behind it", || {
        let all = letters(&shop, &["list", "--all"]);
        let waits = all
            .lines()
            .any(|line| line.contains("OrderCanceled") && line.contains("waits"));
        if waits { Ok(()) } else { Err(all) }
    });
    letters(&shop, &["retry", LETTER]);
    listed(&shop, &[]);

    // The operator brings back what was lost, and tries again: both are carried out, in order.
    let lost = json!({"orderId": 1, "userId": 7181, "qty": 2, "price": 5000});
    shop.post("/payments", &lost).expect(201);
    letters(&shop, &["retry", LETTER]);
    shop.my_page_says(1, ["주문취소", "결제취소", "배송취소"]);
    eventually("nothing held back", || {
        let all = letters(&shop, &["list", "--all"]);
        if all.trim() == "no events are held back" {
            Ok(())
        } else {
            Err(all)
        }
    });
    let story = shop
        .command(&["events", "fruitstore", "--context", "payment"])
        .fine();
    let approved = story.find("PaymentApproved").expect("approved again");
    assert!(
        approved < story.find("PaymentCanceled").expect("and refunded"),
        "{story}"
    );
}

#[test]
fn a_dead_letter_survives_a_kill_and_can_be_dropped_whether_the_shop_runs_or_not() {
    let mut shop = shop_with_a_dead_letter();
    let line = listed(&shop, &[]);
    shop.kill();
    assert_eq!(listed(&shop, &[]), line);
    letters(&shop, &["drop", LETTER]);
    assert!(!letters(&shop, &["list", "--all"]).contains(LETTER));
    shop.command(&["dead-letters", "fruitstore", "drop", LETTER])
        .failed();
    shop.restart();
    shop.settle();
    assert!(!letters(&shop, &["list", "--all"]).contains(LETTER));

    let shop = shop_with_a_dead_letter();
    listed(&shop, &[]);
    letters(&shop, &["drop", LETTER]);
    shop.command(&["dead-letters", "fruitstore", "show", LETTER])
        .failed();
    shop.settle();
}
