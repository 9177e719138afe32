use testkit::{given, given_nothing};

use super::*;

fn tvs(stock: i32) -> Goods {
    Goods {
        item: "tv".to_owned(),
        stock,
    }
}

fn added(stock: i32) -> InventoryEvent {
    let goods = tvs(stock);
    InventoryAdded { id: 1, goods }.into()
}

fn take(quantity: i32) -> InventoryCommand {
    InventoryCommand::Take(Wanted {
        order_id: 7,
        item: "tv".to_owned(),
        quantity,
    })
}

fn decreased(stock: i32, quantity: i32) -> InventoryEvent {
    StockDecreased {
        id: 1,
        goods: tvs(stock),
        order_id: 7,
        quantity,
    }
    .into()
}

fn short(wanted: i32, missing: i32) -> InventoryEvent {
    StockShort {
        order_id: 7,
        item: "tv".to_owned(),
        wanted,
        missing,
    }
    .into()
}

#[test]
fn an_item_is_added_once() {
    given_nothing::<Inventory>()
        .when(InventoryCommand::Add(tvs(10)))
        .then([added(10)])
        .when(InventoryCommand::Add(tvs(10)))
        .then_refused("inventory-exists");
}

#[test]
fn the_team_says_what_it_has_counted() {
    let goods = tvs(4);
    given::<Inventory>([added(10)])
        .when(InventoryCommand::Count(4))
        .then([InventoryCounted { id: 1, goods }.into()])
        .when(InventoryCommand::Count(4))
        .then_no_news();
}

#[test]
fn what_is_delivered_decreases_the_stock() {
    given::<Inventory>([added(10)])
        .when(take(3))
        .then([decreased(7, 3)])
        .when(take(7))
        .then([decreased(0, 7)]);
}

#[test]
fn what_is_missing_is_told_and_stock_never_goes_below_zero() {
    given::<Inventory>([added(2)])
        .when(take(3))
        .then([decreased(0, 2), short(3, 1)])
        .when(take(3))
        .then([short(3, 3)]);
}

#[test]
fn an_item_that_nobody_keeps_is_all_missing_and_is_not_kept_for_that() {
    let state = given_nothing::<Inventory>()
        .when(take(3))
        .then([short(3, 3)]);
    assert_eq!(state.state(), &Inventory::Unknown);
}

#[test]
fn goods_are_checked() {
    let refused = |item: &str, stock| {
        let item = item.to_owned();
        GoodsForm { item, stock }.checked().unwrap_err().code
    };
    assert_eq!(refused(" ", 1), "item-missing");
    assert_eq!(refused(&"가".repeat(201), 1), "text-too-long");
    assert_eq!(refused("tv", -1), "stock-negative");
}
