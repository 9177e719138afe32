//! The documents hold together: every link leads somewhere, every decision is listed, and the README
//! stays short enough to be read.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where it stands"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of README.md at most: what a visitor reads before the first command.
const README_LINES: usize = 200;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
}

/// All files below the root with one of these endings, leaving out what a build or git keeps.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", ".git", "data"].contains(&name.as_str()) {
                    open.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Text outside of fenced code.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// The targets of `[text](target)`.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let mut rest = prose.as_str();
    let mut found = Vec::new();
    while let Some((_, after)) = rest.split_once("](") {
        let Some((target, after)) = after.split_once(')') else {
            break;
        };
        found.push(target.to_owned());
        rest = after;
    }
    found
}

/// A heading's anchor, as GitHub makes it: lower case, spaces as hyphens, punctuation left out.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings = prose.lines().filter_map(|line| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.trim().to_lowercase())
    });
    headings
        .map(|title| {
            let kept = title.chars().filter_map(|c| match c {
                ' ' => Some('-'),
                c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
                _ => None,
            });
            kept.collect()
        })
        .collect()
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut broken = Vec::new();
    let mut seen = 0;
    for file in files(&[".md"]) {
        let text = fs::read_to_string(&file).unwrap();
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                file.clone()
            } else {
                file.parent().unwrap().join(path)
            };
            let is_there = target.exists()
                && (anchor.is_empty()
                    || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor));
            if !is_there {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "links that lead nowhere:\n{}",
        broken.join("\n")
    );
    assert!(
        seen > 100,
        "only {seen} links were found; are they looked for?"
    );
}

/// Whether a word of a comment is the path of one of our documents.
fn names_document(word: &str) -> bool {
    let path = Path::new(word);
    path.starts_with("docs") && path.extension().is_some_and(|it| it == "md")
}

#[test]
fn every_document_that_a_comment_names_is_there() {
    let mut missing = Vec::new();
    for file in files(&[".rs", ".toml", ".sql", ".yaml", "Dockerfile", "run"]) {
        if file.ends_with("xtask/tests/documents.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "/._-".contains(c)));
        for word in words {
            let word = word.trim_end_matches('.');
            if names_document(word) && !root().join(word).exists() {
                missing.push(format!("{}: {word}", file.display()));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "documents that are not there:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_decision_is_listed_once() {
    let folder = root().join("docs/decisions");
    let mut listed = links(&fs::read_to_string(folder.join("README.md")).unwrap());
    listed.sort();
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    pages.sort();
    assert_eq!(listed, pages);
}

#[test]
fn the_readme_is_short_enough_to_be_read() {
    let lines = fs::read_to_string(root().join("README.md"))
        .unwrap()
        .lines()
        .count();
    assert!(
        lines <= README_LINES,
        "README.md has {lines} lines, the limit is {README_LINES}"
    );
}
