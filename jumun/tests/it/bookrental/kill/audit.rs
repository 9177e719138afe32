//! Whether the library's books agree with each other and with what was answered.

use std::collections::BTreeMap;

use serde_json::Value;

use super::COPIES;
use crate::bookrental::{CANCELED, DELIVERED, RETURNED};
use crate::kill::{Books, By, Orders};

/// Everything that is not as it should be.
pub(super) fn everything(books: &Books, promises: &Orders) -> Vec<String> {
    let ledger = Ledger {
        reservations: books.by_id("reservations"),
        deliveries: books.by_id("deliveries"),
        loans: books.by_id("loans"),
        rows: books.by_id("myPages"),
    };
    let mut wrong = Vec::new();
    for (number, reserved) in ledger.reservations.iter() {
        wrong.extend(ledger.agrees(number, reserved[0]).err());
    }
    wrong.extend(ledger.of_no_reservation());
    // A reservation is updated when it is delivered, and again when it is brought back.
    let by_book = [
        "ReservationUpdated",
        "CopyTaken",
        "CopyPutBack",
        "StockShort",
    ];
    wrong.extend(books.told_again("id", &by_book));
    wrong.extend(books.told_again("orderId", &[]));
    wrong.extend(books.made_again("Reserved"));
    wrong.extend(stock(books));
    wrong.extend(ledger.broken(promises));
    wrong
}

struct Ledger<'a> {
    reservations: By<'a>,
    deliveries: By<'a>,
    loans: By<'a>,
    rows: By<'a>,
}

impl Ledger<'_> {
    /// I2, I4: reservation, delivery, loan and row say the same, and there is one of each.
    fn agrees(&self, number: &str, reserved: &Value) -> Result<(), String> {
        let delivery = self.deliveries.one(number)?;
        let loan = self.loans.one(number)?;
        let row = self.rows.one(number)?;
        let code = &reserved["statusCode"];
        if ![DELIVERED, CANCELED, RETURNED]
            .iter()
            .any(|end| code == end)
        {
            return Err(format!("reservation {number} stands at {code}"));
        }
        for (what, item) in [("delivery", delivery), ("row", row)] {
            let same = ["statusCode", "productId"]
                .iter()
                .all(|field| item[field] == reserved[field]);
            if !same {
                return Err(format!("{number}: {reserved}, its {what} differs: {item}"));
            }
        }
        if loan["ended"] != (code != DELIVERED) {
            return Err(format!(
                "{number} stands at {code}, its loan differs: {loan}"
            ));
        }
        Ok(())
    }

    /// Nothing is there of a reservation that is not.
    fn of_no_reservation(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (all, what) in [
            (&self.deliveries, "delivery"),
            (&self.loans, "loan"),
            (&self.rows, "row"),
        ] {
            for (number, _) in all.iter().filter(|(key, _)| !self.reservations.has(key)) {
                wrong.push(format!(
                    "there is no reservation {number}, and it has a {what}"
                ));
            }
        }
        wrong
    }

    /// I3: what was answered is there.
    fn broken(&self, promises: &Orders) -> Vec<String> {
        let mut wrong = promises.gone(&self.reservations, |_, _| true);
        let canceled = |item: &Value| item["statusCode"] == CANCELED;
        wrong.extend(promises.not_canceled(&self.reservations, canceled));
        wrong.extend(promises.not_canceled(&self.deliveries, canceled));
        let returned = |item: &Value| item["statusCode"] == RETURNED;
        wrong.extend(promises.not_completed(&self.reservations, returned));
        wrong.extend(promises.not_completed(&self.deliveries, returned));
        wrong
    }
}

/// I5: what is there was there, less what is out; and what is out is lent.
fn stock(books: &Books) -> Vec<String> {
    let (mut left, mut wrong) = (i64::from(COPIES), Vec::new());
    let mut out: BTreeMap<String, i64> = BTreeMap::new();
    for event in &books.events {
        let reservation = event["data"]["orderId"].to_string();
        let change = match event["type"].as_str() {
            Some("CopyTaken") => 1,
            Some("CopyPutBack") => -1,
            _ => continue,
        };
        left -= change;
        *out.entry(reservation).or_default() += change;
    }
    for (number, loans) in books.by_id("loans").iter() {
        let is_out = out.remove(number).unwrap_or_default();
        if loans[0]["copies"] != is_out {
            wrong.push(format!(
                "{is_out} copies are out for {number}: {}",
                loans[0]
            ));
        }
    }
    for (number, copies) in out {
        wrong.push(format!(
            "{copies} copies are out for {number}, which has no loan"
        ));
    }
    let shown = books.all("products").first().map(|book| &book["stock"]);
    if left < 0 || shown.and_then(Value::as_i64) != Some(left) {
        wrong.push(format!("{left} should be in stock, shown is {shown:?}"));
    }
    wrong
}
