//! Command lines as they stand in the seeds, but for the host.
//!
//! Where `http` (httpie) or `siege` is installed, the program itself is run; where it is not, the
//! same requests are sent by hand, and the test says so.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{Door, Ran};
use crate::wire::{Answer, Request};

/// What a siege came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Siege {
    pub(crate) successful: u64,
    pub(crate) failed: u64,
}

/// The seeds' hundred users for ninety seconds are a load test; here it is ten, each three times.
const USERS: [&str; 2] = ["-c10", "-r3"];
const REQUESTS: u64 = 30;

impl Door {
    /// Types an `http` line: `http POST order:8080/orders qty=20 item="사과" #Success`.
    #[track_caller]
    pub(crate) fn types(&self, line: &str) -> Answer {
        let line = Line::of(line);
        if !installed("http") {
            return self.send(&line.request());
        }
        let settings = TempDir::new().expect("a folder");
        let mut command = Command::new("http");
        command
            .args(["--ignore-stdin", "--print=hb", "--pretty=none"])
            .args([&line.method, &self.url(&line.path)])
            .args(&line.items)
            .env("HTTPIE_CONFIG_DIR", settings.path())
            .env("NO_PROXY", "*")
            .env("PYTHONUTF8", "1");
        Answer::printed(&Ran::to_end(&mut command).fine())
    }

    /// Types a `siege` line: `siege -c100 -t90S 'http://order:8080/orders POST {"qty": 1}'`, with
    /// other numbers.
    #[track_caller]
    pub(crate) fn sieges(&self, line: &str) -> Siege {
        let what = Line::words(line)
            .into_iter()
            .find(|word| word.starts_with("http://"));
        let what = what.unwrap_or_else(|| panic!("no address: {line}"));
        let mut parts = what.splitn(3, ' ');
        let path = path_of(parts.next().unwrap_or_default());
        let (method, body) = (parts.next(), parts.next());
        if !installed("siege") {
            let request = Request::new(method.unwrap_or("GET"), &path);
            let request = match body {
                Some(body) => request.body("application/json", body),
                None => request,
            };
            return self.sieged_by_hand(&request);
        }
        let with: Vec<&str> = method.into_iter().chain(body).collect();
        let settings = TempDir::new().expect("a folder");
        let mut command = Command::new("siege");
        command
            .args(["-b", "-q", "-j"])
            .args(USERS)
            .args(["--content-type", "application/json"])
            .arg(format!("{} {}", self.url(&path), with.join(" ")).trim())
            .env("HOME", settings.path());
        let out = Ran::to_end(&mut command).fine();
        let stats = out.find('{').map(|at| serde_json::from_str(&out[at..]));
        let Some(Ok(stats)) = stats else {
            panic!("no statistics: {out}");
        };
        let stats: Value = stats;
        let count = |name: &str| stats[name].as_u64().expect("a count");
        Siege {
            successful: count("successful_transactions"),
            failed: count("failed_transactions"),
        }
    }

    fn sieged_by_hand(&self, request: &Request) -> Siege {
        let mut siege = Siege::default();
        for _ in 0..REQUESTS {
            if self.send(request).status < 400 {
                siege.successful += 1;
            } else {
                siege.failed += 1;
            }
        }
        siege
    }
}

/// An `http` line.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    method: String,
    path: String,
    /// `name=text` and `name:=json`.
    items: Vec<String>,
}

impl Line {
    #[track_caller]
    fn of(line: &str) -> Self {
        let mut words = Self::words(line).into_iter().peekable();
        let program = words.next();
        assert_eq!(program.as_deref(), Some("http"), "{line}");
        let said = words.next_if(|word| word.chars().all(|letter| letter.is_ascii_uppercase()));
        let path = path_of(&words.next().expect("an address"));
        let items: Vec<String> = words.collect();
        // As httpie guesses it.
        let guessed = if items.is_empty() { "GET" } else { "POST" };
        Self {
            method: said.unwrap_or_else(|| guessed.to_owned()),
            path,
            items,
        }
    }

    /// The words as a shell makes them, without a prompt and without a comment.
    fn words(line: &str) -> Vec<String> {
        let line = line.trim_start().trim_start_matches("$ ");
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        for letter in line.chars() {
            match (quote, letter) {
                (Some(open), _) if letter == open => quote = None,
                (None, '"' | '\'') => {
                    quote = Some(letter);
                    word.get_or_insert_default();
                }
                (None, '#') if word.is_none() => break,
                (None, ' ' | '\t' | '\n') => words.extend(word.take()),
                _ => word.get_or_insert_default().push(letter),
            }
        }
        words.extend(word);
        words
    }

    /// What httpie makes of it, to the byte.
    fn request(&self) -> Request {
        let request = Request::new(&self.method, &self.path);
        if self.items.is_empty() {
            return request;
        }
        let members: Vec<String> = self.items.iter().map(|item| member(item)).collect();
        request
            .header("Accept", "application/json, */*;q=0.5")
            .body("application/json", format!("{{{}}}", members.join(", ")))
    }
}

fn member(item: &str) -> String {
    let (name, value) = item.split_once('=').expect("name=value");
    match name.strip_suffix(':') {
        Some(name) => format!("{}: {value}", Value::from(name)),
        None => format!("{}: {}", Value::from(name), Value::from(value)),
    }
}

/// `http://order:8080/orders` and `order:8080/orders` are `/orders`.
#[track_caller]
fn path_of(address: &str) -> String {
    let bare = address.strip_prefix("http://").unwrap_or(address);
    let slash = bare.find('/').unwrap_or(bare.len());
    bare[slash..].to_owned()
}

fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("{program} is not installed: its requests are sent by hand");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_a_shell_and_httpie_read_it() {
        let posted =
            Line::of(r#"$ http order:8080/orders  item=TV#1 qty:=2 at="경기도 성남시" #Fail"#);
        assert_eq!(posted.method, "POST");
        assert_eq!(posted.path, "/orders");
        assert_eq!(posted.items, ["item=TV#1", "qty:=2", "at=경기도 성남시"]);
        let body = r#"{"item": "TV#1", "qty": 2, "at": "경기도 성남시"}"#;
        let written = String::from_utf8(posted.request().written("shop")).unwrap();
        assert!(written.ends_with(body), "{written}");
        let seen = Line::of("http http://localhost:8082/deliveries/1");
        assert_eq!((&*seen.method, &*seen.path), ("GET", "/deliveries/1"));
        let patched = Line::of("http PATCH localhost:8083/biddingExaminations/1 noticeNo=n01");
        assert_eq!(patched.method, "PATCH");
    }
}
