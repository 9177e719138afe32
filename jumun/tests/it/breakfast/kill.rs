//! What breakfast must keep, whatever is killed when (I1–I6).

mod audit;
mod doctored;

use serde_json::{Value, json};

use crate::kill::{Books, Customer, Orders, Trial, pull_one_plug_at_a_time, pull_the_plug};
use crate::stage::{Setup, Site, id_of};
use crate::wire::Request;

/// Of the first food there is plenty, of the second too little for everybody.
const PLENTY: (&str, i64) = ("pizza", 1_000_000);
const SCARCE: (&str, i64) = ("meat", 60);

/// What was answered: also who signed up and what is in the catalogue, which replicas number from blocks of
/// their own.
#[derive(Default)]
struct Answered {
    customers: Vec<i64>,
    plenty: i64,
    scarce: i64,
    orders: Orders,
}

/// People who order, think better of it, ask, and are handed over what was ordered.
struct Breakfast;

impl Trial for Breakfast {
    type Promises = Answered;

    const SYSTEM: &'static str = "breakfast";

    fn setup(setup: Setup) -> Setup {
        setup
            .set_in("foodcatalog", "deadlines.ordered", "1s")
            .set_in("payment", "deadlines.capture", "2s")
    }

    fn open(site: &Site, answered: &mut Answered) {
        let post = |path, body: Value| site.post(path, &body).expect(201).id();
        let sign_up = |name| post("/customers", json!({"name": name}));
        answered.customers = ["lee", "kim", "choi", "park"].map(sign_up).to_vec();
        let [plenty, scarce] = [PLENTY, SCARCE].map(|(name, stock)| {
            let food = json!({"name": name, "stock": stock, "price": 1000});
            post("/foodCatalogs", food)
        });
        (answered.plenty, answered.scarce) = (plenty, scarce);
    }

    fn step(customer: &mut Customer<'_, Self>) {
        match customer.random.u8(0..100) {
            0..60 => order(customer),
            60..78 => cancel(customer),
            78..88 => take_delivery(customer),
            88.. => look(customer),
        }
    }

    fn audit(books: &Books, answered: &Answered) -> Vec<String> {
        audit::everything(books, &answered.orders)
    }

    fn summary(answered: &Answered) -> String {
        answered.orders.to_string()
    }
}

#[test]
fn whatever_is_killed_when_what_was_answered_is_there_and_everything_is_in_line() {
    pull_the_plug::<Breakfast>();
}

#[test]
fn whichever_context_is_killed_when_all_of_them_end_up_in_line() {
    pull_one_plug_at_a_time::<Breakfast>();
}

mod split {
    #[test]
    fn whatever_is_struck_of_a_cluster_everything_ends_up_in_line() {
        crate::kill::batter_a_cluster::<super::Breakfast>();
    }
}

/// The number under which a customer signed up.
fn number_of(customer: &Customer<'_, Breakfast>) -> i64 {
    let name = usize::try_from(customer.name).expect("it is small");
    customer.promises(|answered| answered.customers[name])
}

/// The food of which there is plenty, and the other.
fn foods(customer: &Customer<'_, Breakfast>) -> [i64; 2] {
    customer.promises(|answered| [answered.plenty, answered.scarce])
}

fn order(customer: &mut Customer<'_, Breakfast>) {
    let placed = customer.create("/orders", |customer, _| {
        let [plenty, scarce] = foods(customer);
        json!({
            "qty": customer.random.i32(1..=9),
            "foodcaltalogid": if customer.random.u8(0..3) == 0 { scarce } else { plenty },
            "customerid": number_of(customer),
        })
    });
    let Some((mark, answer)) = placed else {
        return;
    };
    if answer.status == 409 {
        assert_eq!(answer.json()["code"], "out-of-stock", "{answer}");
        return;
    }
    let order = answer.expect(201).id();
    customer.orders.push(order);
    customer.promises(|answered| answered.orders.place(order, mark));
}

fn cancel(customer: &mut Customer<'_, Breakfast>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let answer = customer.insist(&Request::new("DELETE", &format!("/orders/{order}")));
    if answer.status == 409 {
        let code = answer.json()["code"].take();
        let delivered = code == "order-delivered" || code == "delivery-completed";
        assert!(delivered, "{answer}");
    } else {
        answer.expect(204);
        customer.promises(|answered| answered.orders.canceled.insert(order));
    }
    customer.forget(order);
}

fn take_delivery(customer: &mut Customer<'_, Breakfast>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let path = format!("/deliveries/search/findByOrderId?orderId={order}");
    let found = customer.insist(&Request::get(&path));
    if found.status == 404 {
        return;
    }
    let path = format!("/deliveries/{}", id_of(&found.expect(200).json()));
    let done = json!({"status": "Delivery Completed"});
    let answer = customer.insist(&Request::new("PATCH", &path).json(&done));
    if answer.status == 409 {
        assert_eq!(answer.json()["code"], "delivery-canceled", "{answer}");
    } else {
        assert_eq!(answer.expect(200).json()["orderId"], order);
        customer.promises(|answered| answered.orders.completed.insert(order));
    }
}

/// What was answered can be seen from then on, kills or not (I3).
fn look(customer: &mut Customer<'_, Breakfast>) {
    let Some(order) = customer.any_order() else {
        return;
    };
    let seen = customer.insist(&Request::get(&format!("/orders/{order}")));
    let seen: Value = seen.expect(200).json();
    assert_eq!(seen["customerid"], number_of(customer), "{seen}");
    for food in foods(customer) {
        let food = customer.insist(&Request::get(&format!("/foodCatalogs/{food}")));
        let stock = food.expect(200).json()["stock"].as_i64();
        assert!(stock.is_some_and(|stock| stock >= 0), "I5: {stock:?}");
    }
}
