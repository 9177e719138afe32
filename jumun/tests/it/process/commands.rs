//! `check`, `board`, `events`, `rebuild`, and everybody's help.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::fruitstore::{Shop, apples};
use crate::stage::{Following, Setup, id_of, jumun};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

const UNDERWAY: [&str; 3] = ["주문신청", "결제승인", "배송시작"];

#[test]
fn every_command_explains_itself() {
    let shop = Shop::start();
    let commands = [
        "up",
        "serve",
        "gateway",
        "board",
        "events",
        "rebuild",
        "dead-letters",
        "move",
        "backup",
        "restore",
        "check",
    ];
    let whole = shop.command(&["--help"]).fine();
    for command in commands {
        assert!(whole.contains(command), "{command} is not in: {whole}");
        let help = shop.command(&[command, "--help"]).fine();
        assert!(
            help.contains("Usage:") && help.contains("Example"),
            "{help}"
        );
    }
    for action in ["list", "show", "retry", "drop"] {
        shop.command(&["dead-letters", "fruitstore", action, "--help"])
            .fine();
    }
    assert!(shop.command(&["--version"]).fine().starts_with("jumun "));
}

#[test]
fn check_finds_nothing_wrong_with_a_shop_that_runs_and_does_not_disturb_it() {
    let shop = Shop::start();
    shop.place();
    let out = shop.command(&["check", "-v", "--port", "0"]).fine();
    assert!(out.contains("store of order: 1 events"), "{out}");
    assert!(out.contains(&format!("process {}", shop.pid())), "{out}");
    assert!(!out.contains("wrong  "), "{out}");
    shop.place();
}

#[test]
fn check_is_quiet_where_all_is_well_and_has_a_form_for_programs() {
    let shop = Shop::start();
    let out = shop.command(&["check", "fruitstore", "--port", "0"]).fine();
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.contains("checks passed; -v lists them"), "{out}");
    let json = shop.command(&["check", "--json", "--port", "0"]).fine();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["sound"], true, "{json}");
    assert_eq!(json["findings"][0]["severity"], "ok", "{json}");
}

#[test]
fn what_is_not_there_is_said_instead_of_silence() {
    let shop = Shop::start();
    shop.place();
    let ran = shop.command(&["events", "fruitstore", "--correlation", "none"]);
    assert!(ran.status.success() && ran.out.is_empty(), "{ran:?}");
    assert!(
        ran.err
            .contains("no events with the correlation id none in the log of fruitstore"),
        "{ran:?}"
    );
}

