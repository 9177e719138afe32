use testkit::{given, given_nothing};

use super::*;

fn portion() -> Portion {
    Portion {
        order_id: 1,
        food_catalog_id: 1,
        qty: 20,
    }
}

fn hold() -> ReservationCommand {
    ReservationCommand::Hold(HoldStock::of(1, 20))
}

fn meal() -> Meal {
    Meal {
        qty: 20,
        status: None,
        food_catalog_id: 1,
        customer_id: 1,
    }
}

fn held() -> ReservationEvent {
    StockHeld(portion()).into()
}

fn taken() -> ReservationEvent {
    StockTaken(portion()).into()
}

#[test]
fn stock_is_held_once_however_often_it_is_asked_for() {
    given_nothing::<Reservation>()
        .when(hold())
        .then([held()])
        .when(hold())
        .then_no_news()
        .when(ReservationCommand::Hold(HoldStock::of(1, 21)))
        .then_refused("reservation-differs");
}

#[test]
fn the_order_keeps_what_was_held_and_gives_it_back_once() {
    given::<Reservation>([held()])
        .when(ReservationCommand::Take(meal()))
        .then([taken()])
        .when(ReservationCommand::Take(meal()))
        .then_no_news()
        .when(ReservationCommand::Release)
        .then_no_news()
        .when(ReservationCommand::Return(meal()))
        .then([StockReturned(portion()).into()])
        .when(ReservationCommand::Return(meal()))
        .then_no_news()
        .when(ReservationCommand::Take(meal()))
        .then_no_news()
        .when(hold())
        .then_refused("reservation-closed");
}

#[test]
fn what_is_never_heard_of_goes_back() {
    given::<Reservation>([held()])
        .when(ReservationCommand::Release)
        .then([StockReleased(portion()).into()])
        .when(ReservationCommand::Release)
        .then_no_news()
        .when(hold())
        .then_refused("reservation-closed");
}

#[test]
fn an_order_that_is_not_placed_gives_back_what_was_held_once_and_for_good() {
    let give_back = || ReservationCommand::GiveBack(HoldStock::of(1, 20));
    given::<Reservation>([held()])
        .when(give_back())
        .then([StockReleased(portion()).into()])
        .when(give_back())
        .then_no_news()
        .when(ReservationCommand::Release)
        .then_no_news()
        .when(hold())
        .then_refused("reservation-closed");
    // It has stood already, and keeps what it has.
    given::<Reservation>([held(), taken()])
        .when(give_back())
        .then_no_news();
}

#[test]
fn a_hold_that_is_overtaken_by_its_giving_back_never_holds_anything() {
    given_nothing::<Reservation>()
        .when(ReservationCommand::GiveBack(HoldStock::of(1, 20)))
        .then([HoldForestalled(portion()).into()])
        .when(hold())
        .then_refused("reservation-closed");
}

#[test]
fn an_order_that_is_heard_of_late_gets_what_there_is_or_misses_it() {
    let demanded = || ReservationEvent::from(StockDemanded(portion()));
    given::<Reservation>([held(), StockReleased(portion()).into()])
        .when(ReservationCommand::Take(meal()))
        .then([demanded()])
        .when(ReservationCommand::Return(meal()))
        .then([StockReturned(portion()).into()]);
    given_nothing::<Reservation>()
        .when(ReservationCommand::Take(meal()))
        .then([demanded()])
        .when(ReservationCommand::Miss)
        .then([StockMissed(portion()).into()])
        .when(ReservationCommand::Return(meal()))
        .then_no_news()
        .when(hold())
        .then_refused("reservation-closed");
}

#[test]
fn an_order_that_had_nothing_gives_nothing_back_and_never_gets_anything() {
    given_nothing::<Reservation>()
        .when(ReservationCommand::Return(meal()))
        .then([ReservationClosed(portion()).into()])
        .when(ReservationCommand::Take(meal()))
        .then_no_news();
}

#[test]
fn nothing_less_than_one_is_held() {
    let refusal = HoldStock::of(1, 0).checked().unwrap_err();
    assert_eq!(refusal.code, "quantity-out-of-range");
}
