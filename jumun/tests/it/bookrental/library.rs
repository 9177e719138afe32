//! The words of the library.

use serde_json::{Value, json};

use crate::stage::{Door, Setup};
use crate::wire::{Answer, Request};

pub(crate) const RESERVED: i64 = 1;
pub(crate) const DELIVERED: i64 = 2;
pub(crate) const CANCELED: i64 = 3;
pub(crate) const RETURNED: i64 = 4;

impl Setup {
    pub(crate) fn of_library() -> Self {
        Self::of("bookrental")
    }
}

/// The request that reserves book 1.
pub(crate) fn a_book() -> Request {
    Request::post("/reservations", &json!({"productId": 1, "statusCode": 1}))
}

/// What customers and librarians say, at whatever door.
pub(crate) trait Library {
    /// Book 1; the reservation's number.
    fn reserve(&self) -> i64;
    fn cancel(&self, reservation: i64) -> Answer;
    /// The borrower brings the book back.
    fn bring_back(&self, reservation: i64) -> Answer;
    /// So many copies of a new book; its number.
    fn take_in(&self, copies: i32) -> i64;
    fn stock(&self, book: i64) -> Value;
    /// Waits until reservation, delivery and my page say this.
    fn stands_at(&self, reservation: i64, code: i64);
    /// Waits until so many copies are in stock.
    fn has(&self, book: i64, copies: i64);
}

impl Library for Door {
    #[track_caller]
    fn reserve(&self) -> i64 {
        self.send(&a_book()).expect(201).id()
    }

    #[track_caller]
    fn cancel(&self, reservation: i64) -> Answer {
        self.delete(&format!("/reservations/{reservation}"))
    }

    #[track_caller]
    fn bring_back(&self, reservation: i64) -> Answer {
        let returned = json!({"statusCode": RETURNED});
        self.patch(&format!("/deliveries/{reservation}"), &returned)
    }

    #[track_caller]
    fn take_in(&self, copies: i32) -> i64 {
        let arrived = self.post("/products", &json!({"stock": copies}));
        arrived.expect(201).id()
    }

    #[track_caller]
    fn stock(&self, book: i64) -> Value {
        let shown = self.get(&format!("/products/{book}")).expect(200);
        shown.json()["stock"].take()
    }

    #[track_caller]
    fn stands_at(&self, reservation: i64, code: i64) {
        let code = json!({"statusCode": code});
        for collection in ["reservations", "deliveries"] {
            self.becomes(&format!("/{collection}/{reservation}"), &code);
        }
        self.shows("myPages", "orderId", reservation, &code);
    }

    #[track_caller]
    fn has(&self, book: i64, copies: i64) {
        self.becomes(&format!("/products/{book}"), &json!({"stock": copies}));
    }
}
