//! What product delivery must keep, whatever is killed when (I1–I6).

mod audit;
mod doctored;

use serde_json::json;

use crate::kill::{Books, Customer, Orders, Trial, pull_one_plug_at_a_time, pull_the_plug};
use crate::productdelivery::{CANCELED, COMPLETED, Company};
use crate::stage::{Setup, Site};
use crate::wire::Request;

/// People who order, think better of it, and look; a team that ships, hands over, and runs out.
struct Deliveries;

/// Enough for the first customers, and not for all.
const TVS: i32 = 60;

impl Trial for Deliveries {
    type Promises = Orders;

    const SYSTEM: &'static str = "productdelivery";

    fn setup(setup: Setup) -> Setup {
        setup.set_in("pay", "deadlines.capture", "2s")
    }

    fn open(site: &Site, _: &mut Orders) {
        site.keep("tv", TVS);
    }

    fn step(customer: &mut Customer<'_, Self>) {
        match customer.random.u8(0..100) {
            0..60 => order(customer),
            60..72 => cancel(customer),
            72..76 => ship(customer),
            76..90 => complete(customer),
            90.. => look(customer),
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
    pull_the_plug::<Deliveries>();
}

#[test]
fn whichever_context_is_killed_when_all_of_them_end_up_in_line() {
    pull_one_plug_at_a_time::<Deliveries>();
}

mod split {
    #[test]
    fn whatever_is_struck_of_a_cluster_everything_ends_up_in_line() {
        crate::kill::batter_a_cluster::<super::Deliveries>();
    }
}

/// The mark is the order's first status, which its pay keeps.
fn order(customer: &mut Customer<'_, Deliveries>) {
    let placed = customer.create("/orders", |customer, mark| {
        let item = if customer.random.u8(0..4) == 0 {
            "nobody keeps this"
        } else {
            "tv"
        };
        json!({
            "item": item,
            "orderQty": customer.random.i32(1..=5),
            "status": mark,
            "price": customer.random.i32(0..=1_000_000),
        })
    });
    let Some((mark, answer)) = placed else {
        return;
    };
    let order = answer.expect(201).id();
    customer.orders.push(order);
    customer.promises(|promises| promises.place(order, mark));
}

fn cancel(customer: &mut Customer<'_, Deliveries>) {
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

fn ship(customer: &mut Customer<'_, Deliveries>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let shipped = json!({"orderId": order, "address": "서울"});
    let answer = customer.insist(&Request::post("/products", &shipped));
    if answer.status == 409 {
        let code = answer.json()["code"].take();
        let known = ["order-not-paid", "delivery-completed", "delivery-canceled"];
        assert!(known.iter().any(|no| code == *no), "{answer}");
    } else {
        answer.expect(201);
    }
}

fn complete(customer: &mut Customer<'_, Deliveries>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let request = Request::new("PATCH", &format!("/products/{order}"));
    let answer = customer.insist(&request.json(&json!({"status": COMPLETED})));
    match answer.status {
        404 => {}
        409 => {
            let code = answer.json()["code"].take();
            let canceled = code == "order-canceled" || code == "delivery-canceled";
            assert!(canceled, "{answer}");
        }
        _ => {
            assert_eq!(answer.expect(200).json()["status"], COMPLETED);
            customer.promises(|promises| promises.completed.insert(order));
        }
    }
}

/// What was answered can be seen from then on, kills or not (I3).
fn look(customer: &mut Customer<'_, Deliveries>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let seen = customer.insist(&Request::get(&format!("/orders/{order}")));
    assert_ne!(seen.expect(200).json()["status"], CANCELED);
    let row = customer.insist(&Request::get(&format!("/myPages/{order}")));
    assert!(matches!(row.status, 200 | 404), "{row}");
}
