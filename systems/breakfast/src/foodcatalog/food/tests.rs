use testkit::{given, given_nothing};

use super::*;

fn pizza(stock: i32) -> Dish {
    Dish {
        stock,
        name: "pizza".to_owned(),
        price: 1000.0,
    }
}

fn registered(stock: i32) -> FoodEvent {
    let dish = pizza(stock);
    CatalogRegistered { id: 1, dish }.into()
}

fn updated(stock: i32, revision: i64) -> FoodEvent {
    let dish = pizza(stock);
    CatalogUpdated {
        id: 1,
        dish,
        revision,
    }
    .into()
}

fn portion() -> Portion {
    Portion {
        order_id: 1,
        food_catalog_id: 1,
        qty: 20,
    }
}

fn change(body: &serde_json::Value) -> FoodCommand {
    FoodCommand::Change(storm::lenient::from_value(body).unwrap())
}

#[test]
fn food_is_registered_changed_and_removed() {
    let gone = given_nothing::<Food>()
        .when(FoodCommand::Register(pizza(100)))
        .then([registered(100)])
        .when(change(&serde_json::json!({"stock": "90"})))
        .then([updated(90, 1)])
        .when(FoodCommand::Replace(pizza(90)))
        .then_no_news()
        .when(FoodCommand::Remove)
        .then([CatalogDeleted {
            id: 1,
            dish: pizza(90),
        }
        .into()]);
    assert_eq!(gone.state().shown(), None);
    gone.when(FoodCommand::Remove)
        .then_refused("food-unknown")
        .when(FoodCommand::Take(portion()))
        .then_refused("food-unknown")
        .when(FoodCommand::PutBack(portion()))
        .then_no_news();
}

#[test]
fn no_more_is_taken_than_there_is() {
    given::<Food>([registered(39)])
        .when(FoodCommand::Take(portion()))
        .then([updated(19, 1)])
        .when(FoodCommand::Take(portion()))
        .then_refused("out-of-stock")
        .when(FoodCommand::PutBack(portion()))
        .then([updated(39, 2)]);
}

#[test]
fn a_shortage_for_an_order_that_stands_is_told() {
    let short = CatalogOutofstock::of(1, 1);
    given::<Food>([registered(20)])
        .when(FoodCommand::TakeOrTell(portion()))
        .then([updated(0, 1)])
        .when(FoodCommand::TakeOrTell(portion()))
        .then([short.clone().into()]);
    given_nothing::<Food>()
        .when(FoodCommand::TakeOrTell(portion()))
        .then([short.clone().into()]);
    assert_eq!(
        serde_json::to_string(&short).unwrap(),
        r#"{"stateMessage":"Out of Stock","productId":1,"orderId":1}"#
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_its_field() {
    let refused = |dish: Dish| {
        let refusal = dish.checked().unwrap_err();
        (refusal.field.unwrap(), refusal.code)
    };
    let is = |field: &str, code: &str| (field.to_owned(), code.to_owned());
    assert_eq!(refused(pizza(-1)), is("stock", "stock-out-of-range"));
    for price in [-0.5, f64::NAN, f64::INFINITY] {
        let dish = Dish { price, ..pizza(1) };
        assert_eq!(refused(dish), is("price", "price-out-of-range"));
    }
    for (name, code) in [
        (" ", "name-missing"),
        (&"가".repeat(LONGEST_NAME + 1), "text-too-long"),
    ] {
        let name = name.to_owned();
        assert_eq!(refused(Dish { name, ..pizza(1) }), is("name", code));
    }
    assert_eq!(pizza(0).checked(), Ok(pizza(0)));
    given::<Food>([registered(1)])
        .when(change(&serde_json::json!({"stock": null})))
        .then_refused("unreadable");
}
