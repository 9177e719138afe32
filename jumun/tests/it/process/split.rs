//! `jumun up --split`: a process for each context, kept running, and stopped together.

use std::path::Path;

use crate::fruitstore::{Shop, apples};
use crate::stage::{Setup, Shape, jumun};
use crate::waiting::eventually;

const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];
const CONTEXTS: [&str; 4] = ["order", "payment", "delivery", "mypage"];

fn split() -> Shop {
    Setup::of("fruitstore").flag("--split").shop()
}

/// The process that has a context's store.
pub(super) fn process_of(shop: &Shop, context: &str) -> u32 {
    holder(&shop.data(), context)
}

fn holder(data: &Path, context: &str) -> u32 {
    eventually(&format!("{context}'s process"), || {
        let lock = data.join(format!("jumun.{context}.lock"));
        let text = std::fs::read_to_string(lock).map_err(|error| error.to_string())?;
        let number = text.lines().next().and_then(|line| line.parse().ok());
        number.filter(|process| runs(*process)).ok_or(text)
    })
}

fn runs(process: u32) -> bool {
    // One that has ended and was not waited for is still listed, as a zombie.
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

fn kill(process: u32) {
    signal(process, "KILL");
}

pub(super) fn signal(process: u32, name: &str) {
    let kill = std::process::Command::new("sh")
        .args(["-c", &format!("kill -{name} {process}")])
        .status();
    assert!(kill.unwrap().success());
}

#[test]
fn a_split_system_says_where_all_is_and_carries_an_order_through() {
    let shop = split();
    let said = shop.said();
    for part in [
        "in 6 processes",
        "contexts  order :",
        "data      ",
        "Try:\n  curl",
    ] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    let processes: std::collections::BTreeSet<u32> = CONTEXTS.map(|c| process_of(&shop, c)).into();
    assert_eq!(processes.len(), 4, "one each");
    assert_eq!(shop.told("OrderPlaced"), 1);
    shop.has_no_dead_letters();
    shop.is_the_same_rebuilt("mypage", "myPages");
}

#[test]
fn a_healthy_first_start_of_replicas_has_nothing_to_complain_of() {
    Shape::Split.play(|shape| {
        let setup = Setup::of("fruitstore").shape(shape);
        let shop = setup.flag("--replicas").flag("2").shop();
        let order = shop.place();
        shop.my_page_says(order, UNDERWAY);
        let said = shop.said();
        for level in [" ERROR ", " WARN "] {
            assert!(!said.contains(level), "{said}");
        }
    });
}

#[test]
fn a_context_that_is_killed_comes_back_with_all_that_it_had() {
    let shop = split();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    for context in ["delivery", "order"] {
        let before = process_of(&shop, context);
        kill(before);
        eventually(&format!("{context}, started again"), || {
            let now = process_of(&shop, context);
            if now == before {
                Err(shop.said())
            } else {
                Ok(())
            }
        });
    }
    let again = eventually("an order after that", || {
        let answer = shop.post("/orders", &apples());
        if answer.status == 201 {
            Ok(answer.id())
        } else {
            Err(answer.text())
        }
    });
    shop.my_page_says(again, UNDERWAY);
    shop.my_page_says(order, UNDERWAY);
    let said = shop.said();
    assert!(said.contains("delivery was ended by signal 9"), "{said}");
}

#[test]
fn all_stop_together_in_order() {
    let mut shop = split();
    shop.place();
    let processes = CONTEXTS.map(|context| process_of(&shop, context));
    let said = shop.terminate();
    for process in processes {
        assert!(!runs(process), "{process} runs");
    }
    assert!(!said.contains("ended"), "one did not end well: {said}");
}

#[test]
fn none_is_left_behind_when_the_one_that_keeps_them_is_killed() {
    let mut shop = split();
    let order = shop.place();
    let processes = CONTEXTS.map(|context| process_of(&shop, context));
    shop.kill();
    eventually("the end of all", || {
        let left: Vec<u32> = processes
            .into_iter()
            .filter(|process| runs(*process))
            .collect();
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?} run"))
        }
    });
    shop.restart();
    shop.my_page_says(order, UNDERWAY);
}

#[test]
fn who_is_started_again_at_once_waits_for_those_who_are_still_ending() {
    let mut shop = split();
    let order = shop.place();
    let [slow, other] = ["order", "payment"].map(|context| process_of(&shop, context));
    let data = shop.data();
    signal(slow, "STOP");
    shop.kill();
    std::thread::scope(|scope| {
        let again = scope.spawn(|| shop.restart());
        eventually("payment, started again", || {
            if holder(&data, "payment") == other {
                Err(format!("{other} still runs"))
            } else {
                Ok(())
            }
        });
        signal(slow, "CONT");
        again.join().expect("all are started");
    });
    shop.my_page_says(order, UNDERWAY);
}

#[test]
fn what_can_never_start_ends_the_whole_with_its_message() {
    let shop = Setup::of("fruitstore").shop();
    shop.place();
    // Its stores are in use by one process for all.
    let ran = shop.command(&["up", "fruitstore", "--split", "--port", "0"]);
    assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    assert!(ran.err.contains("cannot be started"), "{ran:?}");
    assert!(
        ran.err
            .contains(&format!("in use by another jumun (process {})", shop.pid())),
        "{ran:?}"
    );

    let ran = shop.command(&["up", "fruitstore", "--split", "--replicas", "2"]);
    assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    assert!(ran.err.contains("[kafka]"), "{ran:?}");
    let ran =
        crate::stage::Ran::to_end(jumun(&Setup::of_all(), shop.folder()).args(["up", "--split"]));
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
}
