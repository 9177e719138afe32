//! Arrows point one way (ARCHITECTURE.md): `jumun` -> `systems`, `chassis/*`; `systems/*` ->
//! `storm`; adapters -> `storm`. And what business code must not do, it cannot even name.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where it stands"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
        .to_path_buf()
}

fn folders(of: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(of)).expect(of);
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// Where people look for how business is written: our systems, and the guide's.
fn businesses() -> Vec<PathBuf> {
    [folders("systems"), folders("examples")].concat()
}

/// The names under `[dependencies]`: what the crate itself can use. Tests may use more.
fn dependencies(of: &Path) -> BTreeSet<String> {
    let manifest = fs::read_to_string(of.join("Cargo.toml")).unwrap();
    let lines = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]");
    let lines = lines.skip(1).take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Sources without tests.
fn sources(of: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![of.join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                open.push(path);
            } else if name != "tests.rs" && path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {}", of.display());
    found
}

fn name(of: &Path) -> String {
    of.file_name().unwrap().to_string_lossy().into_owned()
}

fn only(folder: &str, allowed: &[&str]) {
    let allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
    let used = dependencies(&root().join(folder));
    let foreign: Vec<_> = used.difference(&allowed).collect();
    assert!(
        foreign.is_empty(),
        "{folder} depends on {foreign:?}, and may only on {allowed:?}"
    );
}

#[test]
fn the_words_depend_on_nothing_that_acts() {
    // Of `time` only the calendar: its clock is behind `now_utc`, which nobody here calls.
    only(
        "chassis/storm",
        &[
            "serde",
            "serde_json",
            "thiserror",
            "time",
            "unicode-normalization",
        ],
    );
}

/// Servers for tests: whoever tests may use them, and they use nobody.
#[test]
fn the_engines_depend_on_nothing() {
    only("engines", &[]);
    only("jumun/tests/story", &[]);
    for user in folders("chassis")
        .into_iter()
        .chain(businesses())
        .chain([root().join("jumun")])
    {
        assert!(
            !dependencies(&user).contains("engines"),
            "{} needs servers that are for tests",
            user.display()
        );
    }
}

#[test]
fn a_system_depends_on_the_words_alone() {
    for system in folders("systems") {
        only(
            &format!("systems/{}", name(&system)),
            &["serde", "serde_json", "storm"],
        );
    }
}

/// An example is a system and a `main` of its own; only `main` has heard of `jumun`.
#[test]
fn an_example_is_a_system_and_only_its_main_knows_jumun() {
    for example in folders("examples") {
        only(
            &format!("examples/{}", name(&example)),
            &["jumun", "serde", "serde_json", "storm"],
        );
        for (path, text) in sources(&example) {
            assert!(
                name(&path) == "main.rs" || !text.contains("jumun"),
                "{} names jumun",
                path.display()
            );
        }
    }
}

#[test]
fn the_chassis_knows_no_system_and_its_arrows_point_inward() {
    let crates = [
        "bench",
        "bus-kafka",
        "engines",
        "gateway",
        "http-api",
        "interop",
        "jumun",
        "notifiers",
        "runtime",
        "store-sql",
        "storm",
        "testkit",
        "xtask",
    ];
    let systems: Vec<String> = folders("systems")
        .iter()
        .map(|system| name(system))
        .collect();
    let ours: BTreeSet<String> = crates
        .iter()
        .map(|name| (*name).to_owned())
        .chain(systems.iter().cloned())
        .collect();
    for (folder, inward) in [
        ("storm", &[][..]),
        ("runtime", &["storm"]),
        ("store-sql", &["storm"]),
        ("bus-kafka", &["storm", "runtime"]),
        ("testkit", &["storm"]),
        ("http", &["storm", "runtime"]),
        ("gateway", &["storm", "http-api"]),
        ("notifiers", &["runtime", "http-api"]),
    ] {
        let used = dependencies(&root().join("chassis").join(folder));
        let mut outward: BTreeSet<_> = used.intersection(&ours).map(String::as_str).collect();
        outward.retain(|name| !inward.contains(name));
        assert!(outward.is_empty(), "chassis/{folder} points at {outward:?}");
    }
    for folder in folders("chassis") {
        for (path, text) in sources(&folder) {
            for system in &systems {
                assert!(
                    !text.contains(system.as_str()),
                    "{} names {system}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn business_code_has_no_clock_no_chance_no_io_and_does_not_wait() {
    let forbidden = [
        "async ",
        ".await",
        "Instant",
        "SystemTime",
        "std::env",
        "std::fs",
        "std::io",
        "std::net",
        "std::process",
        "std::sync",
        "std::thread",
        "println!",
        "eprintln!",
        "unsafe ",
        "static mut",
        "thread_local",
        "extern crate",
    ];
    for system in businesses() {
        for (path, text) in sources(&system) {
            // A `main` is no business.
            if name(&path) == "main.rs" {
                continue;
            }
            for word in forbidden {
                assert!(!text.contains(word), "{} says `{word}`", path.display());
            }
        }
    }
}

#[test]
fn a_decider_leaves_no_case_to_chance() {
    for system in businesses() {
        for (path, text) in sources(&system) {
            let deciders = text.split("fn decide(").skip(1);
            for decider in deciders {
                let body = decider.split("\n    fn ").next().unwrap_or_default();
                assert!(
                    !body.contains("\n            _ =>"),
                    "{}: a decider has `_ =>`",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn files_stay_short_and_no_folder_hides_behind_mod_rs() {
    let all = folders("chassis")
        .into_iter()
        .chain(businesses())
        .chain([root().join("jumun")]);
    for (path, text) in all.flat_map(|folder| sources(&folder)) {
        assert_ne!(name(&path), "mod.rs", "{}", path.display());
        let lines = text.lines().count();
        assert!(
            lines <= 600,
            "{} has {lines} lines; what should it be split into?",
            path.display()
        );
    }
}
