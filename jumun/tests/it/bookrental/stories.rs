//! The seed's requirements, one test or more for each line, named as the line says it.

use serde_json::{Value, json};
use story::story;

use crate::bookrental::{CANCELED, DELIVERED, Library, RESERVED, RETURNED, a_book};
use crate::stage::{Setup, Shape, Stage};
use crate::wire::Request;

fn library(shape: Shape) -> Stage {
    Setup::of_library().shape(shape).start()
}

// 기능적 요구사항 1. 사서가 도서를 입고한다.

#[story]
fn functional_1_the_librarian_takes_books_in(shape: Shape) {
    let library = library(shape);
    let line = json!({"id": 1, "stock": 10});
    let arrived = library.post("/products", &line).expect(201);
    assert_eq!(arrived.id(), 1);
    assert_eq!(arrived.json()["stock"], 10);
    // The same line again means this book: so many more copies.
    assert_eq!(library.post("/products", &line).expect(201).id(), 1);
    assert_eq!(library.stock(1), 20);
    // No number, or one that nobody has, is a new book.
    assert_eq!(library.take_in(3), 2);
    let unknown = json!({"id": 77, "stock": 1});
    assert_eq!(library.post("/products", &unknown).expect(201).id(), 3);
    assert_eq!(library.count("products"), 3);
}

#[story]
fn functional_1_the_librarian_says_what_was_counted_and_nothing_below_zero(shape: Shape) {
    let library = library(shape);
    let book = library.take_in(10);
    let path = format!("/products/{book}");
    let counted = library.patch(&path, &json!({"stock": 0})).expect(200);
    assert_eq!(counted.json()["stock"], 0);
    library.patch(&path, &json!({"stock": -1})).expect(422);
    let refused = library.post("/products", &json!({"stock": 0})).expect(422);
    assert_eq!(refused.json()["code"], "no-copies");
    let refused = library.post("/products", &json!({"id": book}));
    assert_eq!(refused.expect(400).json()["field"], "stock");
    assert_eq!(library.stock(book), 0);
}

// 2. 고객이 도서를 예약한다.

#[story]
fn functional_2_a_customer_reserves_a_book(shape: Shape) {
    let library = library(shape);
    let answer = library.send(&a_book()).expect(201);
    assert_eq!(answer.id(), 1);
    let reserved = answer.json();
    assert_eq!(reserved["productId"], 1);
    assert_eq!(reserved["statusCode"], RESERVED);
    library.settle();
    let told = library.events();
    let told = told.iter().find(|event| event["type"] == "Reserved");
    let data = &told.expect("it was told")["data"];
    assert_eq!(data["id"], 1);
    assert_eq!(data["productId"], 1);
    assert_eq!(data["statusCode"], RESERVED);
}

#[story]
fn functional_2_an_id_beside_a_book_is_not_taken_over_and_overwrites_nothing(shape: Shape) {
    let library = library(shape);
    library.reserve();
    let again = json!({"id": 1, "productId": 2, "statusCode": 1});
    assert_eq!(library.post("/reservations", &again).expect(201).id(), 2);
    let first = library.get("/reservations/1").expect(200).json();
    assert_eq!(first["productId"], 1);
    for (wrong, field) in [
        (json!({}), "productId"),
        (json!({"productId": 0}), "productId"),
        (json!({"productId": 1, "statusCode": 2}), "statusCode"),
    ] {
        let refused = library.post("/reservations", &wrong).expect(422);
        assert_eq!(refused.json()["field"], field);
    }
    assert_eq!(library.count("reservations"), 2);
}

// 3. 고객에게 도서가 배송된다.

#[story]
fn functional_3_what_is_reserved_is_delivered(shape: Shape) {
    let library = library(shape);
    let reservation = library.reserve();
    library.stands_at(reservation, DELIVERED);
    let delivery = library.get(&format!("/deliveries/{reservation}")).json();
    assert_eq!(delivery["orderId"], reservation);
    assert_eq!(delivery["productId"], 1);
    // Said again, it is no news; and only what has happened can be said.
    let path = format!("/deliveries/{reservation}");
    let said = |code| library.patch(&path, &json!({"statusCode": code}));
    said(DELIVERED).expect(200);
    said(CANCELED).expect(422);
    said(RESERVED).expect(422);
    said(9).expect(400);
    library.settle();
    assert_eq!(library.told("Delivered"), 1);
    assert_eq!(library.told("Canceled"), 0, "a delivery cancels nothing");
}

