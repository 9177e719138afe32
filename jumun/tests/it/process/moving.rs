//! Stores that are moved: from files to servers and back, broken off, refused.

use std::process::{Child, Stdio};

use engines::{Database, MariaDb, Postgres};
use store_sql::sqlite;
use storm::store::{Changed, Changes, NewEvent, Record, UNFINISHED_COPY};

use crate::fruitstore::{Shop, apples};
use crate::stage::{Setup, Shape, jumun};
use crate::waiting::eventually;
use crate::wire::Request;

const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];

fn fruits() -> Setup {
    Setup::of("fruitstore")
}

fn on(database: &Database) -> Setup {
    fruits().set("systems.fruitstore.store", database.url())
}

/// What must be there, wherever it is.
struct Ordered {
    kept: i64,
    canceled: i64,
    keyed: Request,
    answer: String,
}

fn order(shop: &Shop) -> Ordered {
    let kept = shop.place();
    let canceled = shop.place();
    shop.my_page_says(kept, UNDERWAY);
    shop.my_page_says(canceled, UNDERWAY);
    shop.delete(&format!("/orders/{canceled}")).expect(204);
    shop.my_page_says(canceled, ["주문취소", "결제취소", "배송취소"]);
    let keyed = Request::post("/orders", &apples()).header("Idempotency-Key", "once");
    let answer = shop.send(&keyed).expect(201);
    shop.my_page_says(answer.id(), UNDERWAY);
    Ordered {
        kept,
        canceled,
        answer: answer.id().to_string(),
        keyed,
    }
}

fn is_all_there(shop: &Shop, ordered: &Ordered) {
    shop.settle();
    shop.my_page_says(ordered.kept, UNDERWAY);
    shop.my_page_says(ordered.canceled, ["주문취소", "결제취소", "배송취소"]);
    let again = shop.send(&ordered.keyed).expect(201);
    assert_eq!(
        again.id().to_string(),
        ordered.answer,
        "it was ordered twice"
    );
    let orders = shop.count("orders");
    let next = shop.place();
    shop.my_page_says(next, UNDERWAY);
    assert_eq!(shop.count("orders"), orders + 1);
    shop.has_no_dead_letters();
}

#[test]
fn a_system_moves_from_files_to_servers_and_back_with_all_that_it_has() {
    let (Some(postgres), Some(maria)) = (Postgres::shared(), MariaDb::shared()) else {
        return;
    };
    let (postgres, maria) = (postgres.database(), maria.database());
    let mut shop = fruits().shop();
    let ordered = order(&shop);
    let to_postgres = ["move", "fruitstore", "--to", postgres.url()];
    let err = shop.command(&to_postgres).failed();
    assert!(err.contains("in use"), "{err}");
    let stores = shop.counts();
    shop.terminate();

    let said = shop.command(&to_postgres).fine();
    for part in [
        "[systems.fruitstore]",
        postgres.url(),
        "order.sqlite",
        "--drop-source",
    ] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
    // Once more is no harm.
    let said = shop.command(&to_postgres).fine();
    assert!(said.contains("was moved to"), "{said}");
    shop.set_up_as(on(&postgres));
    shop.restart();
    assert_eq!(shop.counts(), stores);
    is_all_there(&shop, &ordered);
    shop.are_all_the_same_rebuilt();

    // One context goes on to another server. Its own database is no place for several.
    let to_maria = ["move", "fruitstore", "order", "--to", maria.url()];
    let err = shop.command(&to_maria).failed();
    assert!(err.contains("in use"), "{err}");
    shop.terminate();
    shop.set_up_as(fruits());
    let said = shop.command(&[&to_postgres[..], &["--drop-source"]].concat());
    let said = said.fine();
    assert!(said.contains("has run there since"), "{said}");
    assert!(!shop.data().join("order.sqlite").exists());
    shop.set_up_as(on(&postgres));
    let all_to_maria = ["move", "fruitstore", "--to", maria.url()];
    let err = shop.command(&all_to_maria).failed();
    assert!(err.contains("holds one context"), "{err}");
    shop.command(&to_maria).fine();
    let mixed = on(&postgres).set_in("order", "store", maria.url());
    shop.set_up_as(mixed);
    shop.restart();
    is_all_there(&shop, &ordered);
    let stores = shop.counts();
    shop.terminate();

    let back = ["move", "fruitstore", "--to", "sqlite:", "--drop-source"];
    shop.command(&back).fine();
    shop.set_up_as(fruits());
    shop.restart();
    assert_eq!(shop.counts(), stores);
    is_all_there(&shop, &ordered);
    shop.are_all_the_same_rebuilt();
}

