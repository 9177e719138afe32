//! What it refuses to start with, and what it says.

use std::fs;
use std::net::{SocketAddr, TcpListener};

use serde_json::Value;
use tempfile::TempDir;

use crate::fruitstore::{Shop, apples};
use crate::stage::{Process, Ran, Setup, jumun};
use crate::waiting::eventually;
use crate::wire::{Connection, Request};

/// Runs `jumun` in an empty folder.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let folder = TempDir::new().unwrap();
    let mut command = jumun(&Setup::of("fruitstore"), folder.path());
    Ran::to_end(command.args(arguments).envs(variables.iter().copied()))
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn the_greeting_says_what_runs_where_and_what_to_try() {
    let shop = Shop::start();
    let said = eventually("the whole greeting", || {
        let said = shop.said();
        if said.contains("Try:") {
            Ok(said)
        } else {
            Err(said)
        }
    });
    says(
        &said,
        &[
            "fruitstore",
            &shop.url(""),
            "order",
            "payment",
            "delivery",
            "mypage",
            "curl",
        ],
    );
    says(&said, &[shop.folder().join("data").to_str().unwrap()]);
}

#[test]
fn the_command_that_the_greeting_says_to_try_places_an_order() {
    let shop = Shop::start();
    let line = eventually("something to try", || {
        let said = shop.said();
        let line = said.split_once("Try:\n").map(|(_, line)| line.to_owned());
        line.filter(|line| line.ends_with("'\n")).ok_or(said)
    });
    let out = Ran::to_end(std::process::Command::new("sh").args(["-c", &line])).fine();
    says(&out, &["주문신청"]);
    assert_eq!(shop.count("orders"), 1);
}

#[test]
fn a_second_process_on_the_same_folder_is_refused_and_told_whose_it_is() {
    let shop = Shop::start();
    let err = shop.command(&["up", "fruitstore", "--port", "0"]).failed();
    says(
        &err,
        &["in use", &format!("process {}", shop.pid()), "--data"],
    );
    shop.place();
}

#[test]
fn a_folder_that_cannot_be_made_is_named_with_what_to_do() {
    let err = run(
        &["up", "fruitstore", "--port", "0", "--data", "/proc/nope"],
        &[],
    )
    .failed();
    says(&err, &["/proc/nope", "choose a folder", "--data"]);
}

#[test]
fn a_folder_whose_process_was_killed_is_free_again() {
    let mut shop = Shop::start();
    shop.kill();
    shop.restart();
    shop.place();
}

#[test]
fn a_port_in_use_is_named_with_who_has_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let err = run(&["up", "fruitstore", "--port", &port], &[]).failed();
    let me = format!("process {}", std::process::id());
    says(&err, &[&format!("port {port}"), &me, "--port"]);
}

#[test]
fn a_data_folder_that_cannot_be_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "not a folder").unwrap();
    let data = file.join("data");
    let data = data.to_str().unwrap();
    let err = run(&["up", "fruitstore", "--port", "0", "--data", data], &[]).failed();
    says(&err, &[data]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a folder");
}

#[test]
fn a_store_of_a_later_jumun_is_refused_and_left_as_it_is() {
    let mut shop = Shop::start();
    shop.place();
    shop.terminate();
    let file = shop.data().join("order.sqlite");
    // Closing it writes all of it back into the one file.
    let store = rusqlite::Connection::open(&file).unwrap();
    store.pragma_update(None, "user_version", 4711).unwrap();
    store.close().unwrap();
    let bytes = fs::read(&file).unwrap();
    let said = shop.try_restart().expect_err("it is refused");
    says(&said, &["order.sqlite", "4711", "newer"]);
    assert_eq!(fs::read(&file).unwrap(), bytes);
}

#[test]
fn a_damaged_store_is_refused_and_left_as_it_is() {
    let mut shop = Shop::start();
    shop.place();
    shop.terminate();
    let file = shop.data().join("payment.sqlite");
    for beside in ["payment.sqlite-wal", "payment.sqlite-shm"] {
        let _ = fs::remove_file(shop.data().join(beside));
    }
    let damaged = b"this is no database".repeat(1_000);
    fs::write(&file, &damaged).unwrap();
    let said = shop.try_restart().expect_err("it is refused");
    says(&said, &["payment.sqlite", "damaged", "backup"]);
    assert_eq!(fs::read(&file).unwrap(), damaged);
}

#[test]
fn a_wrong_key_in_the_file_is_refused_with_its_place_and_a_guess() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("jumun.toml"),
        "port = 0\n\n[asks]\ndeadlin = \"1s\"\n",
    )
    .unwrap();
    let mut command = jumun(&Setup::of("fruitstore"), folder.path());
    let err = Ran::to_end(command.args(["up", "fruitstore"])).failed();
    says(
        &err,
        &["jumun.toml:4:1", "deadlin", "did you mean `deadline`"],
    );
}

#[test]
fn a_wrong_variable_is_refused_by_its_name_with_what_was_expected() {
    let cases = [
        ("JUMUN_ASKS__DEADLINE", "610", "unit"),
        ("JUMUN_ASKS__DEADLIN", "1s", "did you mean `deadline`"),
        ("JUMUN_PORT", "99999", "from 0 to 65535"),
        (
            "JUMUN_SYSTEMS__FRUITSTORE__PAYMNT__PORT",
            "1",
            "did you mean `payment`",
        ),
        (
            "JUMUN_SYSTEMS__FRUITSTORE__PAYMENT__DEADLINES__CAPTUR",
            "1s",
            "capture",
        ),
        (
            "JUMUN_SYSTEMS__FRUITSTORE__ORDER__STORE",
            "oracle:",
            "sqlite:",
        ),
        ("JUMUN_BODY_LIMIT", "0", "from 1"),
        ("JUMUN_DURABILITY", "maybe", "durable"),
    ];
    for (name, value, expected) in cases {
        let err = run(&["up", "fruitstore", "--port", "0"], &[(name, value)]).failed();
        says(&err, &[name, expected]);
    }
}

