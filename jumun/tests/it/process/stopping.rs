//! SIGTERM, SIGKILL, and what is there afterwards.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::json;

use crate::fruitstore::{Shop, apples};
use crate::stage::{Setup, id_of};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

/// An order that is being worked on, and not answered yet.
fn in_flight(shop: &Shop) -> Connection {
    let mut connection = Connection::open(shop.address()).unwrap();
    connection
        .begin(&Request::post("/orders", &apples()))
        .unwrap();
    connection
}

#[test]
fn it_stops_in_order_and_finds_everything_again() {
    let mut shop = Shop::start();
    let order = shop.place();
    let row = shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    let said = shop.terminate();
    assert!(said.contains("stopping"), "{said}");
    shop.restart();
    let found = shop.of_order("myPages", order).expect("a row");
    assert_eq!(
        found["_links"]["self"]["href"],
        shop.url(&format!("/myPages/{}", id_of(&row)))
    );
    shop.settle();
    assert_eq!(shop.counts(), [1, 1, 1, 1]);
}

#[test]
fn a_request_in_flight_is_finished_before_it_stops() {
    let mut shop = Setup::of("fruitstore")
        .chaos()
        .set("asks.deadline", "10s")
        .set("systems.fruitstore.payment.chaos.slow", "500ms")
        .shop();
    let mut connection = in_flight(&shop);
    shop.ask_to_stop();
    let order = connection.read("POST").unwrap().expect(201).id();
    shop.stopped();
    shop.restart();
    shop.get(&format!("/orders/{order}")).expect(200);
    shop.turn("payment", &json!({"slow": ""}));
    shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
}

#[test]
fn for_a_pause_after_the_stop_it_is_not_ready_and_does_what_is_asked() {
    let mut shop = Setup::of("fruitstore").set("stop.pause", "1h").shop();
    shop.ask_to_stop();
    eventually("that it is not ready", || {
        let answer = shop.send(&Request::get("/actuator/health/readiness"));
        if answer.status == 503 {
            Ok(())
        } else {
            Err(answer.text())
        }
    });
    let placed = shop.send(&Request::post("/orders", &apples())).expect(201);
    assert_eq!(placed.header("connection"), Some("close"));
    // Whoever does not want to wait need not.
    shop.interrupt();
    let said = shop.ends_badly();
    assert!(said.contains("what was answered is kept"), "{said}");
    shop.set_up_as(Setup::of("fruitstore").set("stop.pause", "10ms"));
    shop.restart();
    shop.get(&format!("/orders/{}", placed.id())).expect(200);
    shop.terminate();
}

#[test]
fn nothing_that_was_answered_under_load_is_lost_when_it_stops() {
    let mut shop = Shop::start();
    let address = shop.address();
    let answered = std::sync::Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let Ok(mut connection) = Connection::open(address) else {
                    return;
                };
                // Until it hangs up.
                while let Ok(answer) = connection.send(&Request::post("/orders", &apples())) {
                    if answer.status == 503 {
                        continue;
                    }
                    answered.lock().unwrap().insert(answer.expect(201).id());
                }
            });
        }
        eventually("some orders", || {
            let orders = answered.lock().unwrap().len();
            if orders >= 40 {
                Ok(())
            } else {
                Err(format!("{orders}"))
            }
        });
        shop.terminate();
    });
    shop.restart();
    let kept: BTreeSet<i64> = shop.all("orders").iter().map(id_of).collect();
    let answered = answered.into_inner().unwrap();
    let lost: Vec<_> = answered.difference(&kept).collect();
    assert!(lost.is_empty(), "{lost:?}");
    for order in &kept {
        shop.my_page_says(*order, ["주문신청", "결제승인", "배송시작"]);
    }
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let mut shop = Shop::start();
    let mut idle = Connection::open(shop.address()).unwrap();
    idle.send(&Request::get("/orders")).unwrap().expect(200);
    let _untouched = Connection::open(shop.address()).unwrap();
    shop.terminate();
}

