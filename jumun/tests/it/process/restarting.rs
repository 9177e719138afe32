//! Contexts that are restarted under load, and those that must be because they do nothing any more.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

use super::split::{process_of, signal};
use crate::fruitstore::{Shop, apples};
use crate::stage::{Door, Setup, id_of};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];
const CUSTOMERS: usize = 4;
/// Rounds of all customers together, before and after each restart.
const ROUNDS: usize = 12;

/// Orders, and looks at what each other context shows, again and again: each must be answered well.
/// The orders.
fn customer(door: SocketAddr, rounds: &AtomicUsize, enough: &AtomicBool) -> Vec<i64> {
    let mut connection = Connection::open(door).unwrap();
    let mut orders = Vec::new();
    while !enough.load(Ordering::SeqCst) {
        let order = connection.send(&Request::post("/orders", &apples()));
        orders.push(order.unwrap().expect(201).id());
        for shown in ["/payments", "/deliveries", "/myPages"] {
            let page = Request::get(&format!("{shown}?size=1"));
            connection.send(&page).unwrap().expect(200);
        }
        rounds.fetch_add(1, Ordering::SeqCst);
    }
    orders
}

fn until_new(shop: &Shop, context: &str, before: u32) {
    eventually(&format!("{context} in another process"), || {
        if process_of(shop, context) == before {
            Err(shop.said())
        } else {
            Ok(())
        }
    });
}

#[test]
fn every_request_succeeds_while_each_context_is_restarted_in_turn() {
    // Long, for a busy machine: what is tested is that they wait, not how long.
    let shop = Setup::of("fruitstore")
        .flag("--split")
        .set("upstream_wait", "1m")
        .set("upstream_timeout", "1m")
        .set("asks.deadline", "1m")
        .shop();
    let address = shop.address();
    let (rounds, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let ordered = std::thread::scope(|scope| {
        let customer = || customer(address, &rounds, &enough);
        let customers: Vec<_> = (0..CUSTOMERS).map(|_| scope.spawn(customer)).collect();
        let some_rounds = || {
            let wanted = rounds.load(Ordering::SeqCst) + ROUNDS;
            eventually("some more rounds", || {
                let done = rounds.load(Ordering::SeqCst);
                // Whoever was answered badly has stopped.
                let fewer = customers.iter().any(ScopedJoinHandle::is_finished);
                if done >= wanted || fewer {
                    Ok(())
                } else {
                    Err(format!("{done} of {wanted}"))
                }
            });
        };
        for context in ["payment", "order", "delivery", "mypage"] {
            some_rounds();
            let before = process_of(&shop, context);
            signal(before, "TERM");
            until_new(&shop, context, before);
        }
        some_rounds();
        enough.store(true, Ordering::SeqCst);
        let orders = customers.into_iter().map(ScopedJoinHandle::join);
        orders.map(Result::unwrap).collect::<Vec<_>>().concat()
    });
    let kept: Vec<i64> = shop.all("orders").iter().map(id_of).collect();
    let kept: BTreeSet<i64> = kept.into_iter().collect();
    assert_eq!(kept.len(), ordered.len(), "each once, and no others");
    assert_eq!(kept, ordered.into_iter().collect());
    shop.my_page_says(kept.into_iter().next_back().unwrap(), UNDERWAY);
    shop.has_no_dead_letters();
}

/// A context's own door, as the greeting has it.
fn own_door(shop: &Shop, context: &str) -> Door {
    let said = shop.said();
    let (_, rest) = said
        .split_once(&format!("{context} :"))
        .unwrap_or_else(|| panic!("{context} is not in: {said}"));
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Door::at(SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap())))
}

#[test]
fn a_context_that_lives_and_does_nothing_any_more_is_restarted() {
    let shop = Setup::of("fruitstore")
        .flag("--split")
        .chaos()
        .set("supervise.every", "50ms")
        .set("supervise.timeout", "2s")
        .set("supervise.grace", "100ms")
        .set("upstream_wait", "1m")
        .shop();
    let ill = process_of(&shop, "payment");
    let payment = own_door(&shop, "payment");
    payment.get("/isHealthy").expect(200);
    payment.get("/makeZombie").expect(200);
    until_new(&shop, "payment", ill);

    // One that does not even hear SIGTERM.
    let stopped = process_of(&shop, "delivery");
    signal(stopped, "STOP");
    until_new(&shop, "delivery", stopped);

    let order = eventually("an order after that", || {
        let answer = shop.post("/orders", &apples());
        if answer.status == 201 {
            Ok(answer.id())
        } else {
            Err(answer.text())
        }
    });
    shop.my_page_says(order, UNDERWAY);
    let said = shop.said();
    for (context, why) in [("payment", "it answered 503"), ("delivery", "no answer")] {
        let line = format!("{context} failed 3 liveness looks in a row: {why}");
        assert!(said.contains(&line), "{line} is not in: {said}");
    }
    assert!(said.contains("delivery was ended by signal 9"), "{said}");
}

#[test]
fn a_context_that_stays_away_is_503_and_nothing_has_happened() {
    let shop = Setup::of("fruitstore")
        .set("upstream_wait", "100ms")
        .start_apart_without(&["order", "delivery"]);
    let english = shop.get("/deliveries").expect(503).json();
    assert_eq!(english["code"], "upstream-unreachable");
    assert!(
        english["detail"]
            .to_string()
            .contains("Nothing has been changed")
    );
    let request = Request::post("/orders", &apples()).header("accept-language", "ko");
    let korean = shop.send(&request).expect(503);
    assert!(korean.header("retry-after").is_some(), "{korean}");
    let korean = korean.json()["detail"].to_string();
    assert!(korean.contains("바뀐 것은 없습니다"), "{korean}");
}
