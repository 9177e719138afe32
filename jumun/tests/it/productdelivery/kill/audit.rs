//! Whether the company's books agree with each other and with what was answered.

use std::collections::BTreeMap;

use serde_json::Value;

use super::TVS;
use crate::kill::{Books, By, Orders};
use crate::productdelivery::{CANCELED, COMPLETED, STARTED};

/// Everything that is not as it should be.
pub(super) fn everything(books: &Books, promises: &Orders) -> Vec<String> {
    let ledger = Ledger {
        orders: books.by_id("orders"),
        pays: books.by_id("pays"),
        products: books.by_id("products"),
        rows: books.by_id("myPages"),
    };
    let mut wrong = Vec::new();
    for (order, placed) in ledger.orders.iter() {
        wrong.extend(ledger.agrees(order, placed[0]).err());
    }
    wrong.extend(ledger.of_no_order());
    // Only an authorization can be taken back and given anew.
    wrong.extend(books.told_again("id", &["PayAuthorized", "PayVoided", "StockDecreased"]));
    wrong.extend(books.told_again("orderId", &["PayAuthorized", "PayVoided", "NoticeSent"]));
    wrong.extend(books.made_again("Ordered"));
    wrong.extend(notices(books));
    wrong.extend(stock(books));
    wrong.extend(ledger.broken(promises));
    wrong
}

struct Ledger<'a> {
    orders: By<'a>,
    pays: By<'a>,
    products: By<'a>,
    rows: By<'a>,
}

impl Ledger<'_> {
    /// I1, I2, I4: order, pay, product and row say the same, and there is one of each.
    fn agrees(&self, order: &str, placed: &Value) -> Result<(), String> {
        let pay = self.pays.one(order)?;
        let product = self.products.one(order)?;
        let row = self.rows.one(order)?;
        let text = |item: &Value| item["status"].as_str().unwrap_or("nothing").to_owned();
        let stand = (text(placed), text(pay), text(product));
        let in_line = match (stand.0.as_str(), stand.1.as_str(), stand.2.as_str()) {
            (CANCELED, pay, product) => pay == "PayCanceled" && product == "Delivery Canceled",
            (STARTED | COMPLETED, "PayCanceled", _) => false,
            (status @ (STARTED | COMPLETED), _, product) => status == product,
            _ => false,
        };
        if !in_line {
            return Err(format!("order {order} stands at {stand:?}"));
        }
        if row["status"] != placed["status"] {
            return Err(format!("order {order} stands at {stand:?}, shown is {row}"));
        }
        let same = row["item"] == placed["item"]
            && row["quantity"] == placed["orderQty"]
            && pay["price"] == placed["price"]
            && (product["orderQty"].is_null() || product["orderQty"] == placed["orderQty"]);
        if !same {
            return Err(format!(
                "order {order} differs: {placed} {pay} {product} {row}"
            ));
        }
        Ok(())
    }

    /// No pay that stands without an order, no delivery, no row (I1).
    fn of_no_order(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (order, pays) in self.pays.iter().filter(|(key, _)| !self.orders.has(key)) {
            if pays.iter().any(|pay| pay["status"] != "PayCanceled") {
                wrong.push(format!(
                    "there is no order {order}, and its pay stands: {pays:?}"
                ));
            }
        }
        for (of_orders, what) in [(&self.products, "delivery"), (&self.rows, "row")] {
            for (order, _) in of_orders.iter().filter(|(key, _)| !self.orders.has(key)) {
                wrong.push(format!("there is no order {order}, and it has a {what}"));
            }
        }
        wrong
    }

    /// I3: what was answered is there.
    fn broken(&self, promises: &Orders) -> Vec<String> {
        let mut wrong = promises.gone(&self.orders, |_, _| true);
        wrong.extend(promises.gone(&self.pays, |pay, mark| {
            pay["status"] == mark || pay["status"] == "PayCanceled"
        }));
        let canceled = |order: &Value| order["status"] == CANCELED;
        wrong.extend(promises.not_canceled(&self.orders, canceled));
        let completed = |product: &Value| product["status"] == COMPLETED;
        wrong.extend(promises.not_completed(&self.products, completed));
        wrong
    }
}

/// I4: each change is told once, and nothing else is.
fn notices(books: &Books) -> Vec<String> {
    let mut due: BTreeMap<(String, String), i64> = BTreeMap::new();
    let (by_id, by_order) = (books.told("id"), books.told("orderId"));
    let changes = by_id
        .iter()
        .filter(|((what, _), _)| ["Ordered", "OrderCanceled"].contains(what))
        .chain(by_order.iter().filter(|((what, _), _)| {
            ["DeliveryStarted", "DeliveryCompleted", "StockShort"].contains(what)
        }));
    for ((what, order), _) in changes {
        due.insert((order.clone(), (*what).to_owned()), 1);
    }
    for notice in books.all("notices") {
        let change = notice["change"].as_str().unwrap_or_default().to_owned();
        *due.entry((notice["orderId"].to_string(), change))
            .or_default() -= 1;
    }
    due.into_iter()
        .filter(|(_, missing)| *missing != 0)
        .map(|((order, what), missing)| format!("{missing} notices of {what} {order} are missing"))
        .collect()
}

/// I5: each delivery took its own, once; what is there is what was there less what was taken.
fn stock(books: &Books) -> Vec<String> {
    let (mut left, mut wrong) = (i64::from(TVS), Vec::new());
    let mut owed: BTreeMap<i64, i64> = BTreeMap::new();
    for event in &books.events {
        let data = &event["data"];
        let number = |field: &str| data[field].as_i64().unwrap_or_default();
        let mut owes = |quantity: i64| *owed.entry(number("orderId")).or_default() += quantity;
        match event["type"].as_str() {
            Some("DeliveryCompleted") => owes(number("orderQty")),
            Some("StockShort") => owes(-number("missing")),
            Some("StockDecreased") => {
                owes(-number("quantity"));
                left -= number("quantity");
            }
            _ => {}
        }
    }
    for (order, quantity) in owed.iter().filter(|(_, quantity)| **quantity != 0) {
        wrong.push(format!(
            "{quantity} of order {order} were not taken from stock"
        ));
    }
    let shown = books.all("inventories").first().map(|tvs| &tvs["stock"]);
    if left < 0 || shown.and_then(Value::as_i64) != Some(left) {
        wrong.push(format!("{left} should be in stock, shown is {shown:?}"));
    }
    wrong
}
