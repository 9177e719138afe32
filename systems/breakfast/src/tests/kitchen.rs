//! The system, and what each of its contexts has still to hear.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use storm::{Id, Refusal, Verb};
use testkit::{Spoken, World};

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

/// Events of one producer reach a listener in order; across producers there is no order.
pub(super) struct Kitchen {
    pub(super) world: World,
    /// Listener, producer, and how many of the producer's events it has heard.
    ears: Vec<(&'static str, &'static str, usize)>,
    /// What there is of each food, in stock and with orders, as its manager last counted it.
    pub(super) counted: BTreeMap<&'static str, i64>,
}

impl Kitchen {
    pub(super) fn open() -> Self {
        let ears = CONTEXTS.iter().flat_map(|listener| {
            CONTEXTS
                .iter()
                .map(move |producer| (*listener, *producer, 0))
        });
        let mut kitchen = Self {
            world: World::of(crate::system()),
            ears: ears.collect(),
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
            Step::Deliver { choice } => {
                let waiting = self.waiting();
                if !waiting.is_empty() {
                    self.hear(waiting[choice % waiting.len()]);
                }
                Ok(0)
            }
            Step::Redeliver { choice } => self.hear_again(choice),
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

    pub(super) fn told_by(&self, producer: &str) -> Vec<Spoken> {
        let spoken = self.world.spoken().iter();
        spoken
            .filter(|event| event.producer == producer)
            .cloned()
            .collect()
    }

    /// Who could hear something new.
    fn waiting(&self) -> Vec<usize> {
        let told: BTreeMap<_, _> = CONTEXTS
            .iter()
            .map(|producer| (*producer, self.told_by(producer).len()))
            .collect();
        let all = 0..self.ears.len();
        all.filter(|ear| self.ears[*ear].2 < told[self.ears[*ear].1])
            .collect()
    }

    /// Lets one listener hear its next event. What it refuses, it will be told again.
    fn hear(&mut self, ear: usize) -> bool {
        let (listener, producer, heard) = self.ears[ear];
        let event = self.told_by(producer)[heard].clone();
        let taken = self.world.deliver(listener, &event).is_ok();
        if taken {
            self.ears[ear].2 += 1;
        }
        taken
    }

    /// One listener hears all that one producer has told.
    pub(super) fn hears(&mut self, listener: &str, producer: &str) {
        let ear = self
            .ears
            .iter()
            .position(|ear| (ear.0, ear.1) == (listener, producer));
        let ear = ear.expect("contexts of ours");
        while self.waiting().contains(&ear) {
            assert!(self.hear(ear), "{listener} refuses what {producer} told");
        }
    }

    fn hear_again(&mut self, choice: usize) -> Result<Id, Refusal> {
        let heard: Vec<_> = self
            .ears
            .iter()
            .filter(|(_, _, heard)| *heard > 0)
            .collect();
        if heard.is_empty() {
            return Ok(0);
        }
        let (listener, producer, heard) = *heard[choice % heard.len()];
        let event = self.told_by(producer)[choice % heard].clone();
        self.world.deliver(listener, &event).map(|()| 0)
    }

    /// Every event reaches everyone, and what was never heard of expires.
    pub(super) fn settle(&mut self) {
        self.hear_all();
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
        self.hear_all();
    }

    fn hear_all(&mut self) {
        loop {
            let waiting = self.waiting();
            if waiting.is_empty() {
                break;
            }
            let taken = waiting.iter().filter(|ear| self.hear(**ear)).count();
            assert!(
                taken > 0,
                "events that nobody will ever take: {:?}",
                waiting
                    .iter()
                    .map(|ear| self.ears[*ear])
                    .collect::<Vec<_>>()
            );
        }
    }
}
