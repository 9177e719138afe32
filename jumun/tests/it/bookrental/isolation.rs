//! 장애격리: a context really down (not started, killed, frozen, or a zombie); what still works; back
//! again; caught up; nothing twice (I7).

use crate::bookrental::{CANCELED, DELIVERED, Library, RETURNED, a_book};
use crate::stage::{Apart, Setup};
use crate::wire::Request;

fn library() -> Apart {
    Setup::of_library().set("asks.sleep", "200ms").start_apart()
}

fn nothing_happened_twice(library: &Apart, reservations: usize) {
    library.settle();
    for event in ["Reserved", "Delivered"] {
        assert_eq!(library.told(event), reservations, "{event}");
    }
    for collection in ["reservations", "deliveries", "loans", "myPages"] {
        assert_eq!(
            library.count(collection),
            reservations as u64,
            "{collection}"
        );
    }
    library.has_no_dead_letters();
    library.are_all_the_same_rebuilt();
}

// 배송이 진행되지 않아도 예약은 가능해야 한다. (Circuit Breaker, Eventual Consistency)

#[test]
fn without_deliveries_books_can_be_reserved_and_are_delivered_when_it_is_there() {
    let mut library = Apart::without("bookrental", &["delivery"]);
    let book = library.take_in(5);
    let reservations = [library.reserve(), library.reserve()];
    library.cancel(reservations[0]).expect(503);
    library.start("delivery");
    for reservation in reservations {
        library.stands_at(reservation, DELIVERED);
    }
    library.has(book, 3);
    nothing_happened_twice(&library, 2);
}

#[test]
fn with_delivery_killed_or_hanging_books_can_be_reserved_and_nothing_is_canceled_by_half() {
    let mut library = library();
    let book = library.take_in(5);
    let before = library.reserve();
    library.stands_at(before, DELIVERED);
    library.kill("delivery");
    let meanwhile = library.reserve();
    let refused = library.cancel(before).expect(503);
    assert!(refused.header("retry-after").is_some(), "{refused}");
    library.bring_back(before).expect(503);
    library.start("delivery");
    library.stands_at(meanwhile, DELIVERED);
    library.freeze("delivery");
    let hanging = library.reserve();
    library.thaw("delivery");
    library.stands_at(hanging, DELIVERED);
    library.stands_at(before, DELIVERED);
    library.has(book, 2);
    nothing_happened_twice(&library, 3);
    assert_eq!(library.told("Canceled"), 0);
    let cancel = Request::new("DELETE", &format!("/reservations/{before}"));
    library.until(&cancel, 204);
    library.has(book, 3);
}

#[test]
fn many_cancels_with_delivery_down_open_the_breaker_and_reserving_goes_on() {
    let library = Setup::of_library().chaos().start();
    let reservation = library.reserve();
    library.stands_at(reservation, DELIVERED);
    library.turn("delivery", &serde_json::json!({"down": true}));
    for _ in 0..25 {
        library.cancel(reservation).expect(503);
    }
    let labels = [r#"from="reservation""#, "short-circuited"];
    let at_once = library.metric("jumun_calls_total", &labels);
    assert!(at_once >= 5.0, "{at_once} were answered without asking");
    library.send(&a_book()).expect(201);
}

// 예약이 중단되어도 배송은 예정대로 진행해야 한다. (Circuit Breaker)

#[test]
fn with_reservation_gone_what_was_reserved_is_delivered_and_brought_back() {
    let mut library = Apart::without("bookrental", &["delivery"]);
    let book = library.take_in(5);
    let (kept, returned) = (library.reserve(), library.reserve());
    library.kill("reservation");
    library.start("delivery");
    for reservation in [kept, returned] {
        let code = serde_json::json!({"statusCode": DELIVERED});
        library.becomes(&format!("/deliveries/{reservation}"), &code);
        library.shows("myPages", "orderId", reservation, &code);
    }
    library.has(book, 3);
    library.bring_back(returned).expect(200);
    library.has(book, 4);
    library.send(&a_book()).expect(503);
    library.start("reservation");
    library.stands_at(kept, DELIVERED);
    library.stands_at(returned, RETURNED);
    nothing_happened_twice(&library, 2);
}

#[test]
fn with_product_gone_books_are_reserved_delivered_and_canceled_and_stock_follows() {
    let mut library = library();
    let book = library.take_in(5);
    library.kill("product");
    let reservations: Vec<i64> = (0..3).map(|_| library.reserve()).collect();
    for reservation in &reservations {
        library.stands_at(*reservation, DELIVERED);
    }
    library.cancel(reservations[0]).expect(204);
    library.bring_back(reservations[1]).expect(200);
    library.stands_at(reservations[0], CANCELED);
    library.start("product");
    library.has(book, 4);
    nothing_happened_twice(&library, 3);
    assert_eq!(library.stock(book), 4);
}

#[test]
fn with_my_page_gone_nobody_waits_and_it_catches_up() {
    let mut library = library();
    library.kill("mypage");
    let reservation = library.reserve();
    let code = serde_json::json!({"statusCode": DELIVERED});
    library.becomes(&format!("/reservations/{reservation}"), &code);
    library.start("mypage");
    library.stands_at(reservation, DELIVERED);
    nothing_happened_twice(&library, 1);
}

#[test]
fn a_zombie_delivery_says_that_it_is_ill_until_it_is_started_anew_and_loses_nothing() {
    let mut library = Setup::of_library().chaos().start_apart();
    let before = library.reserve();
    library.stands_at(before, DELIVERED);
    let delivery = library.context("delivery");
    delivery.get("/makeZombie").expect(200);
    delivery.get("/actuator/health/liveness").expect(503);
    let while_ill = library.reserve();
    library.kill("delivery");
    library.start("delivery");
    delivery.get("/actuator/health/liveness").expect(200);
    library.stands_at(while_ill, DELIVERED);
    nothing_happened_twice(&library, 2);
}
