//! A store that was put back from an older copy: it must not give ids again that others know.

use std::fs;

use crate::fruitstore::Shop;
use crate::stage::{Setup, Shape};

const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];
/// Orders that are lost with the newer store.
const LOST: usize = 3;

/// A shop that has stopped, and whose orders are those of an older copy: some are missing that payment
/// and the others know.
fn with_older_orders(setup: Setup) -> (Shop, i64) {
    let mut shop = setup.shop();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
    shop.terminate();
    let file = shop.data().join("order.sqlite");
    let copy = shop.folder().join("copy");
    fs::copy(&file, &copy).unwrap();
    shop.restart();
    for _ in 0..LOST {
        let lost = shop.place();
        shop.my_page_says(lost, UNDERWAY);
    }
    shop.terminate();
    fs::rename(&copy, &file).unwrap();
    (shop, order)
}

/// What is said of the older store: by whoever does not start it, and by `check`.
#[track_caller]
fn says_who_is_ahead(said: &str) {
    for part in [
        "the store of order is older",
        "its log ends at position 1, and payment has heard it up to 4 (3 more)",
        "mypage has heard it up to 4 (3 more)",
        "`jumun advance fruitstore order`",
    ] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
}

/// After `jumun advance` new orders have ids that nobody knows, and everybody hears of them.
fn goes_on_with_new_ids(shop: &mut Shop, before: i64) {
    let said = shop.command(&["advance", "fruitstore", "order"]).fine();
    for part in [
        "order goes on after position 4 instead of 1",
        "payment has heard 3 events of order",
    ] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    let again = shop.command(&["advance", "fruitstore", "order"]).fine();
    assert!(again.contains("nothing to do"), "{again}");
    shop.restart();
    let order = shop.place();
    assert_eq!(order, 200_001, "no id is given again");
    shop.my_page_says(order, UNDERWAY);
    shop.my_page_says(before, UNDERWAY);
    let check = shop.command(&["check", "fruitstore", "--port", "0"]).fine();
    assert!(!check.contains("older"), "{check}");
}

#[test]
fn an_older_store_is_refused_by_either_shape_until_it_is_advanced() {
    let (mut shop, before) = with_older_orders(Setup::of("fruitstore"));
    for setup in [
        Setup::of("fruitstore"),
        Setup::of("fruitstore").flag("--split"),
    ] {
        shop.set_up_as(setup);
        says_who_is_ahead(&shop.try_restart().expect_err("it is refused"));
    }
    let check = shop.command(&["check", "fruitstore", "--port", "0"]);
    assert_eq!(check.status.code(), Some(1), "{check:?}");
    says_who_is_ahead(&check.out);
    // The others of the split shop have run meanwhile, and have not forgotten what they heard.
    goes_on_with_new_ids(&mut shop, before);
}

#[test]
fn an_older_store_is_refused_in_one_process_until_it_is_advanced() {
    let (mut shop, before) = with_older_orders(Setup::of("fruitstore"));
    says_who_is_ahead(&shop.try_restart().expect_err("it is refused"));
    goes_on_with_new_ids(&mut shop, before);
}

#[test]
fn a_store_that_is_lost_altogether_is_not_begun_anew_in_silence() {
    let (mut shop, _) = with_older_orders(Setup::of("fruitstore"));
    fs::remove_file(shop.data().join("order.sqlite")).unwrap();
    let said = shop.try_restart().expect_err("it is refused");
    assert!(said.contains("its log ends at position 0"), "{said}");
    // Going on without it, where nobody has a copy.
    shop.command(&["advance", "fruitstore", "order"]).fine();
    shop.restart();
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
}

#[test]
fn over_kafka_an_older_store_is_refused_by_what_others_have_heard_from_the_topic() {
    Shape::Split.play(|shape| {
        let setup = Setup::of("fruitstore").shape(shape);
        let (mut shop, before) = with_older_orders(setup.set_in("order", "store", "sqlite:"));
        says_who_is_ahead(&shop.try_restart().expect_err("it is refused"));
        goes_on_with_new_ids(&mut shop, before);
    });
}
