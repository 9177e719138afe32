//! Whether the shop's books agree with each other and with what the customers were told.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::kill::{Books, By, Orders};
use crate::stage::id_of;

/// Everything that is not as it should be.
pub(super) fn everything(books: &Books, promises: &Orders) -> Vec<String> {
    let ledger = Ledger {
        orders: books.by_id("orders"),
        payments: books.by("payments", "orderId"),
        deliveries: books.by("deliveries", "orderId"),
        rows: books.by("myPages", "orderId"),
    };
    let mut wrong = Vec::new();
    for (order, placed) in ledger.orders.iter() {
        wrong.extend(ledger.agrees(order, placed[0]).err());
    }
    wrong.extend(ledger.of_no_order());
    wrong.extend(of_nothing(books));
    // Only an authorization can be taken back and given anew.
    wrong.extend(books.told_again("orderId", &["PaymentAuthorized", "PaymentVoided"]));
    wrong.extend(books.made_again("OrderPlaced"));
    wrong.extend(ledger.broken(promises));
    wrong.extend(ledger.ordered_twice(promises));
    wrong
}

/// Everything is of an order, and says of which.
fn of_nothing(books: &Books) -> Vec<String> {
    let mut wrong = Vec::new();
    for collection in ["payments", "deliveries", "myPages"] {
        let items = books.all(collection).iter();
        let nameless = items.filter(|item| !item["orderId"].is_i64());
        wrong.extend(nameless.map(|item| format!("{collection} has one of no order: {item}")));
    }
    let events = books.events.iter();
    let nameless = events.filter(|event| !event["data"]["orderId"].is_i64());
    wrong.extend(nameless.map(|event| format!("told of no order: {event}")));
    wrong
}

struct Ledger<'a> {
    orders: By<'a>,
    payments: By<'a>,
    deliveries: By<'a>,
    rows: By<'a>,
}

impl Ledger<'_> {
    /// I1, I2, I4: order, payment, delivery and my page say the same, and there is one of each.
    fn agrees(&self, order: &str, placed: &Value) -> Result<(), String> {
        let payment = self.payments.one(order)?;
        let delivery = self.deliveries.one(order)?;
        let row = self.rows.one(order)?;
        let stand = [
            &placed["orderStatus"],
            &payment["payStatus"],
            &delivery["deliveryStatus"],
        ]
        .map(|status| status.as_str().unwrap_or("nothing"));
        let shown = ["orderStatus", "payStatus", "deliveryStatus"]
            .map(|field| row[field].as_str().unwrap_or("nothing"));
        if !matches!(
            stand,
            ["주문신청", "결제승인", "배송시작" | "배송완료"]
                | ["주문취소", "결제취소", "배송취소"]
        ) {
            return Err(format!("order {order} stands at {stand:?}"));
        }
        if stand != shown {
            return Err(format!(
                "order {order} stands at {stand:?}, my page shows {shown:?}"
            ));
        }
        let same = row["payId"] == id_of(payment)
            && ["userId", "prodNm", "qty", "price"]
                .iter()
                .all(|field| row[field] == placed[field])
            && payment["price"] == placed["price"];
        if !same {
            return Err(format!("order {order} differs: {placed} {payment} {row}"));
        }
        Ok(())
    }

    /// No capture without an order, no delivery, no row (I1).
    fn of_no_order(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (order, payments) in self.payments.iter() {
            let kept = payments.iter().any(|p| p["payStatus"] != "결제취소");
            if kept && !self.orders.has(order) {
                wrong.push(format!(
                    "there is no order {order}, and its payment stands: {payments:?}"
                ));
            }
        }
        for (of_orders, what) in [(&self.deliveries, "delivery"), (&self.rows, "row")] {
            for (order, _) in of_orders.iter().filter(|(key, _)| !self.orders.has(key)) {
                wrong.push(format!("there is no order {order}, and it has a {what}"));
            }
        }
        wrong
    }

    /// I3: what was answered is there.
    fn broken(&self, promises: &Orders) -> Vec<String> {
        let placed = promises.gone(&self.orders, |order, mark| order["prodNm"] == mark);
        let canceled =
            promises.not_canceled(&self.orders, |order| order["orderStatus"] == "주문취소");
        let completed = promises.not_completed(&self.deliveries, |delivery| {
            delivery["deliveryStatus"] == "배송완료"
        });
        [placed, canceled, completed].concat()
    }

    /// Nobody asked twice without the same key, so no mark may be there twice.
    fn ordered_twice(&self, promises: &Orders) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (number, order) in self.orders.iter() {
            let mark = order[0]["prodNm"].as_str().unwrap_or_default();
            if !seen.insert(mark) {
                wrong.push(format!("{mark} was ordered again as {number}"));
            }
        }
        let marks = promises.placed.values();
        let keyed = marks.filter(|mark| mark.starts_with("keyed"));
        for mark in keyed.filter(|mark| !seen.contains(mark.as_str())) {
            wrong.push(format!("{mark} was answered, and is nowhere"));
        }
        wrong
    }
}
