use testkit::{given, given_nothing};

use super::*;

fn tin() -> Tin {
    Tin {
        name: "쌍화차".to_owned(),
        price: 7000,
        cups: 1,
    }
}

fn offered() -> TeaEvent {
    TeaOffered {
        tea_id: 1,
        tin: tin(),
    }
    .into()
}

fn poured(order_id: Id) -> TeaEvent {
    TeaPoured {
        tea_id: 1,
        order_id,
    }
    .into()
}

#[test]
fn a_tea_is_on_the_menu_once() {
    given_nothing::<Tea>()
        .when(TeaCommand::Offer(tin()))
        .then([offered()])
        .when(TeaCommand::Offer(tin()))
        .then_refused("tea-offered");
}

#[test]
fn a_tea_is_poured_until_the_tin_is_empty() {
    let ran_out = TeaRanOut {
        tea_id: 1,
        order_id: 8,
    };
    given::<Tea>([offered()])
        .when(TeaCommand::Pour { order_id: 7 })
        .then([poured(7)])
        .when(TeaCommand::Pour { order_id: 8 })
        .then([ran_out.into()]);
}

#[test]
fn an_order_that_comes_before_its_tea_is_tried_again() {
    given_nothing::<Tea>()
        .when(TeaCommand::Pour { order_id: 7 })
        .then_refused("tea-unknown");
}
