use testkit::{given, given_nothing};

use super::*;

fn earned() -> Earned {
    Earned {
        pay_id: 3,
        order_id: 7,
        cnt: 20,
    }
}

fn added() -> MileageEvent {
    let earned = earned();
    Milegeadded { id: 1, earned }.into()
}

fn removed() -> MileageEvent {
    let earned = earned();
    Mileageremoved { id: 1, earned }.into()
}

#[test]
fn mileage_is_earned_once() {
    let given = given_nothing::<Mileage>()
        .when(MileageCommand::Add(earned()))
        .then([added()])
        .when(MileageCommand::Add(earned()))
        .then_no_news();
    assert_eq!(given.state().shown(), Some(earned()));
}

#[test]
fn it_is_taken_back_once_and_gone() {
    let given = given::<Mileage>([added()])
        .when(MileageCommand::Remove(earned()))
        .then([removed()])
        .when(MileageCommand::Remove(earned()))
        .then_no_news()
        .when(MileageCommand::Add(earned()))
        .then_no_news();
    assert_eq!(given.state().shown(), None);
}

#[test]
fn what_is_canceled_before_it_was_paid_earns_nothing() {
    given_nothing::<Mileage>()
        .when(MileageCommand::Remove(earned()))
        .then([removed()])
        .when(MileageCommand::Add(earned()))
        .then_no_news();
}
