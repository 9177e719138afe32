//! The words of breakfast.

use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use crate::stage::{Door, Setup, Shape, Stage, id_of};
use crate::waiting::eventually;
use crate::wire::{Answer, Request};

/// How an order stands: order, payment, delivery, stock, my orders.
pub(super) type Stands<'a> = [&'a str; 5];

pub(super) const UNDERWAY: Stands<'static> = [
    "Delivery Start",
    "Ordered",
    "Ordered",
    "Taken",
    "Delivery Start",
];
pub(super) const DELIVERED: Stands<'static> = [
    "Delivery Completed",
    "Ordered",
    "Delivery Completed",
    "Taken",
    "Delivery Completed",
];
pub(super) const CANCELED: Stands<'static> = [
    "Order Canceled",
    "Order Canceled-payment",
    "Cancelled-delivery",
    "Returned",
    "Cancelled-delivery",
];

/// A table that is laid: the seed's two customers, and its two dishes.
pub(super) struct Table(Stage);

impl Setup {
    /// Breakfast, started like this, its table laid.
    pub(super) fn breakfast(self) -> Table {
        let table = Table(self.start());
        lay(&table);
        table
    }
}

impl Table {
    /// As a new user would, who then does what the seed does first.
    pub(super) fn start() -> Self {
        Self::start_in(Shape::Together)
    }

    /// The same in some shape.
    pub(super) fn start_in(shape: Shape) -> Self {
        Setup::of("breakfast").shape(shape).breakfast()
    }
}

impl Deref for Table {
    type Target = Stage;
    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl DerefMut for Table {
    fn deref_mut(&mut self) -> &mut Stage {
        &mut self.0
    }
}

/// lee and kim are customers 1 and 2, pizza and meat are food 1 and 2, and there are 100 of each.
#[track_caller]
pub(crate) fn lay(door: &Door) {
    for (number, name, phone, address, age) in [
        (1, "lee", "010", "seoul", 29),
        (2, "kim", "011", "busan", 35),
    ] {
        let customer = json!({"name": name, "phone": phone, "address": address, "age": age});
        assert_eq!(door.post("/customers", &customer).expect(201).id(), number);
    }
    for (number, name, price) in [(1, "pizza", 1000), (2, "meat", 2000)] {
        let food = json!({"name": name, "stock": 100, "price": price});
        assert_eq!(door.post("/foodCatalogs", &food).expect(201).id(), number);
    }
}

/// lee's order of so many pizzas.
pub(super) fn meal(qty: i32) -> Value {
    json!({"qty": qty, "foodcaltalogid": 1, "customerid": 1})
}

/// The same, to be sent.
pub(crate) fn order(qty: i32) -> Request {
    Request::post("/orders", &meal(qty))
}

pub(crate) fn cancel(order: i64) -> Request {
    Request::new("DELETE", &format!("/orders/{order}"))
}

impl Table {
    /// lee orders so many pizzas; the order's number.
    #[track_caller]
    pub(super) fn order(&self, qty: i32) -> i64 {
        self.send(&order(qty)).expect(201).id()
    }

    /// The courier says that it is handed over.
    #[track_caller]
    pub(super) fn complete(&self, order: i64) -> Answer {
        let delivery = eventually(&format!("the delivery of order {order}"), || {
            self.find("deliveries", "orderId", order)
                .ok_or_else(|| "none yet".to_owned())
        });
        let path = format!("/deliveries/{}", id_of(&delivery));
        self.patch(&path, &json!({"status": "Delivery Completed"}))
    }

    /// How much there is of a food.
    #[track_caller]
    pub(super) fn stock(&self, food: i64) -> i64 {
        stock(self, food)
    }
}

#[track_caller]
pub(super) fn stock(door: &Door, food: i64) -> i64 {
    let food = door.get(&format!("/foodCatalogs/{food}")).expect(200);
    food.json()["stock"].as_i64().expect("a number")
}

/// How an order stands; what is not there is empty.
#[track_caller]
pub(super) fn how(door: &Door, order: i64) -> [String; 5] {
    let item = |path: &str| {
        let answer = door.get(path);
        if answer.status == 200 {
            answer.json()
        } else {
            Value::Null
        }
    };
    let rows = item(&format!("/myOrders/search/findByOrderid?orderid={order}"));
    let row = rows.pointer("/_embedded/myOrders/0").cloned();
    let found = [
        item(&format!("/orders/{order}")),
        item(&format!("/pays/search/findByOrderid?orderid={order}")),
        item(&format!("/deliveries/search/findByOrderId?orderId={order}")),
        item(&format!("/stockReservations/{order}")),
        row.unwrap_or_default(),
    ];
    found.map(|found| found["status"].as_str().unwrap_or_default().to_owned())
}

/// Waits until an order stands like this.
#[track_caller]
pub(super) fn stands(door: &Door, order: i64, wanted: Stands<'_>) {
    eventually(&format!("order {order} at {wanted:?}"), || {
        let how = how(door, order);
        if how == wanted {
            Ok(())
        } else {
            Err(format!("{how:?}"))
        }
    });
}
