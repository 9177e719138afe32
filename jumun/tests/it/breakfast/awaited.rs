//! Each awaited call: the called side says no, is slow past the deadline, is down, or dies after its
//! commit and before its answer. Then both sides agree within seconds.

mod cancellation;
mod placing;

use serde_json::{Value, json};

use super::{how, lay};
use crate::stage::{Apart, Setup};
use crate::waiting::eventually;

/// Each context in a process of its own; whoever is slow is so for longer than is waited, and what
/// nobody comes back for is given back soon.
fn apart() -> Apart {
    let apart = Setup::of("breakfast")
        .chaos()
        .set("asks.deadline", "400ms")
        .set("asks.sleep", "200ms")
        .set_in("foodcatalog", "deadlines.ordered", "1s")
        .set_in("payment", "deadlines.capture", "1500ms")
        .start_apart();
    lay(&apart);
    apart
}

/// Turns a context's faults on or off, at its own door.
#[track_caller]
fn turn(apart: &Apart, context: &str, knobs: &Value) {
    let door = apart.context(context);
    door.put("/actuator/chaos", knobs).expect(200);
}

/// Waits until what was set aside for an order that is not there has all been given back.
#[track_caller]
fn nothing_is_set_aside(apart: &Apart) {
    eventually("that all is given back", || {
        let food = apart.get("/foodCatalogs/1").expect(200).json();
        let pays = apart.all("pays");
        let held = pays.iter().any(|pay| pay["status"] == "Ordered");
        if food["stock"] == 100 && !held {
            Ok(())
        } else {
            Err(format!("{food} {pays:?}"))
        }
    });
    apart.settle();
    for collection in ["orders", "deliveries", "myOrders", "mileages"] {
        assert_eq!(apart.count(collection), 0, "{collection}");
    }
    assert_eq!((apart.told("Ordered"), apart.told("Paid")), (0, 0));
    apart.has_no_dead_letters();
}

/// What is told of an order that was canceled, each once.
#[track_caller]
fn was_canceled_once(apart: &Apart, order: i64) {
    apart.settle();
    for event in [
        "DeliveryCanceled",
        "OrderCancelled",
        "Cancelled",
        "StockReturned",
    ] {
        assert_eq!(apart.told(event), 1, "{event}: {:?}", how(apart, order));
    }
    assert_eq!(
        apart.get("/foodCatalogs/1").expect(200).json()["stock"],
        100
    );
    apart.has_no_dead_letters();
}

/// As if nothing had been wrong.
fn well() -> Value {
    json!({"slow": "", "mute": false, "down": false, "refuse": false})
}
