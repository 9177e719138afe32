use storm::Verb;
use testkit::{given, given_nothing};

use super::*;

fn pizza() -> Meal {
    Meal {
        qty: 20,
        status: None,
        food_catalog_id: 1,
        customer_id: 1,
    }
}

fn ordered() -> OrderEvent {
    let meal = pizza();
    Ordered { id: 1, meal }.into()
}

fn canceled() -> OrderEvent {
    let meal = pizza().with(OrderStatus::Canceled);
    OrderCancelled { id: 1, meal }.into()
}

fn shipped() -> OrderEvent {
    OrderStatus::Shipped.of(1).into()
}

fn completed() -> OrderEvent {
    OrderStatus::Completed.of(1).into()
}

#[test]
fn an_order_is_placed_once_and_has_no_status_yet() {
    let placed = given_nothing::<Order>()
        .when(OrderCommand::Place(pizza()))
        .then([ordered()]);
    assert_eq!(placed.state().shown(), Some(pizza()));
    placed
        .when(OrderCommand::Place(pizza()))
        .then_refused("order-exists");
}

#[test]
fn its_status_follows_its_delivery() {
    let underway = given::<Order>([ordered()])
        .when(OrderCommand::Ship)
        .then([shipped()])
        .when(OrderCommand::Ship)
        .then_no_news();
    assert_eq!(
        underway.state().shown(),
        Some(pizza().with(OrderStatus::Shipped))
    );
    let delivered = underway
        .when(OrderCommand::Complete)
        .then([completed()])
        .when(OrderCommand::Complete)
        .then_no_news();
    assert_eq!(
        delivered.state().shown(),
        Some(pizza().with(OrderStatus::Completed))
    );
    delivered.when(OrderCommand::Ship).then_no_news();
}

#[test]
fn it_is_canceled_once_and_stays_readable() {
    let gone = given::<Order>([ordered(), shipped()])
        .when(OrderCommand::Cancel)
        .then([canceled()])
        .when(OrderCommand::Cancel)
        .then_no_news();
    assert_eq!(
        gone.state().shown(),
        Some(pizza().with(OrderStatus::Canceled))
    );
}

#[test]
fn a_delivered_order_cannot_be_canceled() {
    given::<Order>([ordered(), completed()])
        .when(OrderCommand::Cancel)
        .then_refused("order-delivered");
}

#[test]
fn what_is_told_of_its_way_after_it_was_canceled_is_no_news() {
    given::<Order>([ordered(), canceled()])
        .when(OrderCommand::Ship)
        .then_no_news()
        .when(OrderCommand::Complete)
        .then_no_news();
}

#[test]
fn an_order_that_was_never_placed_is_waited_for() {
    given_nothing::<Order>()
        .when(OrderCommand::Cancel)
        .then_refused("order-unknown");
}

#[test]
fn a_quantity_is_from_one_to_ten_thousand() {
    let form = |qty| OrderForm {
        qty,
        food_catalog_id: 1,
        customer_id: 1,
    };
    for qty in [1, 10_000] {
        assert_eq!(form(qty).checked().map(|meal| meal.qty), Ok(qty));
    }
    for qty in [i32::MIN, 0, 10_001] {
        let refusal = form(qty).checked().unwrap_err();
        assert_eq!(refusal.code, "quantity-out-of-range");
        assert_eq!(refusal.field.as_deref(), Some("qty"));
    }
}

#[test]
fn its_events_are_as_the_seed_shows_them() {
    let json = serde_json::to_string(&Ordered {
        id: 3,
        meal: pizza(),
    });
    assert_eq!(
        json.unwrap(),
        r#"{"id":3,"qty":20,"status":null,"foodcaltalogid":1,"customerid":1}"#
    );
    let json = serde_json::to_string(&OrderCancelled {
        id: 46,
        meal: pizza().with(OrderStatus::Canceled),
    });
    assert_eq!(
        json.unwrap(),
        r#"{"id":46,"qty":20,"status":"Order Canceled","foodcaltalogid":1,"customerid":1}"#
    );
}

/// Whom placing and canceling ask, in this order.
#[test]
fn only_what_must_be_asked_is_asked() {
    let system = crate::system();
    let mut contexts = system.contexts().iter();
    let order = contexts.find(|context| context.name() == "order").unwrap();
    let order = &order.aggregates()[0];
    let asked = |verb, body, state: Order| {
        let command = order.command(&verb, &body).unwrap();
        let state: storm::AnyState = Box::new(state);
        let asks =
            (0..order.asks().len()).filter_map(|index| order.ask(index, 7, &state, &command));
        asks.map(|ask| {
            format!(
                "{} {} {} {}",
                ask.to,
                ask.method.as_str(),
                ask.path,
                ask.body
            )
        })
        .collect::<Vec<_>>()
    };
    let pizzas = serde_json::json!({"qty": "20", "foodcaltalogid": "1", "customerid": "2"});
    assert_eq!(
        asked(Verb::Create, pizzas, Order::New),
        [
            "customer GET /customers/2 null",
            r#"foodcatalog PUT /stockReservations/7/hold {"foodcatalogid":1,"qty":20}"#,
            r#"payment POST /pays {"amout":20,"status":"Ordered","orderid":7}"#,
        ]
    );
    let cancel = |state| asked(Verb::Remove, serde_json::Value::Null, state);
    assert_eq!(
        cancel(Order::Standing(pizza())),
        [r#"delivery POST /cancellations {"orderId":7,"status":"Cancelled"}"#]
    );
    for settled in [Order::Completed(pizza()), Order::Canceled(pizza())] {
        assert_eq!(cancel(settled), Vec::<String>::new());
    }
}
