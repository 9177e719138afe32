use super::*;
use crate::systems::{OURS, Systems};

fn parse(line: &str) -> Result<Cli, clap::Error> {
    let arguments = line.split_whitespace().map(OsString::from);
    super::parse(arguments, Systems::new(OURS))
}

#[test]
fn the_command_line_is_consistent() {
    command().debug_assert();
}

#[test]
fn up_is_meant_where_no_command_is_named() {
    assert!(parse("jumun").unwrap().command.is_none());
    for (line, whom) in [
        ("jumun --port 9000", None),
        ("jumun fruitstore --port 9000", Some("fruitstore")),
        ("jumun --data d --port 9000 fruitstore", Some("fruitstore")),
    ] {
        let Some(Command::Up {
            system, serving, ..
        }) = parse(line).unwrap().command
        else {
            panic!("{line}");
        };
        assert_eq!((system.as_deref(), serving.port), (whom, Some(9_000)));
    }
    let cli = parse("jumun --data d check").unwrap();
    assert!(matches!(cli.command, Some(Command::Check { .. })));
}

#[test]
fn a_system_that_is_not_named_is_asked_for_with_those_that_there_are() {
    for line in ["jumun events", "jumun serve", "jumun dead-letters"] {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let told = error.to_string();
        assert!(told.contains("one of: fruitstore, onlinestudy"), "{told}");
    }
}

/// All help texts, by the command line that shows them.
fn helps() -> Vec<(String, String)> {
    fn of(name: &str, command: &mut clap::Command, found: &mut Vec<(String, String)>) {
        found.push((name.to_owned(), command.render_long_help().to_string()));
        found.push((name.to_owned(), command.render_help().to_string()));
        for subcommand in command.get_subcommands_mut() {
            let name = format!("{name} {}", subcommand.get_name());
            of(&name, subcommand, found);
        }
    }
    let mut found = Vec::new();
    let mut command = command();
    command.build();
    of("jumun", &mut command, &mut found);
    found
}

#[test]
fn every_help_text_fits_a_terminal_of_80_columns() {
    for (name, help) in helps() {
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{name} --help: {line}");
        }
    }
}

#[test]
fn every_example_of_the_help_can_be_typed() {
    let mut tried = 0;
    for (name, help) in helps() {
        let lines = help.lines().filter(|line| line.starts_with("  jumun "));
        for line in lines {
            // What it does stands behind it, and where its output goes.
            let line = line.trim_start();
            let typed = line.split("  ").next().unwrap_or(line);
            let typed = typed.split('>').next().unwrap_or(typed);
            parse(typed).unwrap_or_else(|error| panic!("{name} --help: {typed}: {error}"));
            tried += 1;
        }
    }
    assert!(tried >= 50, "only {tried} examples were found");
}

#[test]
fn flags_that_do_nothing_for_a_command_are_not_shown() {
    let helps = helps();
    let of = |name: &str| {
        let mut texts = helps.iter().filter(|(of, _)| of == name);
        texts.next().map_or("", |(_, help)| help.as_str())
    };
    assert!(!of("jumun gateway").contains("--durability"));
    assert!(!of("jumun serve").contains("--context-ports"));
    assert!(of("jumun serve").contains("--durability"));
    assert!(of("jumun up").contains("--context-ports"));
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
