//! 고객이 주문하거나 취소를 하면 음식 Catalog 의 재고수량에 반영이 되어야 한다.

use serde_json::json;
use story::story;

use crate::breakfast::{CANCELED, Table, UNDERWAY, cancel, order, stands};
use crate::stage::{Setup, Shape};
use crate::waiting::eventually;

#[story]
fn functional_12_an_order_takes_from_the_stock_and_a_cancel_gives_back_once(shape: Shape) {
    let table = Table::start_in(shape);
    let (kept, canceled) = (table.order(20), table.order(30));
    assert_eq!(table.stock(1), 50, "before the order is answered");
    table.becomes("/foodCatalogViews/1", &json!({"stock": 50}));
    stands(&table, canceled, UNDERWAY);
    table.send(&cancel(canceled)).expect(204);
    stands(&table, canceled, CANCELED);
    table.send(&cancel(canceled)).expect(204);
    table.settle();
    assert_eq!(table.stock(1), 80, "what was taken, once");
    table.becomes("/foodCatalogViews/1", &json!({"stock": 80}));
    stands(&table, kept, UNDERWAY);
    assert_eq!(table.stock(2), 100, "nobody ordered meat");
}

#[story]
fn functional_12_nobody_gets_more_than_there_is(shape: Shape) {
    let table = Table::start_in(shape);
    let refused = table.send(&order(101)).expect(409);
    assert_eq!(refused.json()["code"], "out-of-stock");
    let korean = table
        .send(&order(101).header("Accept-Language", "ko"))
        .expect(409);
    assert!(
        korean.json()["detail"].as_str().unwrap().contains("재고"),
        "{korean}"
    );
    assert_eq!((table.count("orders"), table.count("pays")), (0, 0));
    assert_eq!(table.count("stockReservations"), 0, "nothing half done");
    table.order(100);
    assert_eq!(table.stock(1), 0);
    table.send(&order(1)).expect(409);
}

#[story]
fn functional_12_strangers_cannot_set_stock_aside(shape: Shape) {
    let table = Table::start_in(shape);
    let portion = json!({"foodcatalogid": 1, "qty": 100});
    table.put("/stockReservations/1/hold", &portion).expect(404);
    table.post("/stockReservations", &portion).expect(405);
    table.delete("/stockReservations/1").expect(405);
    assert_eq!(table.stock(1), 100);
    let order = table.order(100);
    let row = json!({"orderid": order, "foodcatalogid": 1, "qty": 100, "status": "Taken"});
    table.becomes(&format!("/stockReservations/{order}"), &row);
}

#[story]
fn functional_12_of_many_at_once_as_many_are_taken_as_there_is_food_for(shape: Shape) {
    let table = Table::start_in(shape);
    let orders: Vec<Option<i64>> = std::thread::scope(|scope| {
        let customers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let answers = (0..4).map(|_| table.send(&order(7)));
                    let taken = answers.map(|answer| match answer.status {
                        201 => Some(answer.id()),
                        409 => None,
                        _ => panic!("{answer}"),
                    });
                    taken.collect::<Vec<_>>()
                })
            })
            .collect();
        customers
            .into_iter()
            .flat_map(|customer| customer.join().unwrap())
            .collect()
    });
    let taken: Vec<i64> = orders.into_iter().flatten().collect();
    assert_eq!(taken.len(), 14, "of 32 times 7, 98 of 100");
    assert_eq!(table.stock(1), 2);
    let at = &table;
    std::thread::scope(|scope| {
        for part in taken.chunks(4) {
            scope.spawn(move || {
                for order in part {
                    at.send(&cancel(*order)).expect(204);
                }
            });
        }
    });
    for order in taken {
        stands(&table, order, CANCELED);
    }
    assert_eq!(table.stock(1), 100);
    let last = table.order(100);
    stands(&table, last, UNDERWAY);
    table.settle();
    table.has_no_dead_letters();
    table.are_all_the_same_rebuilt();
}

#[story]
fn functional_12_an_order_whose_payment_is_refused_gives_its_stock_back_at_once(shape: Shape) {
    let table = Setup::of("breakfast")
        .shape(shape)
        .chaos()
        // What does not go back at once does not go back within this test.
        .set_in("foodcatalog", "deadlines.ordered", "1h")
        .set("asks.sleep", "200ms")
        .breakfast();
    for (fault, status, code) in [
        (json!({"refuse": true}), 409, "refused-by-chaos"),
        (json!({"down": true}), 503, "try-again-shortly"),
    ] {
        table.turn("payment", &fault);
        let refused = table.send(&order(100)).expect(status);
        assert_eq!(refused.json()["code"], code, "{refused}");
        table.turn("payment", &json!({"refuse": false, "down": false}));
        assert_eq!(table.stock(1), 100);
    }
    let order = table.order(1);
    stands(&table, order, UNDERWAY);
    assert_eq!(table.stock(1), 99);
    table.settle();
    assert_eq!(
        (table.told("StockReleased"), table.told("StockTaken")),
        (2, 1)
    );
}

/// Orders while the payment takes longer than stock is held, and `meanwhile` the stock has gone back;
/// the order's number. In a split system, it takes a second or two until it is known that nothing
/// which would meet the deadline is still on its way.
fn order_late(table: &Table, meanwhile: impl FnOnce()) -> i64 {
    table.turn("payment", &json!({"slow": "6000ms"}));
    let number = std::thread::scope(|scope| {
        let late = scope.spawn(|| table.order(60));
        eventually("the stock held and gone back", || {
            match table.all("stockReservations").first() {
                Some(row) if row["status"] == "Released" => Ok(()),
                row => Err(format!("{row:?}")),
            }
        });
        meanwhile();
        late.join().unwrap()
    });
    table.turn("payment", &json!({"slow": ""}));
    number
}

fn impatient(shape: Shape) -> Table {
    Setup::of("breakfast")
        .shape(shape)
        .chaos()
        .set("asks.deadline", "20s")
        .set_in("foodcatalog", "deadlines.ordered", "200ms")
        .breakfast()
}

#[story]
fn functional_12_an_order_that_comes_after_its_stock_went_back_gets_what_there_is(shape: Shape) {
    let table = impatient(shape);
    let number = order_late(&table, || assert_eq!(table.stock(1), 100));
    stands(&table, number, UNDERWAY);
    assert_eq!(table.stock(1), 40);
    table.send(&cancel(number)).expect(204);
    stands(&table, number, CANCELED);
    assert_eq!(table.stock(1), 100);
}

#[story]
fn functional_12_if_there_is_not_enough_any_more_it_is_canceled_and_refunded(shape: Shape) {
    let table = impatient(shape);
    let number = order_late(&table, || {
        let sold = json!({"stock": 59});
        table.patch("/foodCatalogs/1", &sold).expect(200);
    });
    let mut short = CANCELED;
    short[3] = "Out of Stock";
    stands(&table, number, short);
    table.settle();
    assert_eq!(
        table.stock(1),
        59,
        "nothing was taken, and nothing goes back"
    );
    let told = table.events();
    let short = told
        .iter()
        .find(|event| event["type"] == "CatalogOutofstock");
    assert_eq!(
        short.expect("it was told")["data"],
        json!({"stateMessage": "Out of Stock", "productId": 1, "orderId": number})
    );
    assert_eq!((table.told("Cancelled"), table.count("mileages")), (1, 0));
    table.has_no_dead_letters();
}
