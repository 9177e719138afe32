//! One context after the other really gone, or hanging: what goes on without it, and that it catches
//! up when it is back, with nothing twice (I7).

use serde_json::json;

use super::{CANCELED, UNDERWAY, cancel, how, lay, meal, order, stands};
use crate::stage::{Apart, Door, Setup, id_of};
use crate::waiting::eventually;
use crate::wire::Request;

/// Breakers that do not stay open for long, and stock that is not held for long.
fn setup() -> Setup {
    Setup::of("breakfast")
        .set("asks.sleep", "200ms")
        .set_in("foodcatalog", "deadlines.ordered", "1s")
        .set_in("payment", "deadlines.capture", "2s")
}

fn apart() -> Apart {
    let apart = setup().start_apart();
    lay(&apart);
    apart
}

#[track_caller]
fn placed(apart: &Apart, qty: i32) -> i64 {
    apart.send(&order(qty)).expect(201).id()
}

/// Nothing happened twice, nothing is held back, and every view is as the log says.
#[track_caller]
fn nothing_twice(apart: &Apart, orders: usize, canceled: usize) {
    apart.settle();
    for (event, times) in [
        ("Ordered", orders),
        ("Paid", orders),
        ("Shipped", orders),
        ("Milegeadded", orders),
        ("OrderCancelled", canceled),
        ("DeliveryCanceled", canceled),
        ("Cancelled", canceled),
        ("StockReturned", canceled),
        ("Mileageremoved", canceled),
    ] {
        assert_eq!(apart.told(event), times, "{event}");
    }
    apart.has_no_dead_letters();
    apart.are_all_the_same_rebuilt();
}

#[track_caller]
fn stock(apart: &Apart) -> i64 {
    let food = apart.get("/foodCatalogs/1").expect(200).json();
    food["stock"].as_i64().expect("a number")
}

// 장애 격리: 1. Delivery 서비스 중지 2. 주문 생성 … 4. Delivery 서비스 재성후 Shipped 메시지 정상 전송확인

#[test]
fn without_delivery_orders_are_taken_and_paid_and_shipped_when_it_is_back() {
    let mut apart = apart();
    let before = placed(&apart, 5);
    stands(&apart, before, UNDERWAY);
    apart.kill("delivery");
    apart.get("/deliveries").expect(503);
    let numbers = [placed(&apart, 5), placed(&apart, 5)];
    for number in numbers {
        eventually("the payment and the stock", || {
            let how = how(&apart, number);
            if how == ["", "Ordered", "", "Taken", ""] {
                Ok(())
            } else {
                Err(format!("{how:?}"))
            }
        });
    }
    // Nobody can say whether it has been delivered: a cancel has to wait.
    apart.send(&cancel(before)).expect(503);
    apart.start("delivery");
    for number in numbers {
        stands(&apart, number, UNDERWAY);
    }
    apart.until(&cancel(before), 204);
    stands(&apart, before, CANCELED);
    nothing_twice(&apart, 3, 1);
    assert_eq!(stock(&apart), 90);
}

#[test]
fn without_delivery_from_the_beginning_it_ships_what_it_has_missed() {
    let mut apart = setup().start_apart_without(&["delivery"]);
    lay(&apart);
    let number = placed(&apart, 35);
    apart.start("delivery");
    stands(&apart, number, UNDERWAY);
    nothing_of_a_cancel(&apart);
    assert_eq!(apart.told("Shipped"), 1);
}

#[track_caller]
fn nothing_of_a_cancel(apart: &Apart) {
    apart.settle();
    for event in ["OrderCancelled", "DeliveryCanceled", "Cancelled"] {
        assert_eq!(apart.told(event), 0, "{event}");
    }
}

#[test]
fn without_payment_nothing_is_ordered_and_what_was_canceled_is_refunded_when_it_is_back() {
    let mut apart = apart();
    let (kept, canceled) = (placed(&apart, 5), placed(&apart, 10));
    stands(&apart, kept, UNDERWAY);
    stands(&apart, canceled, UNDERWAY);
    apart.kill("payment");
    apart.send(&order(5)).expect(503);
    apart.send(&cancel(canceled)).expect(204);
    apart.get("/myOrders").expect(200);
    apart.start("payment");
    stands(&apart, canceled, CANCELED);
    eventually("what was held for nobody", || match stock(&apart) {
        95 => Ok(()),
        stock => Err(stock.to_string()),
    });
    let again = apart.until(&order(5), 201).id();
    stands(&apart, again, UNDERWAY);
    nothing_twice(&apart, 3, 1);
}

#[test]
fn a_payment_that_hangs_keeps_customers_waiting_no_longer_than_the_deadline() {
    let apart = apart();
    apart.freeze("payment");
    let busy = apart.send(&order(5)).expect(503);
    assert!(busy.header("retry-after").is_some(), "{busy}");
    apart.get("/orders").expect(200);
    apart.thaw("payment");
    eventually("that all is given back", || {
        let pays = apart.all("pays");
        let kept = pays.iter().any(|pay| pay["status"] == "Ordered");
        if stock(&apart) == 100 && !kept {
            Ok(())
        } else {
            Err(format!("{pays:?}"))
        }
    });
    let number = apart.until(&order(5), 201).id();
    stands(&apart, number, UNDERWAY);
    nothing_of_a_cancel(&apart);
    assert_eq!((apart.told("Ordered"), apart.told("Paid")), (1, 1));
}