#[test]
fn a_wrong_name_is_refused_with_those_that_there_are() {
    let err = run(&["up", "fruitstor"], &[]).failed();
    says(&err, &["fruitstor", "did you mean `fruitstore`"]);
    let err = run(&["serve", "fruitstore", "deliver"], &[]).failed();
    says(&err, &["did you mean `delivery`"]);
    let ran = run(&["upp"], &[]);
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
}

#[test]
fn the_file_is_overridden_by_variables_and_those_by_flags() {
    let folder = TempDir::new().unwrap();
    let toml = "data = \"from-file\"\nlog = \"info\"\n";
    fs::write(folder.path().join("jumun.toml"), toml).unwrap();
    let made = |name: &str| folder.path().join(name).exists();
    let mut command = jumun(&Setup::of("fruitstore"), folder.path());
    command
        .args(["up", "fruitstore", "--port", "0"])
        .env_remove("JUMUN_DATA");
    Process::start(&mut command).unwrap().kill();
    assert!(made("from-file"));
    command.env("JUMUN_DATA", "from-variable");
    Process::start(&mut command).unwrap().kill();
    assert!(made("from-variable"));
    command.args(["--data", "from-flag"]);
    Process::start(&mut command).unwrap().kill();
    assert!(made("from-flag"));
}

#[test]
fn what_is_answered_relaxed_outlives_a_kill_too() {
    let mut shop = Setup::of("fruitstore")
        .flag("--durability")
        .flag("relaxed")
        .shop();
    let order = shop.place();
    shop.kill();
    shop.restart();
    shop.my_page_says(order, ["주문신청", "결제승인", "배송시작"]);
}

#[test]
fn without_a_system_all_of_them_are_up() {
    let folder = TempDir::new().unwrap();
    let all =
        Process::start(jumun(&Setup::of("fruitstore"), folder.path()).args(["up", "--port", "0"]));
    let all = all.unwrap();
    let placed = all
        .send(&Request::post("/fruitstore/orders", &apples()))
        .expect(201);
    let location = format!("http://{}/fruitstore/orders/1", all.address);
    assert_eq!(placed.header("location"), Some(location.as_str()));
}

#[test]
fn each_context_also_listens_on_its_own_port_where_it_is_told_to() {
    let folder = TempDir::new().unwrap();
    let contexts = ["order", "payment", "delivery", "mypage"];
    // Somebody else may take one of them before the shop does: then others are tried.
    let (ports, _shop) = eventually("four free ports", || {
        let listeners = contexts.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = listeners.map(|listener| listener.local_addr().unwrap().port());
        let setup =
            contexts
                .iter()
                .zip(ports)
                .fold(Setup::of("fruitstore"), |setup, (context, port)| {
                    setup.set(
                        &format!("systems.fruitstore.{context}.port"),
                        &port.to_string(),
                    )
                });
        let mut command = jumun(&setup, folder.path());
        command.args(["up", "fruitstore", "--port", "0", "--context-ports"]);
        Process::start(&mut command).map(|shop| (ports, shop))
    });
    let collections = ["orders", "payments", "deliveries", "myPages"];
    for (collection, port) in collections.iter().zip(ports) {
        let at = SocketAddr::from(([127, 0, 0, 1], port));
        let mut connection = Connection::open(at).unwrap();
        let page = connection
            .send(&Request::get(&format!("/{collection}")))
            .unwrap();
        let page = page.expect(200).json();
        let href = page["_links"]["profile"]["href"].as_str().unwrap();
        assert_eq!(href, format!("http://{at}/profile/{collection}"));
        let profile = format!("/profile/{collection}");
        connection
            .send(&Request::get(&profile))
            .unwrap()
            .expect(200);
        connection
            .send(&Request::get("/actuator/health"))
            .unwrap()
            .expect(200);
        // Each knows its own only.
        let other = if *collection == "orders" {
            "/payments"
        } else {
            "/orders"
        };
        connection.send(&Request::get(other)).unwrap().expect(404);
    }
}

#[test]
fn log_lines_can_be_json_and_name_the_story() {
    let shop = Setup::of("fruitstore")
        .flag("--log-format")
        .flag("json")
        .set("log", "debug")
        .shop();
    let place = Request::post("/orders", &apples()).header("X-Correlation-Id", "kims-apples");
    shop.send(&place).expect(201);
    eventually("a line about the order", || {
        let said = shop.said();
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines().filter(|line| line.starts_with('{'));
        let mut lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let found = lines.any(|line| line["correlation"] == "kims-apples");
        if found { Ok(()) } else { Err(said) }
    });
}

#[test]
fn commands_before_the_first_start_say_what_to_do_and_make_nothing() {
    let folder = TempDir::new().unwrap();
    let cases: [&[&str]; 3] = [
        &["events", "fruitstore"],
        &["rebuild", "fruitstore", "mypage", "myPages"],
        &["dead-letters", "fruitstore"],
    ];
    for arguments in cases {
        let err =
            Ran::to_end(jumun(&Setup::of("fruitstore"), folder.path()).args(arguments)).failed();
        says(&err, &["start the system once", "--data"]);
        assert_eq!(err.lines().count(), 1, "{err}");
    }
    let mut check = jumun(&Setup::of("fruitstore"), folder.path());
    let out = Ran::to_end(check.args(["check", "-v", "--port", "0"])).fine();
    says(&out, &["can be made"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