// 4. 도서 재고가 차감된다.

#[story]
fn functional_4_stock_goes_down_by_one_copy_with_each_delivery(shape: Shape) {
    let library = library(shape);
    let book = library.take_in(10);
    for delivered in 1..=3 {
        library.stands_at(library.reserve(), DELIVERED);
        library.has(book, 10 - delivered);
    }
    library.settle();
    assert_eq!(library.told("CopyTaken"), 3);
}

#[story]
fn functional_4_stock_never_goes_below_zero_and_what_is_missing_is_told(shape: Shape) {
    let library = library(shape);
    let book = library.take_in(1);
    let reservations: Vec<i64> = (0..5).map(|_| library.reserve()).collect();
    for reservation in reservations {
        library.stands_at(reservation, DELIVERED);
    }
    library.settle();
    assert_eq!(library.stock(book), 0);
    assert_eq!(library.told("StockShort"), 4);
    library.has_no_dead_letters();
}

#[story]
fn functional_4_a_book_that_nobody_has_taken_in_holds_nothing_up(shape: Shape) {
    let library = library(shape);
    let unknown = json!({"productId": 4711});
    let reservation = library.post("/reservations", &unknown).expect(201).id();
    library.stands_at(reservation, DELIVERED);
    library.settle();
    assert_eq!(library.told("StockShort"), 1);
    assert_eq!(library.count("products"), 0);
    library.has_no_dead_letters();
}

// 5. 도서 재고가 증가한다.

#[story]
fn functional_5_stock_goes_up_again_when_a_book_is_brought_back_once(shape: Shape) {
    let library = library(shape);
    let book = library.take_in(2);
    let reservation = library.reserve();
    library.has(book, 1);
    library.stands_at(reservation, DELIVERED);
    let returned = library.bring_back(reservation).expect(200);
    assert_eq!(returned.json()["statusCode"], RETURNED);
    library.has(book, 2);
    library.stands_at(reservation, RETURNED);
    library.bring_back(reservation).expect(200);
    let refused = library.cancel(reservation).expect(409);
    assert_eq!(refused.json()["code"], "book-returned");
    library.settle();
    assert_eq!(library.stock(book), 2);
    assert_eq!(library.told("CopyPutBack"), 1);
}

#[story]
fn functional_5_stock_goes_up_after_a_cancel_only_if_it_had_gone_down(shape: Shape) {
    let library = library(shape);
    let lent = library.reserve();
    library.stands_at(lent, DELIVERED);
    library.settle();
    // Nothing was taken for the first: the book came in later.
    let book = library.take_in(1);
    let taken = library.reserve();
    library.has(book, 0);
    for reservation in [lent, taken] {
        library.cancel(reservation).expect(204);
        library.stands_at(reservation, CANCELED);
        library.cancel(reservation).expect(204);
    }
    library.settle();
    assert_eq!(library.stock(book), 1);
    assert_eq!(library.told("CopyPutBack"), 1);
}

// 6. 고객이 예약을 취소한다.

#[story]
fn functional_6_the_customer_cancels_in_any_of_three_ways(shape: Shape) {
    let library = library(shape);
    for way in 0..3 {
        let reservation = library.reserve();
        let path = format!("/reservations/{reservation}");
        match way {
            0 => library.delete(&path).expect(204),
            1 => library.patch(&path, &json!({"statusCode": 3})).expect(200),
            _ => library
                .post("/reservations", &json!({"id": reservation}))
                .expect(201),
        };
        library.stands_at(reservation, CANCELED);
    }
    library.settle();
    assert_eq!(library.told("Canceled"), 3);
    assert_eq!(library.count("reservations"), 3);
    library
        .patch("/reservations/1", &json!({"statusCode": 2}))
        .expect(422);
    library.delete("/reservations/4711").expect(404);
}

