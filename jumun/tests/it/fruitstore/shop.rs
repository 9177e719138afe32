//! The words of the fruit shop.

use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use crate::stage::{Setup, Shape, Stage, id_of};
use crate::waiting::eventually;
use crate::wire::Answer;

/// A fruit shop, running or not.
pub(crate) struct Shop(Stage);

impl Setup {
    /// The fruit shop, started like this.
    pub(crate) fn shop(self) -> Shop {
        Shop(self.start())
    }
}

impl Shop {
    /// As a new user would.
    pub(crate) fn start() -> Self {
        Self::start_in(Shape::Together)
    }

    /// The same in some shape.
    pub(crate) fn start_in(shape: Shape) -> Self {
        Setup::of("fruitstore").shape(shape).shop()
    }

    /// An order as the seed has it; its number.
    #[track_caller]
    pub(crate) fn place(&self) -> i64 {
        self.post("/orders", &apples()).expect(201).id()
    }

    /// An order's row, payment or delivery, if there is one.
    #[track_caller]
    pub(crate) fn of_order(&self, collection: &str, order: i64) -> Option<Value> {
        self.find(collection, "orderId", order)
            .filter(|found| found["orderId"] == order)
    }

    /// Waits until my page says this of an order: order, payment, delivery.
    #[track_caller]
    pub(crate) fn my_page_says(&self, order: i64, wanted: [&str; 3]) -> Value {
        let what = format!("my page of order {order} with {wanted:?}");
        eventually(&what, || {
            let row = self.of_order("myPages", order).ok_or("no row")?;
            let fields = ["orderStatus", "payStatus", "deliveryStatus"];
            let says = fields
                .iter()
                .zip(wanted)
                .all(|(field, status)| row[field] == status);
            if says { Ok(row) } else { Err(row.to_string()) }
        })
    }

    /// The delivery of an order, once it is there.
    #[track_caller]
    pub(crate) fn delivery_of(&self, order: i64) -> Value {
        eventually(&format!("the delivery of order {order}"), || {
            let delivery = self.of_order("deliveries", order);
            delivery.ok_or_else(|| "none yet".to_owned())
        })
    }

    /// Says that an order has been handed over.
    #[track_caller]
    pub(crate) fn complete(&self, delivery: &Value) -> Answer {
        let path = format!("/deliveries/{}", id_of(delivery));
        self.patch(&path, &json!({"deliveryStatus": "배송완료"}))
    }

    /// How many each collection has.
    #[track_caller]
    pub(crate) fn counts(&self) -> [u64; 4] {
        ["orders", "payments", "deliveries", "myPages"].map(|collection| self.count(collection))
    }
}

impl Deref for Shop {
    type Target = Stage;
    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl DerefMut for Shop {
    fn deref_mut(&mut self) -> &mut Stage {
        &mut self.0
    }
}

/// The seed's order.
pub(crate) fn apples() -> Value {
    json!({
        "userId": 7181,
        "prodNm": "사과",
        "qty": 2,
        "price": 5000,
        "address": "경기도 성남시",
    })
}
