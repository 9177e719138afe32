//! The whole tea room, without threads, clock or disk.

use serde_json::{Value, json};
use storm::Verb;
use testkit::World;

/// A tea room with one tea and leaves for two cups.
fn open() -> World {
    let mut world = World::of(crate::system());
    let tea = json!({"name": "쌍화차", "price": 7000, "cups": 2});
    world
        .request("teas", None, &Verb::Create, &tea)
        .expect("a tea");
    world
}

fn order(world: &mut World, guest: &str) {
    let order = json!({"guest": guest, "teaId": 1});
    world
        .request("orders", None, &Verb::Create, &order)
        .expect("an order");
}

/// Everybody hears everything, also what is only told while they listen.
fn everybody_hears(world: &mut World) {
    let mut heard = 0;
    while let Some(event) = world.spoken().get(heard).cloned() {
        for listener in world.listeners(&event) {
            world.deliver(listener, &event).expect("taken in");
        }
        heard += 1;
    }
}

fn statuses(world: &World) -> Vec<Value> {
    let orders = world.shown("orders").into_iter();
    orders.map(|order| order["status"].clone()).collect()
}

#[test]
fn two_guests_get_a_cup_and_the_third_is_told_that_there_is_none() {
    let mut world = open();
    for guest in ["민지", "준호", "서연"] {
        order(&mut world, guest);
    }
    everybody_hears(&mut world);
    assert_eq!(statuses(&world), ["준비됨", "준비됨", "품절"]);
    assert_eq!(world.shown("orders")[0]["price"], 7000, "as the menu says");
}

#[test]
fn a_tea_that_is_not_on_the_menu_cannot_be_ordered() {
    let order = json!({"guest": "민지", "teaId": 9});
    let refused = open().request("orders", None, &Verb::Create, &order);
    assert_eq!(refused.unwrap_err().code, "tea-unknown");
}

#[test]
fn the_sales_say_the_same_in_whatever_order_the_news_come() {
    let mut world = open();
    order(&mut world, "민지");
    order(&mut world, "준호");
    everybody_hears(&mut world);
    let taken = json!({"status": "찾아감"});
    world
        .request("orders", Some(1), &Verb::Change, &taken)
        .expect("a warm cup");
    world.fire("orders", 2, "cooling").expect("a cold cup");

    let row = json!({"teaId": 1, "name": "쌍화차", "poured": 2, "fetched": 1, "cooled": 1});
    let forwards = world.spoken().to_vec();
    let backwards: Vec<_> = forwards.iter().rev().cloned().collect();
    for events in [forwards, backwards] {
        world.forget_rows("sales");
        for event in &events {
            world.reproject("sales", event);
        }
        assert_eq!(world.rows("sales"), std::slice::from_ref(&row));
    }
}
