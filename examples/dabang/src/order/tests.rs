use testkit::{given, given_nothing};

use super::*;

fn ticket() -> Ticket {
    Ticket {
        guest: "민지".to_owned(),
        tea_id: 3,
        tea: "쌍화차".to_owned(),
        price: 7000,
    }
}

fn placed() -> OrderEvent {
    OrderPlaced {
        order_id: 1,
        ticket: ticket(),
    }
    .into()
}

fn ready() -> OrderEvent {
    OrderReady { order_id: 1 }.into()
}

fn fetched() -> OrderEvent {
    OrderFetched {
        order_id: 1,
        tea_id: 3,
    }
    .into()
}

fn cooled() -> OrderEvent {
    OrderCooled {
        order_id: 1,
        tea_id: 3,
    }
    .into()
}

fn canceled() -> OrderEvent {
    OrderCanceled { order_id: 1 }.into()
}

#[test]
fn a_guest_orders_is_called_and_takes_the_cup() {
    given_nothing::<Order>()
        .when(OrderCommand::Place(ticket()))
        .then([placed()])
        .when(OrderCommand::Call)
        .then([ready()])
        .when(OrderCommand::Fetch)
        .then([fetched()]);
}

#[test]
fn nobody_takes_a_cup_that_is_not_there_or_cold_or_never_was() {
    for (happened, code) in [
        (vec![placed()], "no-cup"),
        (vec![placed(), ready(), cooled()], "tea-cold"),
        (vec![placed(), canceled()], "no-cup"),
    ] {
        given::<Order>(happened)
            .when(OrderCommand::Fetch)
            .then_refused(code);
    }
}

#[test]
fn only_a_cup_that_waits_goes_cold() {
    given::<Order>([placed(), ready()])
        .when(OrderCommand::Cool)
        .then([cooled()])
        .when(OrderCommand::Cool)
        .then_no_news();
    given::<Order>([placed(), ready(), fetched()])
        .when(OrderCommand::Cool)
        .then_no_news();
}

#[test]
fn hearing_the_menu_twice_is_no_news() {
    given::<Order>([placed()])
        .when(OrderCommand::Call)
        .then([ready()])
        .when(OrderCommand::Call)
        .then_no_news();
    given::<Order>([placed()])
        .when(OrderCommand::Cancel)
        .then([canceled()])
        .when(OrderCommand::Cancel)
        .then_no_news();
}

#[test]
fn a_guest_has_a_name_and_says_nothing_but_that_the_cup_is_taken() {
    let nameless = OrderForm {
        guest: " ".to_owned(),
        tea_id: 3,
    };
    assert_eq!(nameless.command().unwrap_err().code, "guest-missing");
    let cheat = FetchForm {
        status: OrderStatus::Ready,
    };
    assert_eq!(cheat.command().unwrap_err().code, "status-not-yours");
}
