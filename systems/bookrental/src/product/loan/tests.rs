use testkit::{given, given_nothing};

use super::*;

const BOOK: Id = 5;

fn asked() -> LoanEvent {
    LoanAsked {
        order_id: 1,
        product_id: BOOK,
    }
    .into()
}

fn lent() -> LoanEvent {
    CopyLent {
        order_id: 1,
        product_id: BOOK,
    }
    .into()
}

fn ended(copy_back: bool) -> LoanEvent {
    LoanEnded {
        order_id: 1,
        product_id: BOOK,
        copy_back,
    }
    .into()
}

#[test]
fn a_copy_that_was_lent_comes_back_once() {
    given_nothing::<Loan>()
        .when(LoanCommand::Ask(BOOK))
        .then([asked()])
        .when(LoanCommand::Lend)
        .then([lent()])
        .when(LoanCommand::End(BOOK))
        .then([ended(true)])
        .when(LoanCommand::End(BOOK))
        .then_no_news();
}

#[test]
fn a_copy_that_was_not_taken_does_not_come_back() {
    given::<Loan>([asked()])
        .when(LoanCommand::End(BOOK))
        .then([ended(false)]);
}

#[test]
fn a_loan_is_asked_for_once() {
    for before in [vec![asked()], vec![asked(), lent()]] {
        given::<Loan>(before)
            .when(LoanCommand::Ask(BOOK))
            .then_no_news();
    }
}

#[test]
fn a_loan_that_is_over_before_it_begins_never_takes_a_copy() {
    given_nothing::<Loan>()
        .when(LoanCommand::End(BOOK))
        .then([ended(false)])
        .when(LoanCommand::Ask(BOOK))
        .then_no_news();
}
