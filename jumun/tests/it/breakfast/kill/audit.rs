//! Whether breakfast's books agree with each other and with what the customers were told.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{PLENTY, SCARCE};
use crate::kill::{Books, By, Orders};
use crate::stage::id_of;

/// Everything that is not as it should be.
pub(super) fn everything(books: &Books, promises: &Orders) -> Vec<String> {
    let ledger = Ledger {
        orders: books.by_id("orders"),
        pays: books.by("pays", "orderid"),
        deliveries: books.by("deliveries", "orderId"),
        reservations: books.by("stockReservations", "orderid"),
        rows: books.by("myOrders", "orderid"),
        mileages: books.by("mileages", "orderId"),
        mileage_views: books.by("mileageViews", "orderId"),
    };
    let mut wrong = Vec::new();
    for (order, placed) in ledger.orders.iter() {
        wrong.extend(ledger.agrees(order, placed[0]).err());
    }
    wrong.extend(ledger.of_no_order());
    wrong.extend(leaks(books));
    wrong.extend(happened_again(books));
    wrong.extend(books.made_again("Ordered"));
    wrong.extend(broken(books, &ledger, promises));
    wrong
}

struct Ledger<'a> {
    orders: By<'a>,
    pays: By<'a>,
    deliveries: By<'a>,
    reservations: By<'a>,
    rows: By<'a>,
    mileages: By<'a>,
    mileage_views: By<'a>,
}

fn status(item: &Value) -> &str {
    item["status"].as_str().unwrap_or("nothing")
}

impl Ledger<'_> {
    /// I1, I2, I4: all contexts say the same of an order, and there is one of each.
    fn agrees(&self, order: &str, placed: &Value) -> Result<(), String> {
        let (pay, row) = (self.pays.one(order)?, self.rows.one(order)?);
        let (delivery, portion) = (self.deliveries.one(order)?, self.reservations.one(order)?);
        let stand = [placed, pay, delivery, portion, row].map(status);
        // A shortage is told of an order whose disk stood still; once it is delivered, too late.
        let stands = match stand {
            [
                "Delivery Start",
                "Ordered",
                "Ordered",
                "Taken",
                "Delivery Start",
            ] => true,
            [
                "Delivery Completed",
                "Ordered",
                "Delivery Completed",
                "Taken" | "Out of Stock",
                "Delivery Completed",
            ] => true,
            [
                "Order Canceled",
                "Order Canceled-payment",
                "Cancelled-delivery",
                "Returned" | "Out of Stock",
                "Cancelled-delivery",
            ] => false,
            _ => return Err(format!("order {order} stands at {stand:?}")),
        };
        let earned = (self.mileages.has(order), self.mileage_views.has(order));
        if earned != (stands, stands) {
            return Err(format!(
                "order {order} at {stand:?} has mileage: {earned:?}"
            ));
        }
        let same = pay["amout"] == placed["qty"]
            && portion["qty"] == placed["qty"]
            && row["qty"] == placed["qty"]
            && portion["foodcatalogid"] == placed["foodcaltalogid"]
            && row["foodcatlogid"] == placed["foodcaltalogid"]
            && row["customerid"] == placed["customerid"];
        if !same {
            return Err(format!(
                "order {order} differs: {placed} {pay} {portion} {row}"
            ));
        }
        Ok(())
    }

    /// No capture without an order, no portion, no delivery, no row, no mileage (I1, I5).
    fn of_no_order(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let backs = [
            (&self.pays, "Order Canceled-payment", "payment"),
            (&self.reservations, "Released", "portion"),
        ];
        for (items, back, what) in backs {
            for (order, items) in items.iter().filter(|(key, _)| !self.orders.has(key)) {
                if items.iter().any(|item| status(item) != back) {
                    wrong.push(format!("there is no order {order}, and its {what} stands"));
                }
            }
        }
        for (items, what) in [
            (&self.deliveries, "delivery"),
            (&self.rows, "row"),
            (&self.mileages, "mileage"),
        ] {
            for (order, _) in items.iter().filter(|(key, _)| !self.orders.has(key)) {
                wrong.push(format!("there is no order {order}, and it has a {what}"));
            }
        }
        wrong
    }
}

/// I5: what is in stock and what orders have is what there was; and the view shows it.
fn leaks(books: &Books) -> Vec<String> {
    let mut wrong = Vec::new();
    let views = books.by("foodCatalogViews", "name");
    for food in books.all("foodCatalogs") {
        let Some((name, first)) = [PLENTY, SCARCE]
            .into_iter()
            .find(|(n, _)| food["name"] == *n)
        else {
            wrong.push(format!("nobody registered {food}"));
            continue;
        };
        let portions = books.all("stockReservations").iter();
        let with_orders: i64 = portions
            .filter(|row| row["foodcatalogid"] == id_of(food))
            .filter(|row| matches!(status(row), "Held" | "Taken"))
            .filter_map(|row| row["qty"].as_i64())
            .sum();
        let stock = food["stock"].as_i64().unwrap_or(-1);
        if stock < 0 || stock + with_orders != first {
            wrong.push(format!(
                "of {first} {name} there are {stock} in stock and {with_orders} with orders"
            ));
        }
        match views.one(name) {
            Ok(view) if view["stock"] == stock => {}
            Ok(view) => wrong.push(format!("there are {stock} {name}, the view shows {view}")),
            Err(error) => wrong.push(error),
        }
    }
    wrong
}

/// I2, I4: effects happen once. What was asked for and never used may be asked for again.
fn happened_again(books: &Books) -> Vec<String> {
    let again = [
        books.told_again("orderId", &[]),
        books.told_again(
            "orderid",
            &[
                "PaymentAuthorized",
                "PaymentVoided",
                "StockHeld",
                "StockReleased",
            ],
        ),
        books.told_again(
            "id",
            &[
                "CatalogUpdated",
                "OrderStatusUpdated",
                "PaymentAuthorized",
                "PaymentVoided",
            ],
        ),
    ];
    again.concat()
}

/// I3: what was answered is there.
fn broken(books: &Books, ledger: &Ledger<'_>, promises: &Orders) -> Vec<String> {
    let mut marks = BTreeMap::new();
    for told in books.events.iter().filter(|told| told["type"] == "Ordered") {
        marks.insert(told["data"]["id"].as_i64(), told["correlation"].as_str());
    }
    let placed = promises.gone(&ledger.orders, |order, mark| {
        marks.get(&Some(id_of(order))) == Some(&Some(mark))
    });
    let canceled = promises.not_canceled(&ledger.orders, |order| status(order) == "Order Canceled");
    let completed = promises.not_completed(&ledger.deliveries, |delivery| {
        status(delivery) == "Delivery Completed"
    });
    [placed, canceled, completed].concat()
}
