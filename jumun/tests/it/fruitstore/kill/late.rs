//! Orders that were answered just before a crash, and a shop that is back only after payment's
//! deadline for them has passed: they stand (I1).

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::fruitstore::apples;
use crate::stage::Setup;
use crate::waiting::{eventually, within};
use crate::wire::{Connection, Request};

const CAPTURE: Duration = Duration::from_secs(2);

fn setup() -> Setup {
    Setup::of("fruitstore")
        .set_in("payment", "deadlines.capture", "2s")
        .set("asks.deadline", "10s")
}

/// The orders that were answered 201. They come so fast that payment has not heard of the last ones
/// when `kill` does its work.
fn placed_until(address: SocketAddr, kill: impl FnOnce()) -> Vec<i64> {
    let answered = Mutex::new(Vec::new());
    let place_until_it_is_gone = || {
        let Ok(mut connection) = Connection::open(address) else {
            return;
        };
        while let Ok(answer) = connection.send(&Request::post("/orders", &apples())) {
            if answer.status != 201 {
                return;
            }
            answered.lock().unwrap().push(answer.id());
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(place_until_it_is_gone);
        }
        eventually("some orders", || {
            let orders = answered.lock().unwrap().len();
            if orders >= 40 {
                return Ok(());
            }
            Err(format!("{orders}"))
        });
        kill();
    });
    answered.into_inner().unwrap()
}

fn wait_until_the_deadlines_have_passed() {
    let gone = Instant::now();
    within(CAPTURE * 5, "the deadline of the last order", || {
        let passed = gone.elapsed();
        if passed > CAPTURE + CAPTURE / 4 {
            return Ok(());
        }
        Err(format!("{passed:?}"))
    });
}

#[test]
fn an_order_answered_just_before_a_crash_stands_even_if_the_shop_is_back_after_the_deadline() {
    let mut shop = setup().shop();
    let orders = placed_until(shop.address(), || shop.kill());
    wait_until_the_deadlines_have_passed();
    shop.restart();
    for order in orders {
        shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
        let path = format!("/orders/{order}");
        assert_eq!(
            shop.get(&path).expect(200).json()["orderStatus"],
            "주문신청"
        );
        let payment = shop.of_order("payments", order).expect("a payment");
        assert_eq!(payment["payStatus"], "결제승인");
    }
}

#[test]
fn a_payment_that_is_back_before_order_can_be_heard_waits_for_it() {
    let mut shop = setup().start_apart_without(&["delivery", "mypage"]);
    let at = shop.context("order").address();
    let orders = placed_until(at, || shop.kill("payment"));
    shop.kill("order");
    let (log, aside) = (shop.data(), shop.folder().join("aside"));
    fs::create_dir(&aside).unwrap();
    // The log first, so that nobody ever finds the file without it.
    let order = ["order.sqlite-wal", "order.sqlite"];
    let move_order = |from: &Path, to: &Path| {
        for name in order {
            fs::rename(from.join(name), to.join(name)).unwrap();
        }
    };
    move_order(&log, &aside);
    wait_until_the_deadlines_have_passed();

    shop.start("payment");
    let of = |number: i64| shop.find("payments", "orderId", number).expect("a payment");
    for &number in &orders {
        let payment = of(number);
        let status = payment["payStatus"].as_str();
        assert!(matches!(status, Some("결제요청" | "결제승인")), "{payment}");
    }
    move_order(&aside, &log);
    for &number in &orders {
        let approved = json!({"payStatus": "결제승인"});
        shop.shows("payments", "orderId", number, &approved);
    }
    shop.start("order");
    for number in orders {
        let order = shop.get(&format!("/orders/{number}")).expect(200).json();
        assert_eq!(order["orderStatus"], "주문신청");
    }
}
