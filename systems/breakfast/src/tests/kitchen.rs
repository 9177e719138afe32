//! The system, and what each of its contexts has still to hear.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use storm::{Id, Refusal, Verb};
use testkit::Hearsay;

use super::Step;

pub(super) const CONTEXTS: [&str; 6] = [
    "customer",
    "foodcatalog",
    "order",
    "payment",
    "delivery",
    "mileage",
];

/// Its food at the beginning: as much of each.
pub(super) const FOOD: [&str; 3] = ["pizza", "meat", "salad"];
const STOCK: i32 = 30;

pub(super) struct Kitchen {
    pub(super) world: Hearsay,
    /// What there is of each food, in stock and with orders, as its manager last counted it.
    pub(super) counted: BTreeMap<&'static str, i64>,
}

impl Kitchen {
    pub(super) fn open() -> Self {
        let mut kitchen = Self {
            world: Hearsay::of(crate::system()),
            counted: BTreeMap::new(),
        };
        for name in ["lee", "kim"] {
            let signed_up = kitchen.create("customers", &json!({"name": name}));
            signed_up.expect("a customer");
        }
        for name in FOOD {
            let dish = json!({"name": name, "stock": STOCK, "price": 1000});
            kitchen.create("foodCatalogs", &dish).expect("a food");
            kitchen.counted.insert(name, i64::from(STOCK));
        }
        kitchen
    }

    fn create(&mut self, collection: &str, body: &Value) -> Result<Id, Refusal> {
        self.world.request(collection, None, &Verb::Create, body)
    }

    fn change(&mut self, collection: &str, id: Id, body: &Value) -> Result<Id, Refusal> {
        self.world
            .request(collection, Some(id), &Verb::Change, body)
    }

    fn remove(&mut self, collection: &str, id: Id) -> Result<Id, Refusal> {
        self.world
            .request(collection, Some(id), &Verb::Remove, &Value::Null)
    }

    pub(super) fn take(&mut self, step: &Step) {
        // A no is as good an answer as a yes here: what counts is what holds afterwards.
        let _ = match *step {
            Step::Order {
                customer,
                food,
                qty,
            } => {
                let order = json!({"customerid": customer, "foodcaltalogid": food, "qty": qty});
                self.create("orders", &order)
            }
            Step::Cancel { choice } => {
                let order = self.one_of("orders", choice);
                self.remove("orders", order)
            }
            Step::CancelDelivery { choice } => {
                let order = self.one_of("orders", choice);
                self.create("cancellations", &json!({"orderId": order}))
            }
            Step::Complete { choice } => {
                let delivery = self.one_of("deliveries", choice);
                let done = json!({"status": "Delivery Completed"});
                self.change("deliveries", delivery, &done)
            }
            Step::OrderDies {
                order,
                food,
                qty,
                pays,
            } => {
                let portion = json!({"foodcatalogid": food, "qty": qty});
                let hold = Verb::Act("hold");
                let held = self
                    .world
                    .request("stockReservations", Some(order), &hold, &portion);
                match held {
                    Ok(_) if pays => {
                        let bill = json!({"orderid": order, "amout": qty, "status": "Ordered"});
                        self.create("pays", &bill)
                    }
                    held => held,
                }
            }
            Step::GiveBack { order, food, qty } => {
                let portion = json!({"foodcatalogid": food, "qty": qty});
                let release = Verb::Act("release");
                let world = &mut self.world;
                world.request("stockReservations", Some(order), &release, &portion)
            }
            Step::Restock { food, stock } => self.restock(food, stock),
            Step::Remove { food } => self.remove("foodCatalogs", food),
            Step::Withdraw { customer } => self.remove("customers", customer),
            Step::ExpireStock { choice } => {
                let order = self.one_of("stockReservations", choice);
                self.expire("stockReservations", order, "ordered");
                Ok(order)
            }
            Step::ExpirePayment { choice } => {
                let payment = self.one_of("pays", choice);
                self.expire("pays", payment, "capture");
                Ok(payment)
            }
            Step::Deliver { choice } => self.world.hear_one(choice).map(|()| 0),
            Step::Redeliver { choice } => self.world.hear_again(choice).map(|()| 0),
        };
    }

    fn restock(&mut self, food: Id, stock: i32) -> Result<Id, Refusal> {
        let changed = self.change("foodCatalogs", food, &json!({"stock": stock}))?;
        let index = usize::try_from(food - 1).expect("a food's number");
        let with_orders = self.with_orders(food);
        self.counted
            .insert(FOOD[index], i64::from(stock) + with_orders);
        Ok(changed)
    }

    /// How much of a food has been set aside for orders and not been given back.
    pub(super) fn with_orders(&self, food: Id) -> i64 {
        let reservations = self.world.shown("stockReservations").into_iter();
        let standing = reservations.filter(|row| {
            row["foodcatalogid"] == food && (row["status"] == "Held" || row["status"] == "Taken")
        });
        standing.filter_map(|row| row["qty"].as_i64()).sum()
    }

    /// A deadline fires; it is never refused.
    fn expire(&mut self, collection: &str, id: Id, deadline: &str) {
        let fired = self.world.fire(collection, id, deadline);
        fired.expect("a deadline is never refused");
    }

    /// The number of one that there is, or of the next that there will be.
    fn one_of(&self, collection: &str, choice: usize) -> Id {
        let there_are = self.world.shown(collection).len();
        Id::try_from(choice % (there_are + 1) + 1).expect("few of them")
    }

    /// Every event reaches everyone, and what was never heard of expires.
    pub(super) fn settle(&mut self) {
        self.world.hear_all();
        for collection in ["stockReservations", "pays"] {
            let deadline = if collection == "pays" {
                "capture"
            } else {
                "ordered"
            };
            let all = self.world.shown(collection).len();
            let numbers = (1..=Id::try_from(all).expect("few")).chain(100..104);
            for number in numbers {
                self.expire(collection, number, deadline);
            }
        }
        self.world.hear_all();
    }
}
