//! Backups while people order, and systems that begin with one.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fruitstore::{Shop, apples};
use crate::stage::{Setup, id_of};
use crate::waiting::eventually;
use crate::wire::Request;

const CUSTOMERS: usize = 3;
const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];

fn shop(setup: Setup) -> Shop {
    // What is paid for and never ordered is given back soon.
    setup.set_in("payment", "deadlines.capture", "2s").shop()
}

/// Backs up several times under load, and says what was ordered before each began.
fn backups_under_load(shop: &Shop, folders: &[&str]) -> Vec<BTreeSet<i64>> {
    let (placed, stop) = (Mutex::new(BTreeSet::new()), AtomicBool::new(false));
    let some_more = |than: usize| {
        eventually("more orders", || {
            let now = placed.lock().unwrap().len();
            if now > than {
                Ok(now)
            } else {
                Err(now.to_string())
            }
        })
    };
    std::thread::scope(|scope| {
        let door = (**shop).clone();
        for _ in 0..CUSTOMERS {
            let (door, placed, stop) = (door.clone(), &placed, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let answer = door.send(&Request::post("/orders", &apples()));
                    // On a busy machine payment may take too long.
                    if answer.status == 201 {
                        placed.lock().unwrap().insert(answer.id());
                    }
                }
            });
        }
        let before = folders.iter().map(|folder| {
            some_more(some_more(0));
            let before = placed.lock().unwrap().clone();
            let said = shop.command(&["backup", "fruitstore", folder]).fine();
            assert!(said.contains("checksum"), "{said}");
            before
        });
        let before = before.collect();
        stop.store(true, Ordering::SeqCst);
        before
    })
}

/// I1–I4 and I6 hold, and no id is given twice.
fn is_in_line(shop: &Shop, ordered: &BTreeSet<i64>) {
    shop.settle();
    let orders: BTreeSet<i64> = shop.all("orders").iter().map(id_of).collect();
    assert!(orders.is_superset(ordered), "{ordered:?} {orders:?}");
    for order in &orders {
        shop.my_page_says(*order, UNDERWAY);
    }
    eventually("payments without an order are given back", || {
        let payments = shop.all("payments");
        let of_nothing = payments.iter().filter(|payment| {
            let of = payment["orderId"].as_i64().unwrap();
            payment["payStatus"] != "결제취소" && !orders.contains(&of)
        });
        let left: Vec<_> = of_nothing.collect();
        if left.is_empty() {
            Ok(())
        } else {
            Err(format!("{left:?}"))
        }
    });
    shop.has_no_dead_letters();
    shop.are_all_the_same_rebuilt();
    let payments = shop.all("payments");
    let known = payments.iter().filter_map(|p| p["orderId"].as_i64());
    let known = known.chain(orders.iter().copied()).max().unwrap();
    let next = shop.place();
    assert!(next > known, "{next} was given before: {known}");
    shop.my_page_says(next, UNDERWAY);
}

fn is_restored(mut shop: Shop) {
    let before = backups_under_load(&shop, &["one", "two"]);
    let err = shop.command(&["backup", "fruitstore", "one"]).failed();
    assert!(err.contains("holds something already"), "{err}");
    let err = shop.command(&["restore", "fruitstore", "one"]).failed();
    assert!(err.contains("in use"), "{err}");
    shop.kill();
    let err = shop.command(&["restore", "fruitstore", "one"]).failed();
    assert!(err.contains("--replace"), "{err}");
    shop.restart();
    shop.terminate();

    // Into what goes on, and into a fresh folder.
    shop.command(&["restore", "fruitstore", "one", "--replace"])
        .fine();
    shop.restart();
    is_in_line(&shop, &before[0]);
    shop.terminate();
    fs::remove_dir_all(shop.data()).unwrap();
    shop.command(&["restore", "fruitstore", "two"]).fine();
    // Once more is no harm.
    shop.command(&["restore", "fruitstore", "two"]).fine();
    shop.restart();
    is_in_line(&shop, &before[1]);
}

#[test]
fn a_backup_that_is_made_while_people_order_begins_a_system_that_is_in_line() {
    is_restored(shop(Setup::of("fruitstore")));
}

#[test]
fn so_does_one_of_a_system_in_many_processes() {
    is_restored(shop(Setup::of("fruitstore").flag("--split")));
}

#[test]
fn a_context_whose_database_file_is_gone_is_no_context_that_has_nothing() {
    let mut shop = Shop::start();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    shop.command(&["backup", "fruitstore", "before"]).fine();
    shop.kill();
    let file = shop.data().join("payment.sqlite");
    fs::remove_file(&file).unwrap();
    let orphan = "holds commits of a database file that is not there";
    for command in [
        &["backup", "fruitstore", "after"][..],
        &["restore", "fruitstore", "before", "--replace"],
        &["events", "fruitstore"],
    ] {
        let err = shop.command(command).failed();
        assert!(err.contains(orphan), "{command:?}: {err}");
    }
    // Nothing of the others was deleted either.
    for context in ["order", "delivery", "mypage"] {
        assert!(
            shop.data().join(format!("{context}.sqlite")).exists(),
            "{context}"
        );
    }
}

#[test]
fn a_backup_that_was_meddled_with_is_refused_and_its_files_can_be_copied_by_hand() {
    let mut shop = Shop::start();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    shop.command(&["backup", "fruitstore", "today"]).fine();
    let err = shop.command(&["backup", "bidding", "none"]).failed();
    assert!(err.contains("nothing to back up"), "{err}");
    assert!(!shop.folder().join("none.partial").exists());
    shop.terminate();
    let backup = shop.folder().join("today");
    let manifest = backup.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let refused = |shop: &Shop, why: &str| {
        let err = shop.command(&["restore", "fruitstore", "today", "--replace"]);
        let err = err.failed();
        assert!(err.contains(why), "{why} is not in: {err}");
        shop.command(&["events", "fruitstore"]).fine();
    };
    for (from, to, why) in [
        ("\"events\": 1", "\"events\": 2", "the backup is damaged"),
        (
            "\"system\": \"fruitstore\"",
            "\"system\": \"bidding\"",
            "is a backup of bidding",
        ),
        ("\"format\": 1", "\"format\": 99", "use the newer jumun"),
        (
            "\"context\": \"mypage\"",
            "\"context\": \"youpage\"",
            "has youpage",
        ),
        ("{", "", "is not understood"),
    ] {
        assert!(text.contains(from), "{text}");
        fs::write(&manifest, text.replacen(from, to, 1)).unwrap();
        refused(&shop, why);
    }
    fs::remove_file(&manifest).unwrap();
    refused(&shop, "is no backup");

    // They are stores like any other.
    fs::remove_dir_all(shop.data()).unwrap();
    fs::create_dir(shop.data()).unwrap();
    for file in fs::read_dir(&backup).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        assert!(name.ends_with(".sqlite"), "{name}");
        fs::copy(file.path(), shop.data().join(name)).unwrap();
    }
    shop.restart();
    shop.my_page_says(order, UNDERWAY);
}
