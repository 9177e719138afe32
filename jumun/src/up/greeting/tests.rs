use super::*;

fn text(configuration: &Configuration, chaos: bool) -> String {
    Greeting {
        systems: vec![Running {
            name: "fruitstore",
            contexts: vec![("order", Some(8_086)), ("payment", None)],
        }],
        gateways: &[
            "http://127.0.0.1:8088".to_owned(),
            "http://127.0.0.1:8089".to_owned(),
        ],
        configuration,
        chaos,
        example: None,
    }
    .text()
}

fn running(name: &'static str, contexts: &[&'static str]) -> Running {
    Running {
        name,
        contexts: contexts.iter().map(|name| (*name, None)).collect(),
    }
}

#[test]
fn the_greeting_says_what_runs_where_and_one_command_to_try() {
    let text = text(&Configuration::default(), false);
    assert!(text.contains("fruitstore is up"));
    assert!(text.contains("\n  gateway   http://127.0.0.1:8088  http://127.0.0.1:8089\n"));
    assert!(text.contains("order :8086  payment\n"));
    assert!(text.contains("curl"));
    assert!(
        !text.contains("chaos") && !text.contains("sign-in"),
        "{text}"
    );
}

#[test]
fn what_an_operator_should_know_is_said() {
    let mut configuration = Configuration::default();
    configuration.bind = std::net::Ipv4Addr::UNSPECIFIED.into();
    configuration.durability = Durability::Relaxed;
    let text = text(&configuration, true);
    for word in ["no sign-in", "power cut", "faults on purpose are allowed"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn the_command_to_try_finds_the_first_system_alone_or_among_others() {
    let mut greeting = Greeting {
        systems: vec![running("teahouse", &[])],
        gateways: &[],
        configuration: &Configuration::default(),
        chaos: false,
        example: Some(Example {
            collection: "kettles",
            body: r#"{"of":"Kim's"}"#,
        }),
    };
    let alone = greeting.try_this("http://door");
    assert!(alone.starts_with("curl -s http://door/kettles "), "{alone}");
    assert!(alone.ends_with(r#"-d '{"of":"Kim'\''s"}'"#), "{alone}");
    greeting.systems.push(running("coffeehouse", &[]));
    let among = greeting.try_this("http://door");
    assert!(
        among.starts_with("curl -s http://door/teahouse/kettles "),
        "{among}"
    );
}

#[test]
fn of_several_systems_it_says_where_each_is_and_tries_one_under_its_name() {
    let text = Greeting {
        systems: vec![
            running("fruitstore", &["order", "payment"]),
            running("tea", &["kitchen"]),
        ],
        gateways: &["http://127.0.0.1:8088".to_owned()],
        configuration: &Configuration::default(),
        chaos: false,
        example: None,
    }
    .text();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert!(lines[0].ends_with("fruitstore, tea are up"), "{text}");
    assert_eq!(lines[1], "gateway   http://127.0.0.1:8088");
    assert_eq!(
        lines[2],
        "http://127.0.0.1:8088/fruitstore/  order  payment"
    );
    assert_eq!(lines[3], "http://127.0.0.1:8088/tea/         kitchen");
    assert_eq!(lines[4], "data      data");
    assert!(
        text.ends_with("curl -s http://127.0.0.1:8088/fruitstore/"),
        "{text}"
    );
}

#[test]
fn who_is_told_of_what_happens_is_said_without_what_may_be_secret() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "[systems.teahouse.table.notify]\nwebhook = \"http://gong.example/secret\"\nfile = \"gong.jsonl\"";
    std::fs::write(file.path(), text).unwrap();
    let configuration = Configuration::read(&crate::configuration::Sources {
        file: Some(file.path()),
        variables: &[],
        systems: &[crate::toy::with_gong()],
    });
    let configuration = configuration.unwrap();
    let of = |system: &'static str| {
        Greeting {
            systems: vec![running(system, &[])],
            gateways: &[],
            configuration: &configuration,
            chaos: false,
            example: None,
        }
        .text()
    };
    let said = of("teahouse");
    assert!(
        said.contains("\n  notices   teahouse.table to gong.example and gong.jsonl"),
        "{said}"
    );
    assert!(!of("fruitstore").contains("notices"));
}
