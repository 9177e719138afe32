//! One layout of files for both shapes, and files of earlier versions, which had one for each.

use std::fs;

use crate::fruitstore::Shop;
use crate::stage::Setup;

const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];
const CONTEXTS: [&str; 4] = ["order", "payment", "delivery", "mypage"];

fn together() -> Setup {
    Setup::of("fruitstore")
}

fn split() -> Setup {
    Setup::of("fruitstore").flag("--split")
}

#[derive(Clone, Copy, Debug)]
enum End {
    Orderly,
    Killed,
}

fn end(shop: &mut Shop, end: End) {
    match end {
        End::Orderly => {
            shop.terminate();
            logs_are_gone(shop);
        }
        End::Killed => shop.kill(),
    }
}

/// After an orderly stop each file is whole by itself, also after a look at it.
#[track_caller]
fn logs_are_gone(shop: &Shop) {
    shop.events();
    let names = fs::read_dir(shop.data()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let logs: Vec<String> = names
        .filter(|name| name.ends_with("-wal") || name.ends_with("-shm"))
        .collect();
    assert!(logs.is_empty(), "{logs:?}");
}

/// Puts all files where an earlier version kept those of contexts that were processes of their own.
fn as_an_earlier_version_had_them_apart(shop: &Shop) {
    let data = shop.data();
    for context in CONTEXTS {
        let own = data.join(context);
        fs::create_dir(&own).unwrap();
        fs::write(own.join("jumun.lock"), "4711\n\n").unwrap();
        for end in ["", "-wal", "-shm"] {
            let name = format!("{context}.sqlite{end}");
            let _ = fs::rename(data.join(&name), own.join(&name));
        }
        // An earlier version knew no such lock.
        let _ = fs::remove_file(data.join(format!("jumun.{context}.lock")));
    }
}

/// What `check` and `events` say of the orders that are there, running or not.
#[track_caller]
fn are_seen(shop: &Shop, orders: usize) {
    let check = ["check", "fruitstore", "--verbose", "--port", "0"];
    let check = shop.command(&check).fine();
    assert!(check.contains("store of order: "), "{check}");
    assert!(!check.contains("will be made"), "{check}");
    assert_eq!(shop.told("OrderPlaced"), orders);
}

#[test]
fn every_order_is_there_whatever_the_shape_and_however_the_one_before_ended() {
    let mut shop = together().shop();
    let mut orders = Vec::new();
    let steps = [
        (End::Killed, split()),
        (End::Killed, together()),
        (End::Orderly, split()),
        (End::Orderly, together()),
    ];
    for (how, next) in steps {
        orders.push(shop.place());
        are_seen(&shop, orders.len());
        end(&mut shop, how);
        are_seen(&shop, orders.len());
        shop.set_up_as(next);
        shop.restart();
        for order in &orders {
            shop.my_page_says(*order, UNDERWAY);
        }
        assert_eq!(shop.all("orders").len(), orders.len(), "{how:?}");
    }
}

#[test]
fn files_of_an_earlier_version_are_brought_in_by_either_shape() {
    let mut shop = split().shop();
    let mut orders = Vec::new();
    for (how, next) in [(End::Killed, together()), (End::Orderly, split())] {
        orders.push(shop.place());
        shop.my_page_says(orders[orders.len() - 1], UNDERWAY);
        end(&mut shop, how);
        as_an_earlier_version_had_them_apart(&shop);
        are_seen(&shop, orders.len());
        shop.set_up_as(next);
        shop.restart();
        for order in &orders {
            shop.my_page_says(*order, UNDERWAY);
        }
        let said = shop.said();
        assert!(said.contains("stores were moved from"), "{said}");
        for context in CONTEXTS {
            assert!(!shop.data().join(context).exists(), "{context}");
        }
    }
}

#[test]
fn a_log_whose_file_was_moved_away_by_hand_is_refused_by_either_shape() {
    let mut shop = together().shop();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    shop.kill();
    let file = shop.data().join("order.sqlite");
    let aside = shop.folder().join("aside");
    fs::rename(&file, &aside).unwrap();
    for setup in [together(), split()] {
        shop.set_up_as(setup);
        let said = shop.try_restart().expect_err("it is refused");
        for part in ["order.sqlite-wal", "put", "back beside it"] {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
    }
    fs::rename(&aside, &file).unwrap();
    shop.restart();
    shop.my_page_says(order, UNDERWAY);
}

#[test]
fn one_shape_is_refused_while_the_other_runs() {
    let shop = split().shop();
    let err = shop.command(&["up", "fruitstore", "--port", "0"]).failed();
    for context in CONTEXTS {
        assert!(err.contains(&format!("{context}: process ")), "{err}");
    }
    shop.place();
}
