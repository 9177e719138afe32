//! What the library must keep, whatever is killed when (I2–I6).

mod audit;
mod doctored;

use serde_json::json;

use crate::bookrental::{Library, RETURNED};
use crate::kill::{Books, Customer, Orders, Trial, pull_one_plug_at_a_time, pull_the_plug};
use crate::stage::Site;
use crate::wire::Request;

/// People who reserve, think better of it, and bring back; completed is what was brought back.
struct Rentals;

/// Of book 1; of book 2 there is none in the books.
const COPIES: i32 = 30;

impl Trial for Rentals {
    type Promises = Orders;

    const SYSTEM: &'static str = "bookrental";

    fn open(site: &Site, _: &mut Orders) {
        site.take_in(COPIES);
    }

    fn step(customer: &mut Customer<'_, Self>) {
        match customer.random.u8(0..100) {
            0..55 => reserve(customer),
            55..75 => cancel(customer),
            75..90 => bring_back(customer),
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
    pull_the_plug::<Rentals>();
}

#[test]
fn whichever_context_is_killed_when_all_of_them_end_up_in_line() {
    pull_one_plug_at_a_time::<Rentals>();
}

mod split {
    #[test]
    fn whatever_is_struck_of_a_cluster_everything_ends_up_in_line() {
        crate::kill::batter_a_cluster::<super::Rentals>();
    }
}

fn reserve(customer: &mut Customer<'_, Rentals>) {
    let reserved = customer.create(
        "/reservations",
        |customer, _| json!({"productId": customer.random.i64(1..=2), "statusCode": 1}),
    );
    let Some((mark, answer)) = reserved else {
        return;
    };
    let reservation = answer.expect(201).id();
    customer.orders.push(reservation);
    customer.promises(|promises| promises.place(reservation, mark));
}

fn cancel(customer: &mut Customer<'_, Rentals>) {
    let Some(reservation) = customer.any_order() else {
        return;
    };
    let request = match customer.random.u8(0..3) {
        0 => Request::new("DELETE", &format!("/reservations/{reservation}")),
        1 => Request::new("PATCH", &format!("/reservations/{reservation}"))
            .json(&json!({"statusCode": 3})),
        _ => Request::post("/reservations", &json!({"id": reservation})),
    };
    let answer = customer.insist(&request);
    if answer.status == 409 {
        assert_eq!(answer.json()["code"], "book-returned", "{answer}");
    } else {
        assert!(matches!(answer.status, 200 | 201 | 204), "{answer}");
        customer.promises(|promises| promises.canceled.insert(reservation));
    }
    customer.forget(reservation);
}

fn bring_back(customer: &mut Customer<'_, Rentals>) {
    let Some(reservation) = customer.any_order() else {
        return;
    };
    let request = Request::new("PATCH", &format!("/deliveries/{reservation}"));
    let answer = customer.insist(&request.json(&json!({"statusCode": RETURNED})));
    match answer.status {
        404 => return,
        409 => assert_eq!(answer.json()["code"], "delivery-canceled", "{answer}"),
        _ => {
            assert_eq!(answer.expect(200).json()["statusCode"], RETURNED);
            customer.promises(|promises| promises.completed.insert(reservation));
        }
    }
    customer.forget(reservation);
}

/// What was answered can be seen from then on, kills or not (I3).
fn look(customer: &mut Customer<'_, Rentals>) {
    let Some(reservation) = customer.any_order() else {
        return;
    };
    let path = format!("/reservations/{reservation}");
    customer.insist(&Request::get(&path)).expect(200);
}
