use std::io::Write;

use super::*;

pub(super) fn systems() -> Vec<System> {
    vec![crate::toy::with_gong()]
}

/// What is wrong is one thing.
fn only(faults: &Faults) -> Wrong {
    let all: Vec<_> = faults.iter().cloned().collect();
    let [wrong] = &all[..] else {
        panic!("{faults}");
    };
    wrong.clone()
}

pub(super) fn from_file(text: &str) -> Result<Configuration, Wrong> {
    read(Some(text), &[])
}

pub(super) fn from_variables(variables: &[(&str, &str)]) -> Result<Configuration, Wrong> {
    read(None, variables)
}

pub(super) fn read(text: Option<&str>, variables: &[(&str, &str)]) -> Result<Configuration, Wrong> {
    read_all(text, variables).map_err(|faults| only(&faults))
}

fn read_all(text: Option<&str>, variables: &[(&str, &str)]) -> Result<Configuration, Faults> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.unwrap_or_default().as_bytes()).unwrap();
    let variables: Vec<_> = variables
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Configuration::read(&Sources {
        file: Some(file.path()),
        variables: &variables,
        systems: &systems(),
    })
}

/// Without the folder that the test made.
fn line_and_column(wrong: &Wrong) -> String {
    let parts: Vec<&str> = wrong.place.rsplitn(3, ':').collect();
    format!("{}:{}", parts[1], parts[0])
}

#[test]
fn every_key_can_stand_in_the_file() {
    let configuration = from_file(
        r#"
        data = "stores"
        bind = "0.0.0.0"
        trusted_proxies = "10.0.0.0/8, fd00::7"
        port = 9000
        context_ports = true
        durability = "relaxed"
        body_limit = "1MiB"
        header_timeout = "5s"
        request_timeout = "1m"
        upstream_timeout = "3s"
        upstream_wait = "7s"
        supervise = { every = "1s", timeout = "2s", failures = 5, grace = "4s" }
        admin_token = "0123456789abcdef"
        log = "info,runtime=debug"
        log_format = "json"

        [commands]
        queue = 100
        batch = 10
        retries = ["10ms", "1s"]
        answers_kept = "2h"

        [asks]
        deadline = "1s"
        at_once = 5
        wait = "100ms"
        window = "20s"
        at_least = 10
        failures = 25
        sleep = "1s"
        outage = "1m"

        [systems.teahouse.kitchen]
        store = "sqlite:"
        address = "http://kitchen-1:7081/, http://kitchen-2:7081"
        port = 7000
        retries = ["1ms"]
        deadlines = { cooling = "3s" }
        chaos = { slow = "400-620ms", refuse = true }

        [systems.teahouse.kitchen.asks.is_the_table_laid]
        deadline = "2s"
        at_least = 3

        [systems.teahouse.table.notify]
        webhook = "http://gong.example:8080/secret"
        file = "gong.jsonl"
        deadline = "2s"
        give_up = "1h"
        "#,
    )
    .unwrap();

    assert_eq!(configuration.data, Path::new("stores"));
    assert_eq!(configuration.bind.to_string(), "0.0.0.0");
    let trusted = &configuration.trusted_proxies;
    assert!(trusted.contain([10, 1, 2, 3].into()) && !trusted.contain([127, 0, 0, 1].into()));
    assert_eq!(configuration.port, Some(9_000));
    assert_eq!(configuration.context_ports, Some(true));
    assert_eq!(configuration.durability, Durability::Relaxed);
    assert_eq!(configuration.body_limit, 1 << 20);
    assert_eq!(configuration.header_timeout, Duration::from_secs(5));
    assert_eq!(configuration.request_timeout, Duration::from_secs(60));
    assert_eq!(configuration.upstream_timeout, Duration::from_secs(3));
    assert_eq!(configuration.upstream_wait, Duration::from_secs(7));
    let supervise = configuration.supervise;
    let seconds = [supervise.every, supervise.timeout, supervise.grace];
    assert_eq!(seconds, [1, 2, 4].map(Duration::from_secs));
    assert_eq!(supervise.failures, 5);
    let token = configuration.admin_token.as_ref().map(Secret::reveal);
    assert_eq!(token, Some("0123456789abcdef"));
    assert_eq!(configuration.log_format, LogFormat::Json);
    assert_eq!(configuration.commands.queue, 100);
    assert_eq!(configuration.commands.retries.len(), 2);
    assert_eq!(
        configuration.commands.answers_kept,
        Duration::from_secs(7_200)
    );
    assert_eq!(configuration.asks.failures, Some(25));
    let kitchen = configuration.of_context("teahouse", "kitchen");
    assert_eq!(
        kitchen.addresses,
        ["http://kitchen-1:7081", "http://kitchen-2:7081"]
    );
    assert_eq!(kitchen.deadlines["cooling"], Duration::from_secs(3));
    let laid = &kitchen.asks["is_the_table_laid"];
    assert_eq!(laid.deadline, Some(Duration::from_secs(2)));
    assert_eq!(laid.at_least, Some(3));
    assert_eq!(kitchen.slow.unwrap().to, Duration::from_millis(620));
    assert!(kitchen.refuse && configuration.has_chaos());
    let table = configuration.of_context("teahouse", "table").notify;
    assert_eq!(table.places(), ["gong.example:8080", "gong.jsonl"]);
    assert_eq!(table.deadline, Duration::from_secs(2));
    assert_eq!(table.give_up, Duration::from_secs(3_600));
    let notifying: Vec<_> = configuration.notifying("teahouse").collect();
    assert_eq!(notifying, [("table", &table)]);
    assert_eq!(
        configuration.of_context("teahouse", "display"),
        OfContext::default()
    );
}

