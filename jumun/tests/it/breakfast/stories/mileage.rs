//! Mileage, which the originals have and the text does not (`domains.md` §6).

use serde_json::json;
use story::story;

use crate::breakfast::{CANCELED, Table, UNDERWAY, cancel, stands};
use crate::stage::{Setup, Shape, id_of};

#[story]
fn mileage_is_earned_with_a_payment_and_lost_when_it_is_canceled(shape: Shape) {
    let table = Table::start_in(shape);
    let (kept, canceled) = (table.order(20), table.order(30));
    let pay = |order: i64| id_of(&table.find("pays", "orderid", order).expect("a payment"));
    let wanted = json!({"orderId": kept, "payId": pay(kept), "cnt": 20});
    for collection in ["mileages", "mileageViews"] {
        table.shows(collection, "payId", pay(kept), &wanted);
    }
    stands(&table, canceled, UNDERWAY);
    table.send(&cancel(canceled)).expect(204);
    stands(&table, canceled, CANCELED);
    table.settle();
    for collection in ["mileages", "mileageViews"] {
        assert_eq!(table.find(collection, "payId", pay(canceled)), None);
        assert_eq!(table.count(collection), 1, "{collection}");
    }
    assert_eq!(
        (table.told("Milegeadded"), table.told("Mileageremoved")),
        (2, 1)
    );
}

#[story]
fn without_mileage_everything_else_goes_on_and_it_catches_up(shape: Shape) {
    let table = Setup::of("breakfast").shape(shape).chaos().breakfast();
    table.turn("mileage", &json!({"down": true}));
    let (kept, canceled) = (table.order(20), table.order(30));
    stands(&table, kept, UNDERWAY);
    stands(&table, canceled, UNDERWAY);
    table.send(&cancel(canceled)).expect(204);
    stands(&table, canceled, CANCELED);
    table.get("/mileages").expect(503);
    table.turn("mileage", &json!({"down": false}));
    table.settle();
    assert_eq!(
        (table.count("mileages"), table.count("mileageViews")),
        (1, 1)
    );
}
