//! What the fruit shop must keep, whatever is killed when (I1–I4, I6).

mod audit;
mod doctored;
mod late;

use serde_json::{Value, json};

use crate::kill::{Books, Customer, Orders, Trial, pull_one_plug_at_a_time, pull_the_plug};
use crate::stage::{Setup, id_of};
use crate::wire::Request;

/// People who order, think better of it, ask, and are handed over what was ordered.
struct Fruit;

impl Trial for Fruit {
    type Promises = Orders;

    const SYSTEM: &'static str = "fruitstore";

    fn setup(setup: Setup) -> Setup {
        setup.set_in("payment", "deadlines.capture", "2s")
    }

    fn step(customer: &mut Customer<'_, Self>) {
        match customer.random.u8(0..100) {
            0..65 => order(customer),
            65..78 => cancel(customer),
            78..88 => take_delivery(customer),
            88.. => look(customer),
        }
    }

    fn audit(books: &Books, promises: &Orders) -> Vec<String> {
        audit::everything(books, promises)
    }

    fn summary(promises: &Orders) -> String {
        promises.to_string()
    }
}

#[test]
fn whatever_is_killed_when_what_was_answered_is_there_and_everything_is_in_line() {
    pull_the_plug::<Fruit>();
}

#[test]
fn whichever_context_is_killed_when_all_of_them_end_up_in_line() {
    pull_one_plug_at_a_time::<Fruit>();
}

mod split {
    #[test]
    fn whatever_is_struck_of_a_cluster_everything_ends_up_in_line() {
        crate::kill::batter_a_cluster::<super::Fruit>();
    }

    #[test]
    fn replicas_of_payment_come_and_go_and_nothing_is_lost_or_done_twice() {
        crate::kill::scale_out_and_in::<super::Fruit>("payment");
    }
}

fn order(customer: &mut Customer<'_, Fruit>) {
    let placed = customer.create("/orders", |customer, mark| {
        json!({
            "userId": customer.name,
            "prodNm": mark,
            "qty": customer.random.i32(1..=10_000),
            "price": customer.random.i32(0..=1_000_000),
            "address": "경기도 성남시",
        })
    });
    let Some((mark, answer)) = placed else {
        return;
    };
    let order = answer.expect(201).id();
    customer.orders.push(order);
    customer.promises(|promises| promises.place(order, mark));
}

fn cancel(customer: &mut Customer<'_, Fruit>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let answer = customer.insist(&Request::new("DELETE", &format!("/orders/{order}")));
    if answer.status == 409 {
        assert_eq!(answer.json()["code"], "order-delivered", "{answer}");
    } else {
        answer.expect(204);
        customer.promises(|promises| promises.canceled.insert(order));
    }
    customer.forget(order);
}

fn take_delivery(customer: &mut Customer<'_, Fruit>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let path = format!("/deliveries/search/findByOrderId?orderId={order}");
    let found = customer.insist(&Request::get(&path));
    if found.status == 404 {
        return;
    }
    let delivery = found.expect(200).json();
    if delivery["orderId"] != order {
        return;
    }
    let path = format!("/deliveries/{}", id_of(&delivery));
    let complete = Request::new("PATCH", &path).json(&json!({"deliveryStatus": "배송완료"}));
    let answer = customer.insist(&complete);
    if answer.status == 409 {
        let code = answer.json()["code"].take();
        let canceled = code == "order-canceled" || code == "delivery-canceled";
        assert!(canceled, "{answer}");
    } else {
        assert_eq!(answer.expect(200).json()["deliveryStatus"], "배송완료");
        customer.promises(|promises| promises.completed.insert(order));
    }
}

/// What was answered can be seen from then on, kills or not (I3).
fn look(customer: &mut Customer<'_, Fruit>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let seen = customer
        .insist(&Request::get(&format!("/orders/{order}")))
        .expect(200)
        .json();
    assert_eq!(seen["userId"], customer.name, "{seen}");
    let row = customer.insist(&Request::get(&format!(
        "/myPages/search/findByOrderId?orderId={order}"
    )));
    if row.status != 404 {
        let row: Value = row.expect(200).json();
        assert_eq!(row["orderId"], order, "{row}");
    }
}
