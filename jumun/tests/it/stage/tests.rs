//! The stage itself: what other tests rely on.

use serde_json::json;
use storm::Context;

use super::{Apart, Does, Door, Provider, Setup, Stage, id_of};
use crate::fruitstore::apples;
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

#[test]
fn all_systems_are_behind_one_door_each_under_its_name() {
    let mut all = Setup::of_all().start();
    for system in crate::stage::systems().all() {
        let door = all.under(system.name());
        let health = door.get("/actuator/health").expect(200).json();
        assert_eq!(health["status"], "UP");
        for collection in system.contexts().iter().flat_map(Context::collections) {
            assert_eq!(door.count(collection), 0, "{collection}");
            assert!(door.all(collection).is_empty(), "{collection}");
        }
    }
    let shop = all.under("fruitstore");
    let order = shop.post("/orders", &apples()).expect(201).id();
    let paid = json!({"payStatus": "결제승인", "deliveryStatus": "배송시작"});
    let row = shop.shows("myPages", "orderId", order, &paid);
    let path = format!("/myPages/{}", id_of(&row));
    assert_eq!(row["_links"]["self"]["href"], shop.url(&path));
    all.settle();
    all.kill();
    all.restart();
    let again = all.under("fruitstore").becomes(&path, &paid);
    assert_eq!(again["orderId"], order);
}

#[test]
fn a_system_apart_can_be_given_faults_and_operated_as_one_that_is_together() {
    let mut shop = Setup::of("fruitstore").chaos().start_apart();
    let order = shop.post("/orders", &apples()).expect(201).id();
    shop.settle();
    assert_eq!(shop.events().len(), 4);
    let row = shop.find("myPages", "orderId", order).expect("settled");
    assert_eq!(row["deliveryStatus"], "배송시작");
    shop.turn("payment", &json!({"refuse": true}));
    shop.post("/orders", &apples()).expect(409);
    shop.turn("payment", &json!({"refuse": false}));
    shop.terminate("mypage");
    shop.start("mypage");
    shop.becomes(&format!("/myPages/{}", id_of(&row)), &row);
    shop.are_all_the_same_rebuilt();
    shop.has_no_dead_letters();
    assert!(shop.said("order").contains("order is up"));
}

#[test]
fn a_context_that_was_not_there_from_the_start_hears_everything() {
    let mut shop = Apart::without("fruitstore", &["delivery", "mypage"]);
    for _ in 0..3 {
        shop.post("/orders", &apples()).expect(201);
    }
    shop.get("/deliveries").expect(503);
    shop.start("delivery");
    shop.start("mypage");
    shop.settle();
    assert_eq!(shop.count("deliveries"), 3);
    assert_eq!(shop.count("myPages"), 3);
    assert_eq!(shop.told("DeliveryStarted"), 3);
}

#[test]
fn what_a_stage_waits_for_is_what_it_gets() {
    let stage = Stage::of("fruitstore");
    let order = stage.until(&Request::post("/orders", &apples()), 201).id();
    let row = stage.shows(
        "myPages",
        "orderId",
        order,
        &json!({"payStatus": "결제승인"}),
    );
    assert_eq!(row["prodNm"], "사과");
    assert_eq!(stage.find("myPages", "orderId", order + 1), None);
}

#[test]
fn a_provider_takes_down_what_comes_and_does_as_it_is_told() {
    let provider = Provider::start(Does::Answer(200));
    let address = provider
        .url()
        .replace("http://", "")
        .replace("/notices", "");
    let door = Door::at(address.parse().unwrap());
    let notice = |text: &str| Request::post("/notices", &json!({"text": text}));
    door.send(&notice("one").header("Idempotency-Key", "1"))
        .expect(200);
    provider.does(Does::Answer(503));
    door.send(&notice("two")).expect(503);
    provider.does(Does::HangUp);
    let hung_up = Connection::open(door.address()).and_then(|mut c| c.send(&notice("three")));
    assert!(hung_up.is_err(), "{hung_up:?}");
    let posted = provider.posted();
    let texts: Vec<_> = posted.iter().map(|posted| &posted.body["text"]).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert_eq!(posted[0].path, "/notices");
    assert_eq!(posted[0].header("idempotency-key"), Some("1"));
    assert_eq!(posted[1].did, Does::Answer(503));
    provider.does(Does::Hang);
    let mut waits = Connection::open(door.address()).unwrap();
    waits.write(&notice("four").written("provider")).unwrap();
    eventually("the fourth", || match provider.posted().len() {
        4 => Ok(()),
        fewer => Err(fewer.to_string()),
    });
}
