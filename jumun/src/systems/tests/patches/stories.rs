//! What is done in each system before its items are patched.

use serde_json::{Value, json};
use storm::{Id, System, Verb};
use testkit::World;

/// What is done, in this order: what is posted to a collection, or changed at an item.
pub(super) type Story = Vec<(&'static str, Option<Id>, Value)>;

/// Words that mean something to one form or another.
pub(super) const WORDS: &[&str] = &[
    "blue",
    "5000",
    "배송완료",
    "Delivery Completed",
    "3",
    "4",
    "true",
    "2021-08-31",
];

/// The story of a system.
pub(super) fn of(system: &str) -> Story {
    let new = |collection, body| (collection, None, body);
    match system {
        "fruitstore" => vec![new(
            "orders",
            json!({"userId": 1, "prodNm": "사과", "qty": 2, "price": 5000, "address": "서울"}),
        )],
        "onlinestudy" => vec![
            new(
                "courses",
                json!({"courseNo": "C-1", "title": "자바", "teacher": "lee", "fee": 10}),
            ),
            new(
                "orderManagements",
                json!({"orderNo": "A-1", "courseNo": "C-1", "phonenum": "010"}),
            ),
            (
                "learningManagements",
                Some(1),
                json!({"managername": "kim"}),
            ),
        ],
        "bidding" => vec![
            new(
                "biddingManagements",
                json!({"noticeNo": "N-1", "title": "다리", "price": 100, "dueDate": "2030-01-01"}),
            ),
            new(
                "biddingParticipations",
                json!({"noticeNo": "N-1", "participateNo": "P-1", "companyNm": "co", "offerPrice": 9}),
            ),
        ],
        "productdelivery" => vec![
            new("inventories", json!({"item": "tv", "stock": 5})),
            new("orders", json!({"item": "tv", "quantity": 1, "price": 10})),
        ],
        "bookrental" => vec![
            new("products", json!({"stock": 5})),
            new("reservations", json!({"productId": 1})),
        ],
        "breakfast" => vec![
            new(
                "customers",
                json!({"name": "lee", "phone": "010", "address": "서울", "age": 29}),
            ),
            new(
                "foodCatalogs",
                json!({"name": "toast", "stock": 10, "price": 1000}),
            ),
            new(
                "orders",
                json!({"customerid": 1, "foodcaltalogid": 1, "qty": 1}),
            ),
        ],
        other => panic!("{other} has no story yet"),
    }
}

/// The system after its story, everything heard.
pub(super) fn told(system: fn() -> System, story: &Story) -> World {
    let mut world = World::of(system());
    let mut heard = 0;
    for (collection, id, body) in story {
        let verb = id.map_or(Verb::Create, |_| Verb::Change);
        let done = world.request(collection, *id, &verb, body);
        done.unwrap_or_else(|refusal| panic!("{collection}: {refusal}"));
        while let Some(event) = world.spoken().get(heard).cloned() {
            heard += 1;
            for listener in world.listeners(&event) {
                // What comes too early is not needed for what can be patched.
                let _ = world.deliver(listener, &event);
            }
        }
    }
    world
}
