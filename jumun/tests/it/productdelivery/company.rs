//! The words of product delivery.

use serde_json::{Value, json};

use crate::stage::{Door, Setup};
use crate::wire::{Answer, Request};

pub(crate) const STARTED: &str = "Delivery Started";
pub(crate) const COMPLETED: &str = "Delivery Completed";
pub(crate) const CANCELED: &str = "Order Canceled";

impl Setup {
    pub(crate) fn of_company() -> Self {
        Self::of("productdelivery")
    }
}

/// The seed's order, of so many.
pub(crate) fn tvs(quantity: i32) -> Value {
    json!({"item": "tv", "orderQty": quantity, "status": "0", "price": 1000})
}

/// The request that places it.
pub(crate) fn order() -> Request {
    Request::post("/orders", &tvs(3))
}

/// What customers and the product team say, at whatever door.
pub(crate) trait Company {
    /// Three televisions; the order's number.
    fn place(&self) -> i64;
    fn cancel(&self, order: i64) -> Answer;
    /// The team says that it has been handed over.
    fn complete(&self, order: i64) -> Answer;
    /// Waits until the delivery stands like this.
    fn delivery_is(&self, order: i64, status: &str) -> Value;
    /// Waits until the pay's status is this: the order's own, or `PayCanceled`.
    fn pay_is(&self, order: i64, status: &str) -> Value;
    /// Waits until order and customer centre say this.
    fn customer_sees(&self, order: i64, status: &str) -> Value;
    /// The team keeps an item in stock.
    fn keep(&self, item: &str, stock: i32);
    fn stock(&self, item: &str) -> Value;
    /// What was told of an order by Kakao, sorted.
    fn notices(&self, order: i64) -> Vec<String>;
}

impl Company for Door {
    #[track_caller]
    fn place(&self) -> i64 {
        self.send(&order()).expect(201).id()
    }

    #[track_caller]
    fn cancel(&self, order: i64) -> Answer {
        self.delete(&format!("/orders/{order}"))
    }

    #[track_caller]
    fn complete(&self, order: i64) -> Answer {
        self.patch(&format!("/products/{order}"), &json!({"status": COMPLETED}))
    }

    #[track_caller]
    fn delivery_is(&self, order: i64, status: &str) -> Value {
        self.becomes(&format!("/products/{order}"), &json!({"status": status}))
    }

    #[track_caller]
    fn pay_is(&self, order: i64, status: &str) -> Value {
        self.becomes(&format!("/pays/{order}"), &json!({"status": status}))
    }

    #[track_caller]
    fn customer_sees(&self, order: i64, status: &str) -> Value {
        let status = json!({"status": status});
        self.becomes(&format!("/orders/{order}"), &status);
        self.shows("myPages", "orderId", order, &status)
    }

    #[track_caller]
    fn keep(&self, item: &str, stock: i32) {
        let goods = json!({"item": item, "stock": stock});
        self.post("/inventories", &goods).expect(201);
    }

    #[track_caller]
    fn stock(&self, item: &str) -> Value {
        let goods = self.find("inventories", "item", item);
        goods.expect("the item is kept")["stock"].take()
    }

    #[track_caller]
    fn notices(&self, order: i64) -> Vec<String> {
        let notices = self.list("notices", "orderId", order);
        let change = |notice: &Value| notice["change"].as_str().expect("a change").to_owned();
        let mut changes: Vec<_> = notices.iter().map(change).collect();
        changes.sort_unstable();
        changes
    }
}