pub(super) fn refused(text: &str, place: &str, message: &str) {
    let wrong = from_file(text).expect_err(text);
    assert_eq!(line_and_column(&wrong), place, "{text}: {wrong}");
    assert!(wrong.message.contains(message), "{text}: {wrong}");
}

#[test]
fn what_is_wrong_in_the_file_is_refused_with_its_place_and_what_was_expected() {
    for (text, place, message) in [
        ("prot = 1", "1:1", "unknown field `prot`"),
        ("\n\n  prot = 1", "3:3", "did you mean `port`?"),
        (
            "[asks]\ndedline = \"1s\"",
            "2:1",
            "did you mean `deadline`?",
        ),
        (
            "port = \"x\"",
            "1:8",
            "string \"x\" cannot stand here; expected a whole number from 0 to 65535",
        ),
        (
            "port = 70000",
            "1:8",
            "integer `70000` cannot stand here; expected a whole number from 0 to 65535",
        ),
        ("context_ports = 1", "1:17", "expected true or false"),
        ("dura = \"relaxed\"", "1:1", "did you mean `durability`?"),
        ("port = ", "1:8", ""),
        (
            "bind = \"everywhere\"",
            "1:8",
            "0.0.0.0 for every address of this machine",
        ),
        ("trusted_proxies = \"10.0.0.0/40\"", "1:19", "10.0.0.0/8"),
        ("trusted_proxies = [\"proxy\"]", "1:19", "10.0.0.0/8"),
        ("trusted_proxies = 7", "1:19", "127.0.0.0/8, 10.1.2.3"),
        (
            "durability = \"very\"",
            "1:14",
            "expected `durable` or `relaxed`",
        ),
        (
            "body_limit = \"64 bananas\"",
            "1:14",
            "write it as 65536, 64KiB or 1MiB",
        ),
        ("body_limit = 0", "1:1", "from 1 to 64MiB"),
        ("body_limit = \"65GiB\"", "1:1", "from 1 to 64MiB"),
        ("header_timeout = \"soon\"", "1:18", "610ms, 10s, 5m or 24h"),
        ("header_timeout = 10", "1:18", "10ms or 10s"),
        ("header_timeout = \"0s\"", "1:1", "longer than 0"),
        ("admin_token = \"short\"", "1:15", "at least 16"),
        ("log = \"=====\"", "1:1", "no log filter"),
        (
            "[commands]\nbatch = 0",
            "2:1",
            "`commands.batch` must be from 1",
        ),
        ("[asks]\nfailures = 101", "2:1", "from 1 to 100"),
        (
            "[systems.teahuose.kitchen]",
            "1:10",
            "did you mean `teahouse`?",
        ),
        (
            "[systems.teahouse.kichen]",
            "1:19",
            "there are: kitchen, table, display; did you mean `kitchen`?",
        ),
        (
            "[systems.teahouse.kitchen]\nstore = \"postgers://x\"",
            "2:9",
            "postgres://USER@HOST:5432/DATABASE",
        ),
        (
            "[systems.teahouse.kitchen]\nstore = \"sqlite:/x\"",
            "2:9",
            "`data`",
        ),
        (
            "[systems.teahouse.kitchen]\naddress = \"kitchen\"",
            "2:1",
            "http://payment:8087",
        ),
        (
            "[systems.teahouse.kitchen]\naddress = \"https://kitchen\"",
            "2:1",
            "proxy",
        ),
        (
            "[systems.teahouse.kitchen.deadlines]\ncoling = \"1s\"",
            "2:1",
            "did you mean `cooling`?",
        ),
        (
            "[systems.teahouse.table.deadlines]\ncooling = \"1s\"",
            "2:1",
            "nor any other",
        ),
        (
            "[systems.teahouse.kitchen.chaos]\nslow = \"9s-1s\"",
            "2:8",
            "ends before it begins",
        ),
    ] {
        refused(text, place, message);
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_by_its_place() {
    let text = r#"
prot = 1
body_limit = 0
bind = "localhost"

[systm]
data = "x"
port = 2

[asks]
deadline = "soon"
failures = 101

[commands]
retries = [
    "1ms",
    "never",
]
"#;
    let faults = read_all(Some(text), &[("JUMUN_PORT", "x"), ("JUMUN_DATA", "d")]).unwrap_err();
    let places: Vec<_> = faults
        .iter()
        .map(|wrong| wrong.place.rsplit(':').nth(1).map(str::to_owned))
        .collect();
    let lines = ["2", "3", "6", "11", "12", "17"].map(|line| Some(line.to_owned()));
    assert_eq!(places[..6], lines, "{faults}");
    assert_eq!(faults.iter().last().unwrap().place, "JUMUN_PORT");
    assert_eq!(faults.iter().count(), 7, "{faults}");
    let told = faults.to_string();
    assert!(told.starts_with("7 settings are wrong\n  "), "{told}");
}

#[test]
fn a_file_that_is_no_toml_is_one_fault() {
    let faults = read_all(Some("port = 1\n]["), &[]).unwrap_err();
    assert_eq!(faults.iter().count(), 1, "{faults}");
}

#[test]
fn what_is_wrong_with_how_people_are_told_is_refused_too() {
    for (text, place, message) in [
        (
            "[systems.teahouse.table.notify]\nwebhook = \"https://gong.example\"",
            "2:11",
            "proxy",
        ),
        (
            "[systems.teahouse.table.notify]\nwebhook = \"gong\"",
            "2:11",
            "http://sms.example:8080/notices",
        ),
        (
            "[systems.teahouse.table.notify]\nwebhok = \"gong\"",
            "2:1",
            "did you mean `webhook`?",
        ),
        (
            "[systems.teahouse.table.notify]\nfile = \"\"",
            "2:1",
            "`systems.teahouse.table.notify.file` is empty",
        ),
        (
            "[systems.teahouse.table.notify]\ngive_up = \"0s\"",
            "2:1",
            "longer than 0",
        ),
        (
            "[systems.teahouse.kitchen.notify]\nfile = \"x\"",
            "1:27",
            "kitchen tells people nothing; those that do are: teahouse.table",
        ),
    ] {
        refused(text, place, message);
    }
}

#[test]
fn what_is_wrong_in_a_variable_is_refused_with_its_name() {
    for (name, value, message) in [
        ("JUMUN_PROT", "1", "did you mean `port`?"),
        (
            "JUMUN_PORT",
            "many",
            "expected a whole number from 0 to 65535",
        ),
        ("JUMUN_ASKS__DEADLINE", "soon", "610ms, 10s, 5m or 24h"),
        ("JUMUN_ASKS__FAILURES", "0", "from 1 to 100"),
        ("JUMUN_UPSTREAM_WAIT", "2m", "at most 1m"),
        ("JUMUN_SUPERVISE__EVERY", "0s", "longer than 0"),
        (
            "JUMUN_SYSTEMS__TEAHOUSE__KICHEN__PORT",
            "1",
            "did you mean `kitchen`?",
        ),
        ("JUMUN_ADMIN_TOKEN", "secret", "at least 16"),
        (
            "JUMUN_SYSTEMS__TEAHOUSE__TABLE__NOTIFY__WEBHOOK",
            "https://gong.example/secret",
            "proxy",
        ),
        (
            "JUMUN_SYSTEMS__TEAHOUSE__DISPLAY__NOTIFY__FILE",
            "x",
            "those that do are: teahouse.table",
        ),
    ] {
        let wrong = from_variables(&[(name, value)]).expect_err(name);
        assert_eq!(wrong.place, name);
        assert!(wrong.message.contains(message), "{wrong}");
        assert!(
            !wrong.message.contains("gong"),
            "secrets are not shown: {wrong}"
        );
    }
}

#[test]
fn a_context_with_capitals_in_its_name_can_be_set_by_a_variable() {
    let garden = storm::Context::new("teaGarden", 7_081);
    let name = "JUMUN_SYSTEMS__TEAHOUSE__TEAGARDEN__PORT".to_owned();
    let configuration = Configuration::read(&Sources {
        file: None,
        variables: &[(name, "9".to_owned())],
        systems: &[System::new("teahouse", "tea", &[7_088]).context(garden)],
    });
    let garden = configuration.unwrap().of_context("teahouse", "teaGarden");
    assert_eq!(garden.port, Some(9));
}

#[test]
fn variables_override_the_file_key_by_key() {
    let text = "port = 1\nbind = \"127.0.0.2\"\n[asks]\ndeadline = \"1s\"\nat_once = 7";
    let variables = [
        ("JUMUN_PORT", "2"),
        ("JUMUN_ASKS__DEADLINE", "2s"),
        ("JUMUN_SYSTEMS__TEAHOUSE__KITCHEN__CHAOS__SLOW", "400-620ms"),
        ("JUMUN_COMMANDS__RETRIES", r#"["1ms", "2ms"]"#),
        ("JUMUN_SYSTEMS__TEAHOUSE__TABLE__NOTIFY__FILE", "gong.jsonl"),
        ("JUMUN_CONFIG", "is read elsewhere"),
        ("PORT", "is not ours"),
    ];
    let configuration = read(Some(text), &variables).unwrap();
    assert_eq!(configuration.port, Some(2));
    assert_eq!(configuration.bind.to_string(), "127.0.0.2");
    assert_eq!(configuration.asks.deadline, Some(Duration::from_secs(2)));
    assert_eq!(configuration.asks.at_once, Some(7));
    assert!(
        configuration
            .of_context("teahouse", "kitchen")
            .slow
            .is_some()
    );
    let table = configuration.of_context("teahouse", "table").notify;
    assert_eq!(table.places(), ["gong.jsonl"]);
    assert_eq!(
        configuration.commands.retries,
        [1, 2].map(Duration::from_millis)
    );
}

#[test]
fn text_that_looks_like_a_number_is_text_where_text_is_wanted() {
    let configuration = from_variables(&[("JUMUN_DATA", "2021")]).unwrap();
    assert_eq!(configuration.data, Path::new("2021"));
    let configuration = from_variables(&[("JUMUN_ADMIN_TOKEN", "1234567890123456")]).unwrap();
    let token = configuration.admin_token.as_ref().map(Secret::reveal);
    assert_eq!(token, Some("1234567890123456"));
}

#[test]
fn the_token_can_lie_in_a_file_of_its_own_and_is_never_printed() {
    let mut secret = tempfile::NamedTempFile::new().unwrap();
    secret.write_all(b"0123456789abcdef0123\n").unwrap();
    let path = secret.path().to_str().unwrap();
    let configuration = from_variables(&[("JUMUN_ADMIN_TOKEN_FILE", path)]).unwrap();
    let token = configuration.admin_token.as_ref().map(Secret::reveal);
    assert_eq!(token, Some("0123456789abcdef0123"));
    assert!(!format!("{configuration:?}").contains("0123456789"));

    let wrong = from_file("admin_token = \"hush hush hush hush\"").unwrap_err();
    assert!(!wrong.to_string().contains("hush"), "{wrong}");
}

#[test]
fn a_file_that_is_named_must_be_there_and_the_usual_one_need_not() {
    let missing = Configuration::read(&Sources {
        file: Some(Path::new("no-such-file.toml")),
        variables: &[],
        systems: &systems(),
    });
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("no-such-file.toml")
    );
    let usual = Configuration::read(&Sources {
        file: None,
        variables: &[],
        systems: &systems(),
    });
    assert_eq!(usual.unwrap(), Configuration::default());
}

#[test]
fn localhost_is_an_address() {
    let configuration = from_file("bind = \"localhost\"").unwrap();
    assert_eq!(configuration.bind.to_string(), "127.0.0.1");
}

#[test]
fn pauses_are_written_as_people_write_them() {
    for (text, millis, back) in [
        ("610ms", 610, "610ms"),
        ("10s", 10_000, "10s"),
        ("5m", 300_000, "5m"),
        ("90s", 90_000, "90s"),
        ("24h", 86_400_000, "1d"),
        ("0s", 0, "0s"),
    ] {
        let pause: Pause = text.parse().unwrap();
        assert_eq!(pause.0, Duration::from_millis(millis), "{text}");
        assert_eq!(pause.to_string(), back);
        assert_eq!(back.parse(), Ok(pause));
    }
    for text in [
        "",
        "s",
        "10",
        "-5s",
        "1.5s",
        "10 bananas",
        "99999999999999999999s",
        "9999999999h",
    ] {
        assert!(text.parse::<Pause>().is_err(), "{text}");
    }
}

#[test]
fn ranges_take_their_unit_from_their_end() {
    let millis = |from, to| PauseRange {
        from: Duration::from_millis(from),
        to: Duration::from_millis(to),
    };
    assert_eq!("400-620ms".parse(), Ok(millis(400, 620)));
    assert_eq!("400ms-1s".parse(), Ok(millis(400, 1_000)));
    assert_eq!("500ms".parse(), Ok(millis(500, 500)));
    assert!("620-400ms".parse::<PauseRange>().is_err());
}

#[test]
fn proxies_are_a_list_or_have_commas_between_them_and_are_this_machine_by_default() {
    let trusts = |text: &str, peer: [u8; 4]| {
        let configuration = from_file(text).unwrap();
        configuration.trusted_proxies.contain(peer.into())
    };
    for text in [
        "trusted_proxies = \"10.0.0.0/8, 192.0.2.7\"",
        "trusted_proxies = [\"10.0.0.0/8\", \"192.0.2.7\"]",
    ] {
        assert!(trusts(text, [10, 1, 2, 3]) && trusts(text, [192, 0, 2, 7]));
        assert!(!trusts(text, [127, 0, 0, 1]));
    }
    assert!(trusts("", [127, 0, 0, 1]) && !trusts("", [10, 1, 2, 3]));
    assert!(!trusts("trusted_proxies = \"\"", [127, 0, 0, 1]));
}

#[test]
fn contexts_have_ports_of_their_own_only_where_nobody_else_is_let_in_unless_it_is_said() {
    for (text, opens, bind) in [
        ("", true, "127.0.0.1"),
        ("bind = \"::1\"", true, "::1"),
        ("bind = \"0.0.0.0\"", false, "127.0.0.1"),
        ("bind = \"0.0.0.0\"\ncontext_ports = true", true, "0.0.0.0"),
        ("port = 0", false, "127.0.0.1"),
        ("context_ports = false", false, "127.0.0.1"),
    ] {
        let configuration = from_file(text).unwrap();
        assert_eq!(configuration.opens_context_ports(true), opens, "{text}");
        let listens = configuration.bind_of_contexts().to_string();
        assert_eq!(listens, bind, "{text}");
    }
}
