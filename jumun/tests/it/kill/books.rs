//! The shop's books, read through HTTP, and whether they agree with each other and with what the
//! customers were told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::town::{Promises, Town};
use crate::shop::{Shop, id_of};

/// Everything there is, by order.
#[derive(Clone, Default)]
pub(super) struct Books {
    pub(super) orders: BTreeMap<i64, Value>,
    pub(super) payments: BTreeMap<i64, Vec<Value>>,
    pub(super) deliveries: BTreeMap<i64, Vec<Value>>,
    pub(super) rows: BTreeMap<i64, Vec<Value>>,
    /// How often each thing was told of each order, e.g. `OrderCanceled`.
    pub(super) told: BTreeMap<(String, i64), usize>,
}

fn by_order(items: Vec<Value>) -> BTreeMap<i64, Vec<Value>> {
    let mut by_order: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for item in items {
        let order = item["orderId"]
            .as_i64()
            .unwrap_or_else(|| panic!("of no order: {item}"));
        by_order.entry(order).or_default().push(item);
    }
    by_order
}

impl Books {
    pub(super) fn of(shop: &Shop) -> Self {
        let log = shop.command(&["events", "fruitstore", "--json"]).fine();
        let mut told = BTreeMap::new();
        for line in log.lines() {
            let event: Value = serde_json::from_str(line).expect("a line is JSON");
            let order = event["data"]["orderId"]
                .as_i64()
                .expect("every event is of an order");
            let what = event["type"].as_str().expect("a type").to_owned();
            *told.entry((what, order)).or_default() += 1;
        }
        let orders = shop.all("orders").into_iter();
        Self {
            orders: orders.map(|order| (id_of(&order), order)).collect(),
            payments: by_order(shop.all("payments")),
            deliveries: by_order(shop.all("deliveries")),
            rows: by_order(shop.all("myPages")),
            told,
        }
    }

    /// Everything that is not as it should be.
    pub(super) fn audit(&self, town: &Town) -> Vec<String> {
        let mut wrong = Vec::new();
        for order in self.orders.keys() {
            wrong.extend(self.agree(*order).err());
        }
        wrong.extend(self.of_no_order());
        wrong.extend(self.told_twice());
        town.promises(|promises| {
            wrong.extend(self.broken(promises));
            wrong.extend(self.ordered_twice(promises));
        });
        wrong
    }

    /// I1, I2, I4: order, payment, delivery and my page say the same, and there is one of each.
    fn agree(&self, order: i64) -> Result<(), String> {
        let of = |books: &BTreeMap<i64, Vec<Value>>, what: &str| match books.get(&order) {
            Some(items) if items.len() == 1 => Ok(items[0].clone()),
            Some(items) => Err(format!("order {order} has {} {what}", items.len())),
            None => Err(format!("order {order} has no {what}")),
        };
        let payment = of(&self.payments, "payments")?;
        let delivery = of(&self.deliveries, "deliveries")?;
        let row = of(&self.rows, "rows")?;
        let placed = &self.orders[&order];
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
        let same = row["payId"] == id_of(&payment)
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
        for (order, payments) in &self.payments {
            let kept = payments
                .iter()
                .any(|payment| payment["payStatus"] != "결제취소");
            if kept && !self.orders.contains_key(order) {
                wrong.push(format!(
                    "there is no order {order}, and its payment stands: {payments:?}"
                ));
            }
        }
        for (books, what) in [(&self.deliveries, "delivery"), (&self.rows, "row")] {
            for order in books
                .keys()
                .filter(|order| !self.orders.contains_key(order))
            {
                wrong.push(format!("there is no order {order}, and it has a {what}"));
            }
        }
        wrong
    }

    /// Effects happen once (I2, I4). Only an authorization can be taken back and given anew.
    fn told_twice(&self) -> Vec<String> {
        let again = |what: &str| matches!(what, "PaymentAuthorized" | "PaymentVoided");
        let mut wrong = Vec::new();
        for ((what, order), times) in &self.told {
            if *times > 1 && !again(what) {
                wrong.push(format!("{what} was told {times} times of order {order}"));
            }
        }
        wrong
    }

    /// I3: what was answered is there.
    fn broken(&self, promises: &Promises) -> Vec<String> {
        let mut wrong = Vec::new();
        for (order, mark) in &promises.placed {
            match self.orders.get(order) {
                None => wrong.push(format!("order {order} was answered 201 and is gone")),
                Some(found) if found["prodNm"] != mark.as_str() => {
                    wrong.push(format!("order {order} was {mark} and is {found}"));
                }
                Some(_) => {}
            }
        }
        for order in &promises.canceled {
            if self
                .orders
                .get(order)
                .is_none_or(|o| o["orderStatus"] != "주문취소")
            {
                wrong.push(format!(
                    "order {order}'s cancel was answered 204, and it stands"
                ));
            }
        }
        for order in &promises.completed {
            let done = self.deliveries.get(order).is_some_and(|deliveries| {
                deliveries.iter().all(|d| d["deliveryStatus"] == "배송완료")
            });
            if !done {
                wrong.push(format!(
                    "order {order} was answered as delivered, and is not"
                ));
            }
        }
        wrong
    }

    /// Nobody asked twice without the same key, so no mark may be there twice.
    fn ordered_twice(&self, promises: &Promises) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (number, order) in &self.orders {
            let mark = order["prodNm"].as_str().unwrap_or_default();
            if !seen.insert(mark) {
                wrong.push(format!("{mark} was ordered again as {number}"));
            }
        }
        let keyed = promises
            .placed
            .values()
            .filter(|mark| mark.starts_with("keyed"));
        for mark in keyed.filter(|mark| !seen.contains(mark.as_str())) {
            wrong.push(format!("{mark} was answered, and is nowhere"));
        }
        wrong
    }
}