#[test]
fn without_the_catalogue_what_was_ordered_goes_on_and_stock_comes_back_when_it_does() {
    let mut apart = apart();
    let (kept, canceled) = (placed(&apart, 5), placed(&apart, 10));
    stands(&apart, kept, UNDERWAY);
    stands(&apart, canceled, UNDERWAY);
    apart.kill("foodcatalog");
    apart.send(&order(5)).expect(503);
    apart.send(&cancel(canceled)).expect(204);
    let delivery = apart
        .find("deliveries", "orderId", kept)
        .expect("a delivery");
    let done = json!({"status": "Delivery Completed"});
    let path = format!("/deliveries/{}", id_of(&delivery));
    apart.patch(&path, &done).expect(200);
    apart.becomes(&format!("/orders/{kept}"), &done);
    apart.start("foodcatalog");
    stands(&apart, canceled, CANCELED);
    assert_eq!(stock(&apart), 95);
    apart.until(&order(5), 201);
    nothing_twice(&apart, 3, 1);
}

#[test]
fn a_catalogue_that_is_back_after_the_deadline_hears_of_the_order_first() {
    let mut apart = Setup::of("breakfast")
        .chaos()
        .set("asks.deadline", "10s")
        .set_in("foodcatalog", "deadlines.ordered", "300ms")
        .set_in("payment", "chaos.slow", "1500ms")
        .start_apart();
    lay(&apart);
    let door = Door::clone(&apart);
    let placing = std::thread::spawn(move || door.send(&order(20)).expect(201).id());
    eventually("the stock held", || {
        match apart.all("stockReservations").first() {
            Some(row) if row["status"] == "Held" => Ok(()),
            row => Err(format!("{row:?}")),
        }
    });
    apart.kill("foodcatalog");
    // Answered only after the time for the stock is up.
    let number = placing.join().expect("it was placed");
    apart.start("foodcatalog");
    stands(&apart, number, UNDERWAY);
    apart.settle();
    assert_eq!(
        (apart.told("StockTaken"), apart.told("StockReleased")),
        (1, 0)
    );
    assert_eq!(stock(&apart), 80);
}

#[test]
fn without_customers_what_was_ordered_goes_on_and_my_orders_catch_up() {
    let mut apart = apart();
    let (kept, canceled) = (placed(&apart, 5), placed(&apart, 10));
    stands(&apart, kept, UNDERWAY);
    stands(&apart, canceled, UNDERWAY);
    apart.kill("customer");
    apart.send(&order(5)).expect(503);
    assert_eq!(stock(&apart), 85, "stock is held for known customers only");
    apart.send(&cancel(canceled)).expect(204);
    apart.start("customer");
    stands(&apart, canceled, CANCELED);
    stands(&apart, kept, UNDERWAY);
    apart.until(&order(5), 201);
    nothing_twice(&apart, 3, 1);
}

#[test]
fn without_orders_couriers_deliver_and_orders_hear_of_it_when_they_are_back() {
    let mut apart = apart();
    let number = placed(&apart, 5);
    let wanted = json!({"status": "Ordered"});
    let delivery = apart.shows("deliveries", "orderId", number, &wanted);
    apart.kill("order");
    apart.get("/orders").expect(503);
    let done = json!({"status": "Delivery Completed"});
    let path = format!("/deliveries/{}", id_of(&delivery));
    apart.patch(&path, &done).expect(200);
    let drink = json!({"name": "cola", "stock": 5, "price": 500});
    apart.post("/foodCatalogs", &drink).expect(201);
    apart.start("order");
    stands(&apart, number, super::DELIVERED);
    nothing_twice(&apart, 1, 0);
}

#[test]
fn without_mileage_orders_are_paid_and_it_is_earned_when_it_is_back() {
    let mut apart = setup().start_apart_without(&["mileage"]);
    lay(&apart);
    let (kept, canceled) = (placed(&apart, 5), placed(&apart, 10));
    stands(&apart, kept, UNDERWAY);
    stands(&apart, canceled, UNDERWAY);
    apart.send(&cancel(canceled)).expect(204);
    stands(&apart, canceled, CANCELED);
    apart.start("mileage");
    nothing_twice(&apart, 2, 1);
    assert_eq!(apart.count("mileages"), 1);
}

// Liveness: /makeZombie

#[test]
fn a_zombie_is_known_to_be_ill_and_keeps_what_it_has_taken() {
    let mut apart = setup().chaos().start_apart();
    lay(&apart);
    let number = placed(&apart, 5);
    stands(&apart, number, UNDERWAY);
    let order = apart.context("order");
    order.get("/makeZombie").expect(200);
    order.get("/isHealthy").expect(500);
    // What looks after it starts it anew.
    apart.kill("order");
    apart.start("order");
    let order = apart.context("order");
    order.get("/isHealthy").expect(200);
    assert_eq!(how(&apart, number), UNDERWAY);
    apart.until(&Request::post("/orders", &meal(5)), 201);
    nothing_twice_placed(&apart, 2);
}

#[track_caller]
fn nothing_twice_placed(apart: &Apart, orders: usize) {
    nothing_of_a_cancel(apart);
    for event in ["Ordered", "Paid", "Shipped", "StockTaken", "Milegeadded"] {
        assert_eq!(apart.told(event), orders, "{event}");
    }
}
