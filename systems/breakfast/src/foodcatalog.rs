//! The food catalogue: what there is (`food.rs`), and what was taken from it for which order
//! (`stock.rs`). Stock is held for an order in the call, taken when the order is heard of, and goes
//! back once.

mod food;
mod stock;
mod view;

use storm::{Aggregate as _, Context, Tell};

pub use self::food::{
    CatalogDeleted, CatalogOutofstock, CatalogRegistered, CatalogUpdated, Dish, StateMessage,
};
use self::food::{Food, FoodCommand};
pub use self::stock::{
    HoldForestalled, HoldStock, Portion, ReservationClosed, StockDemanded, StockHeld, StockMissed,
    StockReleased, StockReturned, StockTaken,
};
use self::stock::{Reservation, ReservationCommand};
use crate::order::{OrderCancelled, Ordered};

/// The catalogue, at `/foodCatalogs`, with its view, at `/foodCatalogViews`; and what was taken from
/// it for which order, at `/stockReservations`.
pub fn context() -> Context {
    Context::new("foodcatalog", 8086)
        .group("foodCatalog")
        .aggregate(food::food_catalogs())
        .aggregate(stock::reservations())
        .same_commit(whenever_stock_held_take_from_food)
        .same_commit(whenever_stock_demanded_take_what_there_is)
        .same_commit(whenever_catalog_outofstock_miss_stock)
        .same_commit(whenever_stock_released_put_back)
        .same_commit(whenever_stock_returned_put_back)
        .policy(whenever_ordered_take_stock)
        .policy(whenever_order_cancelled_return_stock)
        .read_model(view::food_catalog_views())
}

// Policies of the same commit: what a reservation says happens to the stock, or the reservation
// does not happen (I5).

fn whenever_stock_held_take_from_food(StockHeld(portion): &StockHeld) -> Tell<Food> {
    Food::at(portion.food_catalog_id).tell(FoodCommand::Take(portion.clone()))
}

fn whenever_stock_demanded_take_what_there_is(
    StockDemanded(portion): &StockDemanded,
) -> Tell<Food> {
    Food::at(portion.food_catalog_id).tell(FoodCommand::TakeOrTell(portion.clone()))
}

fn whenever_catalog_outofstock_miss_stock(short: &CatalogOutofstock) -> Tell<Reservation> {
    Reservation::at(short.order_id).tell(ReservationCommand::Miss)
}

fn whenever_stock_released_put_back(StockReleased(portion): &StockReleased) -> Tell<Food> {
    Food::at(portion.food_catalog_id).tell(FoodCommand::PutBack(portion.clone()))
}

fn whenever_stock_returned_put_back(StockReturned(portion): &StockReturned) -> Tell<Food> {
    Food::at(portion.food_catalog_id).tell(FoodCommand::PutBack(portion.clone()))
}

// Policies

/// The order stands. One that nothing was held for (its disk stood still longer than stock is held,
/// or it comes from an order service of the original) gets what there is.
fn whenever_ordered_take_stock(ordered: &Ordered) -> Tell<Reservation> {
    Reservation::at(ordered.id).tell(ReservationCommand::Take(ordered.meal.clone()))
}

/// Only what was taken goes back, once.
fn whenever_order_cancelled_return_stock(canceled: &OrderCancelled) -> Tell<Reservation> {
    Reservation::at(canceled.id).tell(ReservationCommand::Return(canceled.meal.clone()))
}