#[test]
fn numbers_go_on_without_a_gap_after_an_orderly_stop() {
    let mut shop = Shop::start();
    let before: Vec<i64> = (0..3).map(|_| shop.place()).collect();
    assert_eq!(before, [1, 2, 3]);
    shop.settle();
    shop.terminate();
    shop.restart();
    let order = shop.place();
    assert_eq!(order, 4);
    let row = shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    assert_eq!(row["payId"], 4);
}

#[test]
fn no_number_is_given_twice_however_often_it_is_killed() {
    let mut shop = Shop::start();
    let mut given = BTreeSet::new();
    for _ in 0..4 {
        for _ in 0..3 {
            assert!(given.insert(shop.place()), "{given:?}");
        }
        shop.kill();
        shop.restart();
    }
    let orders: BTreeSet<i64> = shop.all("orders").iter().map(id_of).collect();
    assert_eq!(orders, given);
    for order in given {
        shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    }
    shop.settle();
    assert_eq!(shop.counts(), [12, 12, 12, 12]);
}

#[test]
fn a_disk_that_takes_no_more_loses_nothing_that_was_answered() {
    // No file may grow beyond 600 KiB: to the store this is a disk that fails every write.
    let mut shop = Setup::of("fruitstore").file_limit(600).shop();
    let mut kept = BTreeSet::new();
    let refused = loop {
        let answer = shop.post("/orders", &apples());
        if answer.status != 201 {
            break answer;
        }
        kept.insert(answer.id());
        assert!(kept.len() < 20_000, "the limit has no effect");
    };
    assert!(matches!(refused.status, 503 | 507), "{refused}");
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    // It lives, and shows what it has.
    let shown: BTreeSet<i64> = shop.all("orders").iter().map(id_of).collect();
    assert_eq!(shown, kept);
    shop.kill();
    shop.set_up_as(Setup::of("fruitstore"));
    shop.restart();
    let found: BTreeSet<i64> = shop.all("orders").iter().map(id_of).collect();
    assert_eq!(found, kept);
    for order in kept {
        shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    }
}

#[test]
fn ctrl_c_after_the_first_signal_ends_it_at_once_and_what_was_answered_is_kept() {
    let mut shop = Setup::of("fruitstore")
        .chaos()
        .set("asks.deadline", "1m")
        .shop();
    let kept = shop.place();
    shop.turn("payment", &json!({"slow": "60000ms"}));
    let mut waits = in_flight(&shop);
    shop.ask_to_stop();
    eventually("its word on stopping", || {
        let said = shop.said();
        if said.contains("stopping") {
            Ok(())
        } else {
            Err(said)
        }
    });
    shop.interrupt();
    let said = shop.ends_badly();
    assert!(said.contains("Ctrl-C said"), "{said}");
    assert!(
        waits.read("POST").is_err(),
        "nothing is answered that was not done"
    );
    shop.restart();
    let orders: Vec<i64> = shop.all("orders").iter().map(id_of).collect();
    assert_eq!(orders, [kept]);
}

#[test]
fn a_client_that_never_finishes_does_not_hold_up_the_end() {
    let mut shop = Shop::start();
    let mut slow = Connection::open(shop.address()).unwrap();
    slow.write(b"POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n")
        .unwrap();
    slow.read_interim(100).unwrap();
    slow.write(b"{").unwrap();
    shop.terminate();
}

#[test]
fn when_the_disk_has_room_again_orders_are_taken_again() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("prlimit is not installed: the disk stays full, and this is not tested");
        return;
    }
    let shop = Setup::of("fruitstore").file_limit(600).shop();
    let mut kept = 0;
    while shop.post("/orders", &apples()).status == 201 {
        kept += 1;
        assert!(kept < 20_000, "the limit has no effect");
    }
    let pid = shop.pid().to_string();
    let more = ["--pid", &pid, "--fsize=unlimited:"];
    assert!(
        Command::new("prlimit")
            .args(more)
            .status()
            .unwrap()
            .success()
    );
    let order = eventually("an order", || {
        let answer = shop.post("/orders", &apples());
        if answer.status == 201 {
            Ok(answer.id())
        } else {
            Err(answer.to_string())
        }
    });
    shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    shop.settle();
    assert_eq!(shop.count("orders"), kept + 1);
    assert_eq!(shop.count("deliveries"), kept + 1);
    shop.get("/actuator/health").expect(200);
}
