use std::io::Write as _;
use std::time::Duration;

use super::super::tests::{from_file, from_variables, read, refused};
use super::*;

#[test]
fn a_url_is_shown_without_its_password() {
    for (url, shown) in [
        ("sqlite:", "sqlite:"),
        ("postgres://a@b/c", "postgres://a@b/c"),
        (
            "postgres://a:p@b:1/c?tls=verify",
            "postgres://a@b:1/c?tls=verify",
        ),
        ("mysql://a:p%40@b", "mysql://a@b"),
        ("mysql://a:p@q@b", "mysql://a@b"),
    ] {
        assert_eq!(without_password(url), shown);
    }
}

fn parsed(text: &str) -> Store {
    let StoreUrl(store) = text.parse().unwrap();
    store
}

fn server_of(text: &str) -> Server {
    parsed(text).server().unwrap().clone()
}

#[test]
fn a_url_says_all_about_a_server() {
    let server = server_of(
        "postgres://jumun:s%40fe%2F%EC%B0%A8@db.example:6432/shop?tls=verify&connect=2s&statement=20s&turn=1s&readers=8",
    );
    assert_eq!(server.host, "db.example");
    assert_eq!(server.port, 6_432);
    assert_eq!(server.user, "jumun");
    assert_eq!(server.password.as_deref(), Some("s@fe/차"));
    assert_eq!(server.database, "shop");
    assert_eq!(server.tls, Tls::Verified(None));
    assert_eq!(server.connect, Duration::from_secs(2));
    assert_eq!(server.statement, Duration::from_secs(20));
    assert_eq!(server.turn, Duration::from_secs(1));
    assert_eq!(server.readers, 8);
}

#[test]
fn what_a_url_leaves_out_is_as_usual() {
    assert_eq!(parsed("sqlite:"), Store::Sqlite);
    for (text, port) in [
        ("postgres://tea@127.0.0.1", 5_432),
        ("postgresql://tea@127.0.0.1/", 5_432),
        ("mysql://tea@127.0.0.1", 3_306),
        ("mariadb://tea@127.0.0.1?tls=off", 3_306),
    ] {
        assert_eq!(
            server_of(text),
            Server::new("127.0.0.1", port, "tea"),
            "{text}"
        );
    }
    let server = server_of("mysql://tea@[::1]:3307");
    assert_eq!((server.host.as_str(), server.port), ("::1", 3_307));
    let ca = Tls::Verified(Some("/etc/ca.pem".into()));
    assert_eq!(server_of("mysql://tea@db?ca=/etc/ca.pem").tls, ca);
    assert_eq!(
        server_of("mysql://tea@db?ca=/etc/ca.pem&tls=verify").tls,
        ca
    );
}

#[test]
fn a_url_that_cannot_be_is_refused_and_never_quoted() {
    for (text, message) in [
        ("oracle://hush:hush@db", "this is no store"),
        ("hush", "this is no store"),
        ("postgres:hush@db", "begins with //"),
        ("postgres://hush", "names no user"),
        ("postgres://:hush@db", "names no user"),
        ("postgres://tea:hu%sh@db", "two digits"),
        ("postgres://tea:hush/hush@db", "names no user"),
        ("postgres://tea@12:hush@db@", "no host and port"),
        ("postgres://tea@db:hush", "no host and port"),
        ("postgres://tea@db:0", "no host and port"),
        ("postgres://tea@[hush]", "no host and port"),
        ("postgres://tea@db/hush@hush", "database's name"),
        ("mysql://tea@db?password=hush", "tls (off or verify), ca"),
        ("mysql://tea@db?tls=hush", "off or verify"),
        ("mysql://tea@db?ca=/x&tls=off", "off or verify"),
        ("mysql://tea@db?turn=0s", "`turn` of the store"),
        ("mysql://tea@db?readers=hush", "from 1 to 100"),
    ] {
        let wrong = text.parse::<StoreUrl>().expect_err(text);
        assert!(wrong.contains(message), "{text}: {wrong}");
        assert!(!wrong.contains("hush"), "{text}: {wrong}");
    }
}

#[test]
fn the_nearest_store_counts() {
    let configuration = from_file(
        r#"
        store = "postgres://tea@db/all"
        [systems.teahouse]
        store = "mysql://tea@db"
        [systems.teahouse.kitchen]
        store = "sqlite:"
        "#,
    )
    .unwrap();
    let store = |system, context| configuration.store(system, context).to_string();
    assert_eq!(store("teahouse", "kitchen"), "sqlite:");
    assert_eq!(store("teahouse", "table"), "mysql://tea@db:3306/");
    assert_eq!(store("elsewhere", "order"), "postgres://tea@db:5432/all");
    assert_eq!(
        from_file("").unwrap().store("teahouse", "table"),
        Store::Sqlite
    );
}