#[test]
fn other_data_is_in_the_way_unless_it_may_be_deleted() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let postgres = postgres.database();
    let mut shop = on(&postgres).shop();
    shop.place();
    shop.terminate();
    shop.set_up_as(fruits());
    shop.restart();
    let ordered = order(&shop);
    shop.terminate();
    let to_postgres = ["move", "fruitstore", "--to", postgres.url()];
    let err = shop.command(&to_postgres).failed();
    assert!(err.contains("holds other data"), "{err}");
    let replacing = [&to_postgres[..], &["--replace"]].concat();
    shop.command(&replacing).fine();
    shop.set_up_as(on(&postgres));
    shop.restart();
    is_all_there(&shop, &ordered);
    shop.terminate();
    let err = shop.command(&to_postgres).failed();
    assert!(err.contains("already"), "{err}");
}

/// A store that takes a while to be copied.
fn long_log(shop: &Shop) {
    const EVENTS: i64 = 30_000;
    let mut opened = sqlite::open(&shop.data(), "order", store_sql::Durability::Relaxed).unwrap();
    let head = opened.reader.head().unwrap();
    let event = |id| NewEvent {
        event_type: "OrderPondered".to_owned(),
        kind: "order".to_owned(),
        id,
        version: 1,
        correlation: format!("pondering-{id}"),
        causation: String::new(),
        trace: String::new(),
        at: 1,
        data: "{}".to_owned(),
    };
    let pondered = Changes {
        records: (1..=EVENTS)
            .map(|id| Changed {
                record: Record {
                    kind: "pondered".to_owned(),
                    id,
                    version: 1,
                    correlation: String::new(),
                    state: "{}".to_owned(),
                    hidden: true,
                },
                loaded: 0,
            })
            .collect(),
        events: (1..=EVENTS).map(event).collect(),
        ..Changes::default()
    };
    assert_eq!(opened.writer.commit(&pondered), Ok(head + EVENTS));
}

fn kill_in_the_middle(shop: &Shop, to: &str, database: &Database) {
    let mut command = jumun(&fruits(), shop.folder());
    command.args(["move", "fruitstore", "--to", to]);
    let mut moving = Killed(command.stdout(Stdio::null()).spawn().unwrap());
    let look = "SELECT count(*) FROM fruitstore_order.records";
    eventually("some of it is there", || {
        match Postgres::sql(database.url(), look) {
            Ok(rows) if rows.trim().parse::<i64>().is_ok_and(|rows| rows > 1) => Ok(()),
            said => Err(format!("{said:?}")),
        }
    });
    assert_eq!(moving.0.try_wait().unwrap(), None, "it was too quick");
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_move_that_was_killed_is_gone_on_with_and_nobody_starts_on_half_of_it() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let postgres = postgres.database();
    let mut shop = fruits().shop();
    let ordered = order(&shop);
    shop.terminate();
    long_log(&shop);
    kill_in_the_middle(&shop, postgres.url(), &postgres);
    let look = format!("SELECT name FROM fruitstore_order.kinds WHERE name = '{UNFINISHED_COPY}'");
    assert_eq!(
        Postgres::sql(postgres.url(), &look).unwrap().trim(),
        UNFINISHED_COPY
    );

    let there = on(&postgres);
    shop.set_up_as(there.clone());
    let said = shop.try_restart().expect_err("it is not whole");
    assert!(said.contains("broken off"), "{said}");
    shop.set_up_as(fruits());
    shop.command(&["move", "fruitstore", "--to", postgres.url()])
        .fine();
    shop.set_up_as(there);
    shop.restart();
    is_all_there(&shop, &ordered);
}

mod split {
    use super::*;

    /// Nothing is told twice, to nobody: what everybody had heard before does not go to the topic.
    #[test]
    fn after_a_move_kafka_begins_where_the_logs_ended() {
        fn story(shape: Shape) {
            let apart = fruits().shape(shape);
            let to = apart.value("systems.fruitstore.store").unwrap().to_owned();
            let mut shop = fruits().shop();
            let ordered = order(&shop);
            shop.settle();
            shop.terminate();
            let told = shop.events().len();
            shop.command(&["move", "fruitstore", "--to", &to]).fine();
            shop.set_up_as(apart);
            shop.restart();
            shop.settle();
            assert_eq!(shop.events().len(), told, "something was done again");
            assert!(
                shop.metric("jumun_kafka_published_total", &[]) < 0.5,
                "something was told again"
            );
            is_all_there(&shop, &ordered);
            let err = shop.command(&["rebuild", "fruitstore", "mypage", "myPages"]);
            let err = err.failed();
            assert!(err.contains("not on the topic"), "{err}");
        }
        Shape::Split.play(story);
    }
}
