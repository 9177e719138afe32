use clap::{CommandFactory, Parser};

use super::*;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn nothing_said_means_up() {
    assert!(parse("jumun").unwrap().command.is_none());
}

#[test]
fn up_takes_a_system_and_its_flags_before_or_after() {
    for line in [
        "jumun up fruitstore --port 9000 --context-ports --chaos --durability relaxed --data d",
        "jumun --data d up --chaos --port 9000 --context-ports=true --durability relaxed fruitstore",
    ] {
        let cli = parse(line).unwrap();
        let Some(Command::Up {
            system, serving, ..
        }) = cli.command
        else {
            panic!("{line}");
        };
        assert_eq!(system.as_deref(), Some("fruitstore"));
        let mut configuration = Configuration::default();
        serving.override_in(&mut configuration);
        cli.common.override_in(&mut configuration);
        assert_eq!(configuration.port, Some(9_000));
        assert_eq!(configuration.context_ports, Some(true));
        assert_eq!(configuration.durability, Durability::Relaxed);
        assert_eq!(configuration.data.to_str(), Some("d"));
        assert!(serving.chaos);
    }
}

#[test]
fn what_is_not_said_overrides_nothing() {
    let mut configuration = Configuration::default();
    configuration.port = Some(1);
    let before = configuration.clone();
    Serving::default().override_in(&mut configuration);
    Common::default().override_in(&mut configuration);
    assert_eq!(configuration, before);
}

#[test]
fn dead_letters_are_listed_when_nothing_is_said() {
    let cli = parse("jumun dead-letters fruitstore").unwrap();
    assert!(matches!(
        cli.command,
        Some(Command::DeadLetters { action: None, .. })
    ));
    let cli = parse("jumun dead-letters fruitstore retry delivery/payment/17").unwrap();
    let Some(Command::DeadLetters {
        action: Some(LetterAction::Retry { letter }),
        ..
    }) = cli.command
    else {
        panic!("{cli:?}");
    };
    assert_eq!(letter, "delivery/payment/17");
}

#[test]
fn wrong_words_are_refused_with_a_suggestion() {
    let error = parse("jumun bord fruitstore").unwrap_err().to_string();
    assert!(error.contains("board"), "{error}");
    let error = parse("jumun up --prot 1").unwrap_err().to_string();
    assert!(error.contains("--port"), "{error}");
}