#[test]
fn a_password_goes_to_the_server_that_it_was_written_for_and_no_other() {
    let configuration = from_file(
        r#"
        store = "postgres://tea@db/all"
        store_password = "top"
        [systems.teahouse.kitchen]
        store = "mysql://tea@kitchen"
        [systems.teahouse.table]
        store_password = "table's own"
        "#,
    )
    .unwrap();
    let password = |context| {
        let store = configuration.store("teahouse", context);
        store.server().unwrap().password.clone()
    };
    assert_eq!(password("display").as_deref(), Some("top"));
    assert_eq!(password("kitchen"), None);
    assert_eq!(password("table").as_deref(), Some("table's own"));
}

#[test]
fn a_password_comes_from_the_file_a_variable_or_a_file_of_its_own() {
    let mut secret = tempfile::NamedTempFile::new().unwrap();
    secret.write_all(b" of its own \n").unwrap();
    let path = secret.path().to_str().unwrap();
    let text = "store = \"postgres://tea@db/x\"\nstore_password = \"in the file\"";
    let password = |variables: &[(&str, &str)]| {
        let configuration = read(Some(text), variables).unwrap();
        let store = configuration.store("teahouse", "kitchen");
        store.server().unwrap().password.clone().unwrap()
    };
    assert_eq!(password(&[]), "in the file");
    assert_eq!(password(&[("JUMUN_STORE_PASSWORD", "0x10")]), "0x10");
    assert_eq!(password(&[("JUMUN_STORE_PASSWORD", " 1_000 ")]), " 1_000 ");
    assert_eq!(
        password(&[("JUMUN_STORE_PASSWORD_FILE", path)]),
        " of its own "
    );
    let of_context = ("JUMUN_SYSTEMS__TEAHOUSE__KITCHEN__STORE_PASSWORD", "nearer");
    assert_eq!(password(&[of_context]), "nearer");
}

#[test]
fn a_store_and_its_password_that_do_not_go_together_are_refused_with_their_place() {
    for (text, place, message) in [
        (
            "store_password = \"hush\"",
            "1:1",
            "`store_password` counts for nothing",
        ),
        (
            "store = \"sqlite:\"\nstore_password = \"hush\"",
            "2:1",
            "counts for nothing",
        ),
        (
            "store = \"mysql://t@db\"\n[systems.teahouse]\nstore = \"sqlite:\"\n[systems.teahouse.table]\nstore_password = \"hush\"",
            "5:1",
            "`systems.teahouse.table.store_password` counts for nothing",
        ),
        (
            "store = \"mysql://t:hush@db\"\nstore_password = \"hush\"",
            "1:1",
            "another is beside it",
        ),
        (
            "store = \"mysql://t:hush@db\"\n[systems.teahouse]\nstore_password = \"hush\"",
            "3:1",
            "holds a password itself",
        ),
        (
            "store = \"mysql://t@db\"\nstore_password = \"hush\"\nstore_password_file = \"x\"",
            "3:1",
            "leave one of them out",
        ),
        ("store_password = \"\"", "1:1", "is empty"),
        ("store_password = 4711", "1:18", "in quotes"),
        ("store = 4711", "1:9", "this is no store"),
        (
            "[systems.teahouse]\nstore_pasword = \"hush\"",
            "2:17",
            "a system has store, store_password",
        ),
        (
            "[systems.teahouse.table]\nstore_pasword = \"hush\"",
            "2:1",
            "did you mean `store_password`?",
        ),
    ] {
        refused(text, place, message);
        let wrong = from_file(text).unwrap_err().to_string();
        assert!(
            !wrong.contains("hush") && !wrong.contains("4711"),
            "{wrong}"
        );
    }
    let wrong = from_variables(&[("JUMUN_STORE_PASSWORD", "hush")]).unwrap_err();
    assert_eq!(wrong.place, "configuration");
    let wrong = from_variables(&[("JUMUN_STORE", "postgres://t:hush@")]).unwrap_err();
    assert_eq!(wrong.place, "JUMUN_STORE");
    assert!(!wrong.to_string().contains("hush"), "{wrong}");
}

#[test]
fn no_password_is_ever_printed() {
    let configuration = from_file(
        r#"
        store = "postgres://tea:hush@db/all"
        [kafka]
        brokers = "k:9092"
        security = "sasl_plaintext"
        mechanism = "PLAIN"
        user = "tea"
        password = "hush"
        [systems.teahouse]
        store = "mysql://tea@db"
        store_password = "hush"
        "#,
    )
    .unwrap();
    let printed = format!(
        "{configuration:?} {:?} {}",
        configuration.store("teahouse", "table"),
        configuration.store("teahouse", "table"),
    );
    assert!(!printed.contains("hush"), "{printed}");
}

#[test]
fn two_contexts_in_one_mysql_database_are_refused() {
    let shared = "[systems.teahouse]\nstore = \"mysql://t@db/one\"";
    refused(
        shared,
        "1:10",
        "teahouse.kitchen and teahouse.table would share one MySQL database",
    );
    refused(
        "[systems.teahouse.kitchen]\nstore = \"mysql://a@db/one\"\n[systems.teahouse.table]\nstore = \"mysql://b@db/one\"",
        "4:1",
        "would share one MySQL database",
    );
    from_file("store = \"mysql://t@db\"").unwrap();
    from_file("store = \"postgres://t@db/one\"").unwrap();
}
