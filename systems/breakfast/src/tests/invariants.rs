//! What must hold.

use std::collections::BTreeSet;

use serde_json::Value;
use storm::Id;

use super::kitchen::{FOOD, Kitchen};

/// I5, at every moment: what is in stock and what orders have is what the manager counted.
pub(super) fn stock_adds_up(kitchen: &Kitchen) {
    let there_is = kitchen.world.shown("foodCatalogs");
    for (food, name) in (1..).zip(FOOD) {
        let Some(dish) = there_is.iter().find(|dish| dish["name"] == name) else {
            continue;
        };
        let stock = dish["stock"].as_i64().expect("a number");
        assert!(stock >= 0, "I5: {stock} of {name}");
        assert_eq!(
            stock + kitchen.with_orders(food),
            kitchen.counted[name],
            "I5: no {name} leaks"
        );
    }
}

fn of_order<'r>(rows: &'r [Value], field: &str, order: Id) -> Vec<&'r Value> {
    rows.iter().filter(|row| row[field] == order).collect()
}

/// I1 and I2, once everything has been heard.
pub(super) fn orders_payments_and_deliveries_agree(kitchen: &Kitchen) {
    let shown = |collection| kitchen.world.shown(collection);
    let (orders, pays) = (shown("orders"), shown("pays"));
    let (deliveries, reservations) = (shown("deliveries"), shown("stockReservations"));
    let (mileages, mileage_views) = (shown("mileages"), kitchen.world.rows("mileageViews"));
    let my_orders = kitchen.world.rows("myOrders");
    let mut numbers = Vec::new();
    for event in kitchen.world.told_by("order") {
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        if event.event_type == "Ordered" {
            numbers.push(data["id"].as_i64().expect("a number"));
        }
    }
    assert_eq!(numbers.len(), orders.len());
    assert_eq!(my_orders.len(), orders.len(), "one row an order");
    for (number, order) in numbers.iter().zip(&orders) {
        let one = |rows: &[Value], field: &str| {
            let found = of_order(rows, field, *number);
            assert_eq!(found.len(), 1, "one {field} {number} in {rows:?}");
            found[0]["status"].as_str().unwrap_or_default().to_owned()
        };
        let (pay, way) = (one(&pays, "orderid"), one(&deliveries, "orderId"));
        let (stock, mine) = (one(&reservations, "orderid"), one(&my_orders, "orderid"));
        let earned = of_order(&mileages, "orderId", *number).len();
        let viewed = of_order(&mileage_views, "orderId", *number).len();
        let all = (&*pay, &*way, &*stock, &*mine);
        match order["status"].as_str() {
            Some("Delivery Start") => {
                let underway = ("Ordered", "Ordered", "Taken", "Delivery Start");
                assert_eq!(all, underway, "I1: order {number}");
            }
            Some("Delivery Completed") => {
                assert_eq!((all.0, all.1), ("Ordered", "Delivery Completed"), "I1");
                assert_eq!(all.3, "Delivery Completed");
                // A shortage that was told after the delivery is not the customer's.
                assert!(stock == "Taken" || stock == "Out of Stock", "{stock}");
            }
            Some("Order Canceled") => {
                assert_eq!(
                    (all.0, all.1),
                    ("Order Canceled-payment", "Cancelled-delivery"),
                    "I2"
                );
                assert_eq!(all.3, "Cancelled-delivery");
                assert!(
                    stock == "Returned" || stock == "Out of Stock",
                    "I2: {stock}"
                );
            }
            status => panic!("order {number} is left with status {status:?}"),
        }
        let stands = usize::from(order["status"] != "Order Canceled");
        assert_eq!(
            (earned, viewed),
            (stands, stands),
            "mileage of order {number}"
        );
    }
    for pay in &pays {
        let order = pay["orderid"].as_i64().expect("a number");
        let stands = numbers.contains(&order);
        assert!(
            stands || pay["status"] == "Order Canceled-payment",
            "I1: {pay}"
        );
    }
    for row in &reservations {
        let order = row["orderid"].as_i64().expect("a number");
        let stands = numbers.contains(&order);
        assert!(stands || row["status"] == "Released", "I5: {row}");
    }
}

/// I4: what may be told again are questions that were asked again, and what a manager or a customer
/// changes.
pub(super) fn happened_once(kitchen: &Kitchen) {
    const AGAIN: [&str; 6] = [
        "CatalogUpdated",
        "OrderStatusUpdated",
        "PaymentAuthorized",
        "PaymentVoided",
        "StockHeld",
        "StockReleased",
    ];
    let mut seen = BTreeSet::new();
    for event in kitchen.world.spoken() {
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        let about = ["orderId", "orderid", "id"].map(|name| data[name].to_string());
        let first = seen.insert((event.event_type, about));
        assert!(
            first || AGAIN.contains(&event.event_type),
            "I4: {event:?} happened twice"
        );
    }
}

/// I6.
pub(super) fn rebuilt_is_the_same(kitchen: &mut Kitchen, order_of_producers: &[&str]) {
    for (context, view) in [
        ("customer", "myOrders"),
        ("foodcatalog", "foodCatalogViews"),
        ("mileage", "mileageViews"),
    ] {
        kitchen
            .world
            .is_the_same_rebuilt(context, view, order_of_producers);
    }
    assert_eq!(
        kitchen.world.rows("foodCatalogViews"),
        kitchen.world.shown("foodCatalogs"),
        "the view shows the catalogue"
    );
}