#[test]
fn systems_completions_and_manual_pages_are_made_from_the_declarations() {
    let shop = Shop::start();
    let systems = shop.command(&["systems"]).fine();
    assert!(
        systems.contains("fruitstore       order  payment  delivery  mypage"),
        "{systems}"
    );
    for shell in ["bash", "zsh", "fish"] {
        let script = shop.command(&["completions", shell]).fine();
        assert!(script.contains("dead-letters"), "{shell}: {script}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    shop.command(&["man", path]).fine();
    let page = std::fs::read_to_string(folder.path().join("jumun-events.1")).unwrap();
    assert!(page.contains("correlation"), "{page}");
}

#[test]
fn check_says_what_is_wrong_with_a_damaged_store() {
    let mut shop = Shop::start();
    shop.terminate();
    for beside in ["mypage.sqlite-wal", "mypage.sqlite-shm"] {
        let _ = std::fs::remove_file(shop.data().join(beside));
    }
    std::fs::write(shop.data().join("mypage.sqlite"), "nonsense".repeat(1_000)).unwrap();
    let ran = shop.command(&["check", "-v", "--port", "0"]);
    assert_eq!(ran.status.code(), Some(1), "{ran:?}");
    assert!(
        ran.out.contains("wrong") && ran.out.contains("mypage.sqlite"),
        "{ran:?}"
    );
}

#[test]
fn the_board_shows_every_sticker_in_three_formats() {
    let shop = Shop::start();
    for (format, sign) in [("text", ""), ("mermaid", "flowchart"), ("svg", "<svg")] {
        let board = shop
            .command(&["board", "fruitstore", "--format", format])
            .fine();
        assert!(board.contains(sign), "{board}");
        for sticker in [
            "order",
            "payment",
            "delivery",
            "mypage",
            "OrderPlaced",
            "PaymentVoided",
            "myPages",
        ] {
            assert!(board.contains(sticker), "{format}: {sticker}");
        }
    }
    let file = shop.folder().join("wall.svg");
    let arguments = [
        "board",
        "fruitstore",
        "--format",
        "svg",
        "--out",
        file.to_str().unwrap(),
    ];
    shop.command(&arguments).fine();
    let drawn = std::fs::read_to_string(&file).unwrap();
    assert!(drawn.trim_end().ends_with("</svg>"), "{drawn}");
}

fn events(text: &str) -> Vec<Value> {
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("lines of JSON")
}

#[test]
fn events_tell_one_orders_story_by_its_correlation_id() {
    let shop = Shop::start();
    shop.place();
    let placed = shop.send(&Request::post("/orders", &apples()).header("X-Correlation-Id", "mine"));
    let order = placed.expect(201).id();
    shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    shop.delete(&format!("/orders/{order}")).expect(204);
    shop.my_page_says(order, ["주문취소", "결제취소", "배송취소"]);
    let story = shop
        .command(&["events", "fruitstore", "--correlation", "mine", "--json"])
        .fine();
    let story = events(&story);
    let mut types: Vec<&str> = story
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    types.sort_unstable();
    let wanted = [
        "DeliveryCanceled",
        "DeliveryStarted",
        "OrderCanceled",
        "OrderPlaced",
        "PaymentApproved",
        "PaymentAuthorized",
        "PaymentCanceled",
    ];
    assert_eq!(types, wanted);
    assert!(story.iter().all(|event| event["correlation"] == "mine"));
    assert!(story.iter().all(|event| event["data"]["orderId"] == order));
}

#[test]
fn events_can_be_picked_by_context_and_type_and_are_there_when_nobody_runs() {
    let mut shop = Shop::start();
    shop.place();
    shop.place();
    shop.settle();
    shop.terminate();
    let of_order = shop
        .command(&["events", "fruitstore", "--context", "order", "--json"])
        .fine();
    assert!(
        events(&of_order)
            .iter()
            .all(|event| event["type"] == "OrderPlaced")
    );
    assert_eq!(of_order.lines().count(), 2);
    let started = shop
        .command(&["events", "fruitstore", "--type", "DeliveryStarted"])
        .fine();
    assert_eq!(started.lines().count(), 2);
    assert!(
        started.contains("delivery") && !started.contains('\x1b'),
        "{started}"
    );
    let wrong = shop
        .command(&["events", "fruitstore", "--type", "OrderPlacd"])
        .failed();
    assert!(wrong.contains("did you mean `OrderPlaced`"), "{wrong}");
}

#[test]
fn events_follow_what_happens_until_told_to_stop() {
    let shop = Shop::start();
    let mut following = Following::start(jumun(&Setup::of("fruitstore"), shop.folder()).args([
        "events",
        "fruitstore",
        "--follow",
        "--json",
    ]));
    for number in 1..=3 {
        let order = shop.place();
        eventually("the order's event", || {
            let text = following.said();
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            let seen = events(whole)
                .iter()
                .filter(|event| event["type"] == "OrderPlaced")
                .filter(|event| event["data"]["orderId"].as_i64() <= Some(order))
                .count();
            if seen == number { Ok(()) } else { Err(text) }
        });
    }
    following.interrupt();
}

#[test]
fn a_rebuilt_my_page_shows_the_same_whether_the_shop_runs_or_not() {
    let mut shop = Shop::start();
    let (kept, canceled, delivered) = (shop.place(), shop.place(), shop.place());
    shop.delete(&format!("/orders/{canceled}")).expect(204);
    shop.complete(&shop.delivery_of(delivered)).expect(200);
    shop.my_page_says(kept, ["주문신청", "결제승인", "배송시작"]);
    shop.my_page_says(canceled, ["주문취소", "결제취소", "배송취소"]);
    shop.my_page_says(delivered, ["주문신청", "결제승인", "배송완료"]);
    let without_links = |mut rows: Vec<Value>| {
        for row in &mut rows {
            row["id"] = crate::stage::id_of(row).into();
            row["_links"].take();
        }
        rows
    };
    let before = without_links(shop.all("myPages"));
    let out = shop
        .command(&["rebuild", "fruitstore", "mypage", "myPages"])
        .fine();
    assert!(out.contains("rebuilt"), "{out}");
    assert_eq!(without_links(shop.all("myPages")), before);
    shop.terminate();
    shop.command(&["rebuild", "fruitstore", "mypage", "myPages"])
        .fine();
    shop.restart();
    assert_eq!(without_links(shop.all("myPages")), before);
    let order = shop.place();
    shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
    let wrong = shop
        .command(&["rebuild", "fruitstore", "mypage", "mypages"])
        .failed();
    assert!(wrong.contains("myPages"), "{wrong}");
}

#[test]
fn my_page_is_rebuilt_while_orders_come_in() {
    let shop = Shop::start();
    let first = shop.place();
    let before = id_of(&shop.my_page_says(first, UNDERWAY));
    let over = AtomicBool::new(false);
    let orders = std::thread::scope(|scope| {
        let placing = scope.spawn(|| {
            let mut orders = Vec::new();
            while !over.load(Ordering::Relaxed) {
                orders.push(shop.place());
            }
            orders
        });
        for _ in 0..5 {
            shop.command(&["rebuild", "fruitstore", "mypage", "myPages"])
                .fine();
        }
        over.store(true, Ordering::Relaxed);
        placing.join().unwrap()
    });
    assert!(!orders.is_empty());
    for order in &orders {
        shop.my_page_says(*order, UNDERWAY);
    }
    assert_eq!(id_of(&shop.my_page_says(first, UNDERWAY)), before);
    assert_eq!(shop.count("myPages"), orders.len() as u64 + 1);
}

#[test]
fn a_rebuild_that_is_killed_leaves_my_page_as_it_was() {
    let mut shop = Shop::start();
    let mut connection = Connection::open(shop.address()).unwrap();
    for _ in 0..300 {
        connection
            .send(&Request::post("/orders", &apples()))
            .unwrap()
            .expect(201);
    }
    shop.settle();
    let rows = |shop: &Shop| -> Vec<(i64, Value)> {
        let rows = shop.all("myPages").into_iter();
        rows.map(|mut row| {
            (id_of(&row), {
                row["_links"].take();
                row
            })
        })
        .collect()
    };
    let before = rows(&shop);
    assert_eq!(before.len(), 300);
    for moment in [1, 5, 10, 20, 40] {
        let rebuilding = Following::start(jumun(&Setup::of("fruitstore"), shop.folder()).args([
            "rebuild",
            "fruitstore",
            "mypage",
            "myPages",
        ]));
        std::thread::sleep(std::time::Duration::from_millis(moment));
        shop.kill();
        drop(rebuilding);
        shop.restart();
        shop.settle();
        assert_eq!(rows(&shop), before);
    }
    let order = shop.place();
    shop.my_page_says(order, UNDERWAY);
}