#[story]
fn functional_6_a_number_that_nobody_has_cancels_nothing_and_reserves_nothing(shape: Shape) {
    let library = library(shape);
    let unknown = Request::post("/reservations", &json!({"id": 7}))
        .header("Accept-Language", "ko-KR,ko;q=0.9");
    let refused = library.send(&unknown).expect(404).json();
    assert_eq!(refused["code"], "reservation-unknown");
    let told = "7번 예약이 없습니다. 예약하려면 도서 번호(productId)를 보내 주세요.";
    assert_eq!(refused["detail"], told);
    assert_eq!(library.count("reservations"), 0);
    // And its number is not used up.
    assert_eq!(library.reserve(), 1);
}

// 7. 고객이 MyPage를 통해 예약 현황을 확인한다.

#[story]
fn functional_7_the_customer_sees_on_my_page_how_the_reservation_stands(shape: Shape) {
    let library = library(shape);
    let reservation = library.reserve();
    library.stands_at(reservation, DELIVERED);
    let page = library.find("myPages", "orderId", reservation);
    let page = page.expect("a row");
    assert_eq!(page["productId"], 1);
    assert_eq!(page["deliveryId"], reservation);
    let whole = library.get("/myPages").expect(200).json();
    assert_eq!(whole["page"], Value::Null, "all at once, without pages");
    assert_eq!(whole["_embedded"]["myPages"], json!([page]));
}

// 비기능적 요구사항, 트랜잭션: 고객이 예약을 취소하면 반드시 배송이 취소되어야한다.

#[story]
fn nonfunctional_1_when_a_cancel_is_answered_its_delivery_is_canceled(shape: Shape) {
    let library = library(shape);
    let reservations: Vec<i64> = (0..20).map(|_| library.reserve()).collect();
    for reservation in &reservations {
        // Perhaps before the delivery has heard of the reservation.
        library.cancel(*reservation).expect(204);
        let delivery = library.get(&format!("/deliveries/{reservation}"));
        assert_eq!(delivery.expect(200).json()["statusCode"], CANCELED);
    }
    library.settle();
    for reservation in reservations {
        library.stands_at(reservation, CANCELED);
    }
    assert_eq!(library.told("Canceled"), 20);
    library.has_no_dead_letters();
}

#[story]
fn nonfunctional_1_of_a_cancel_and_a_return_at_once_exactly_one_wins(shape: Shape) {
    let library = library(shape);
    let book = library.take_in(100);
    let reservations: Vec<i64> = (0..20).map(|_| library.reserve()).collect();
    for reservation in reservations {
        library.stands_at(reservation, DELIVERED);
        let (canceled, returned) = std::thread::scope(|scope| {
            let cancel = scope.spawn(|| library.cancel(reservation).status);
            let give = scope.spawn(|| library.bring_back(reservation).status);
            (cancel.join().unwrap(), give.join().unwrap())
        });
        match (canceled, returned) {
            (204, 409) => library.stands_at(reservation, CANCELED),
            (409, 200) => library.stands_at(reservation, RETURNED),
            both => panic!("reservation {reservation}: {both:?}"),
        }
    }
    library.settle();
    assert_eq!(library.stock(book), 100);
    library.has_no_dead_letters();
}

// 성능: 상태가 바뀔때마다 MyPage에서 확인 가능해야 한다.

#[story]
fn nonfunctional_3_every_change_is_seen_on_my_page_without_asking_anybody_else(shape: Shape) {
    let library = Setup::of_library().shape(shape).chaos().start();
    let (lent, returned, canceled) = (library.reserve(), library.reserve(), library.reserve());
    library.stands_at(returned, DELIVERED);
    library.bring_back(returned).expect(200);
    library.cancel(canceled).expect(204);
    for (reservation, code) in [
        (lent, DELIVERED),
        (returned, RETURNED),
        (canceled, CANCELED),
    ] {
        library.stands_at(reservation, code);
    }
    for context in ["reservation", "delivery", "product"] {
        library.turn(context, &json!({"down": true}));
    }
    let pages = library.all("myPages");
    let codes: Vec<_> = pages.iter().map(|page| &page["statusCode"]).collect();
    assert_eq!(codes, [DELIVERED, RETURNED, CANCELED]);
}
