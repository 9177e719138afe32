//! A question whose answer got lost, in every system that asks one: the client is told that it may have
//! happened, and the same request with the same `Idempotency-Key` finds out and never does it twice.

use serde_json::json;

use crate::bidding::tenders::SYSTEM as BIDDING;
use crate::bidding::tenders::Tenders;
use crate::bookrental::{DELIVERED, Library};
use crate::fruitstore::apples;
use crate::onlinestudy::School;
use crate::onlinestudy::school::last_score;
use crate::productdelivery::{COMPLETED, Company, STARTED, order as tvs};
use crate::stage::{Door, Setup, Stage, id_of};
use crate::wire::{Answer, Request};

/// Faults are allowed, and an open breaker tries again soon.
fn setup(system: &'static str) -> Setup {
    Setup::of(system).chaos().set("asks.sleep", "200ms")
}

/// Sends a request while `asked` carries out what it is asked and never says so; then again with the
/// same key until it is answered with `status`; and once more, which changes nothing.
#[track_caller]
fn finds_out(stage: &Stage, asked: &str, request: Request, status: u16) -> Answer {
    let request = request.header("Idempotency-Key", "the-one");
    stage.turn(asked, &json!({"mute": true}));
    let unanswered = stage.send(&request).expect(503);
    let problem = unanswered.json();
    assert_eq!(problem["code"], "unanswered", "{unanswered}");
    assert_eq!(problem["outcome"], "unknown");
    let look = problem["instance"].as_str().expect("where it was sent to");
    for (member, says) in [
        ("detail", "may have been done"),
        ("detail", look),
        ("detail_ko", "처리되었을 수 있습니다"),
        ("detail_ko", look),
    ] {
        let text = problem[member].as_str().unwrap_or_default();
        assert!(text.contains(says), "{member} without {says}: {problem}");
    }
    stage.turn(asked, &json!({"mute": false}));
    let done = stage.until(&request, status);
    stage.settle();
    let again = stage.send(&request).expect(status);
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again}");
    assert_eq!(again.header("location"), done.header("location"));
    stage.settle();
    stage.has_no_dead_letters();
    done
}

#[track_caller]
fn told_once(stage: &Stage, events: &[&str]) {
    for event in events {
        assert_eq!(stage.told(event), 1, "{event}");
    }
}

#[test]
fn in_the_fruit_shop_an_order_is_placed_and_paid_once_and_delivered_once() {
    let shop = setup("fruitstore").shop();
    let order = Request::post("/orders", &apples());
    let order = finds_out(&shop, "payment", order, 201).id();
    told_once(
        &shop,
        &["OrderPlaced", "PaymentApproved", "DeliveryStarted"],
    );
    let delivery = shop.delivery_of(order);
    let path = format!("/deliveries/{}", id_of(&delivery));
    let complete = Request::new("PATCH", &path).json(&json!({"deliveryStatus": "배송완료"}));
    finds_out(&shop, "order", complete, 200);
    told_once(&shop, &["OrderDelivered", "DeliveryCompleted"]);
}

#[test]
fn in_online_study_a_score_is_registered_once() {
    let stage = setup("onlinestudy").start();
    let school = School::at(&stage);
    let evaluation = school.learn("01");
    let finish = last_score(&evaluation, "90");
    finds_out(&stage, "orderManagement", finish, 200);
    told_once(
        &stage,
        &["EvaluationRegistered", "EvaluationScoreRegistered"],
    );
    school.agrees_on("01", "90");
}

#[test]
fn in_bidding_a_winner_is_registered_once() {
    let tenders = setup(BIDDING).start();
    tenders.register("n33");
    tenders.bid("n33", "p1");
    let sheet = tenders.sheet("n33", "p1");
    let path = format!("/biddingExaminations/{}", id_of(&sheet));
    let wins = Request::new("PATCH", &path).json(&json!({"successBidderFlag": true}));
    finds_out(&tenders, "BiddingManagement", wins, 200);
    told_once(
        &tenders,
        &["SuccessBidderRegistered", "ExaminationResultRegistered"],
    );
    assert!(tenders.agree("n33", "p1"));
}

#[test]
fn in_product_delivery_an_order_is_placed_and_paid_once_and_delivered_once() {
    let company = setup("productdelivery").start();
    company.keep("tv", 10);
    let order = finds_out(&company, "pay", tvs(), 201).id();
    told_once(&company, &["Ordered", "PayApproved"]);
    company.customer_sees(order, STARTED);
    let complete = Request::new("PATCH", &format!("/products/{order}"));
    let complete = complete.json(&json!({"status": COMPLETED}));
    finds_out(&company, "order", complete, 200);
    company.customer_sees(order, COMPLETED);
    assert_eq!(Company::stock(&**company, "tv"), 7);
}

#[test]
fn in_book_rental_a_reservation_is_canceled_once() {
    let library = setup("bookrental").start();
    let book = library.take_in(1);
    let reservation = library.reserve();
    library.stands_at(reservation, DELIVERED);
    let cancel = Request::new("DELETE", &format!("/reservations/{reservation}"));
    finds_out(&library, "delivery", cancel, 204);
    told_once(&library, &["Canceled", "DeliveryCanceled", "CopyPutBack"]);
    library.has(book, 1);
}

#[test]
fn at_breakfast_an_order_is_placed_once_and_canceled_once_whoever_is_silent() {
    for (asked, held) in [("payment", 1), ("foodcatalog", 1)] {
        let table = setup("breakfast").start();
        crate::breakfast::lay(&table);
        let order = finds_out(&table, asked, crate::breakfast::order(20), 201).id();
        told_once(&table, &["Ordered", "Paid", "StockTaken", "StockReleased"]);
        // What the first attempt held has gone back.
        assert_eq!(table.told("StockHeld"), 1 + held, "{asked}");
        assert_eq!(table.get("/foodCatalogs/1").expect(200).json()["stock"], 80);
        let cancel = crate::breakfast::cancel(order);
        finds_out(&table, "delivery", cancel, 204);
        told_once(
            &table,
            &["OrderCancelled", "DeliveryCanceled", "StockReturned"],
        );
        assert_eq!(stock(&table), 100, "{asked}");
    }
}

fn stock(table: &Door) -> i64 {
    let food = table.get("/foodCatalogs/1").expect(200).json();
    food["stock"].as_i64().expect("a number")
}
