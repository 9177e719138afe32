use testkit::{given, given_nothing};

use super::*;

fn receive(copies: i32) -> ProductCommand {
    ProductCommand::Receive {
        named: Some(1),
        copies,
    }
}

fn received(copies: i32, stock: i32) -> ProductEvent {
    StockReceived {
        id: 1,
        copies,
        stock,
    }
    .into()
}

fn taken(stock: i32) -> ProductEvent {
    CopyTaken {
        id: 1,
        stock,
        order_id: 7,
    }
    .into()
}

fn put_back(stock: i32) -> ProductEvent {
    CopyPutBack {
        id: 1,
        stock,
        order_id: 7,
    }
    .into()
}

fn short() -> ProductEvent {
    StockShort { id: 1, order_id: 7 }.into()
}

#[test]
fn copies_that_arrive_are_added() {
    given_nothing::<Product>()
        .when(receive(10))
        .then([received(10, 10)])
        .when(receive(5))
        .then([received(5, 15)]);
}

#[test]
fn more_copies_than_can_be_counted_are_refused() {
    given::<Product>([received(1, 1)])
        .when(receive(i32::MAX))
        .then_refused("stock-too-large");
}

#[test]
fn the_librarian_says_what_was_counted() {
    given::<Product>([received(10, 10)])
        .when(ProductCommand::Count(8))
        .then([StockCounted { id: 1, stock: 8 }.into()])
        .when(ProductCommand::Count(8))
        .then_no_news();
}

#[test]
fn a_copy_leaves_and_is_there_again() {
    given::<Product>([received(1, 1)])
        .when(ProductCommand::TakeCopy(7))
        .then([taken(0)])
        .when(ProductCommand::PutCopyBack(7))
        .then([put_back(1)]);
}

#[test]
fn nothing_is_taken_where_nothing_is() {
    given::<Product>([received(1, 1), taken(0)])
        .when(ProductCommand::TakeCopy(7))
        .then([short()]);
    let unknown = given_nothing::<Product>()
        .when(ProductCommand::TakeCopy(7))
        .then([short()]);
    assert_eq!(unknown.state(), &Product::Unknown);
}

#[test]
fn what_the_librarian_sends_is_checked() {
    let arrive = |stock| ArrivalForm { id: None, stock }.checked();
    assert!(arrive(1).is_ok());
    for stock in [0, -1] {
        assert_eq!(arrive(stock).unwrap_err().code, "no-copies");
    }
    let count = |stock| CountForm { stock }.checked();
    assert!(count(0).is_ok());
    assert_eq!(count(-1).unwrap_err().code, "stock-negative");
}
