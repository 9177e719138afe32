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
        .when(MileageCommand::Remove)
        .then([removed()])
        .when(MileageCommand::Remove)
        .then_no_news()
        .when(MileageCommand::Add(earned()))
        .then_no_news();
    assert_eq!(given.state().shown(), None);
}

#[test]
fn where_nothing_was_earned_nothing_is_taken_back() {
    given_nothing::<Mileage>()
        .when(MileageCommand::Remove)
        .then_no_news();
}
