//! Tests only: a peer on the topic that is none of us. See [`Peer`].
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it stands"
)]

mod service;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub use service::Service;

/// A service as the originals are: Java, with Kafka's own client and their JSON library. What it does
/// stands in `Peer.java`, which is run from its source.
///
/// Each call starts a Java of its own, which takes some seconds.
#[derive(Debug)]
pub struct Peer {
    /// Where `ci/kafka install` has put what it needs.
    jars: PathBuf,
}

impl Peer {
    /// `None` where `ci/kafka install` has not been run; why is printed.
    ///
    /// # Panics
    /// If so although `JUMUN_ENGINES=all`.
    pub fn found() -> Option<Self> {
        let script = here().join("../kafka");
        let asked = Command::new(script).arg("jars").output();
        let why = match asked {
            Ok(said) if said.status.success() => {
                let jars = String::from_utf8_lossy(&said.stdout);
                return Some(Self {
                    jars: PathBuf::from(jars.trim()),
                });
            }
            Ok(said) => String::from_utf8_lossy(&said.stderr).trim().to_owned(),
            Err(error) => format!("ci/kafka cannot be started: {error}"),
        };
        assert!(
            std::env::var("JUMUN_ENGINES").as_deref() != Ok("all"),
            "JUMUN_ENGINES=all, and there is no peer: {why}"
        );
        eprintln!("skipped: {why}");
        None
    }

    /// Makes a topic.
    ///
    /// # Panics
    /// If it cannot.
    #[track_caller]
    pub fn create(&self, bootstrap: &str, topic: &str, partitions: u32) {
        self.run(&["create", bootstrap, topic, &partitions.to_string()], &[]);
    }

    /// Sends records to the letter, one after the other: `{"key":…,"headers":{…},"value":…}`, key and
    /// headers optional. The partition and the offset of each.
    ///
    /// # Panics
    /// If it cannot.
    #[track_caller]
    pub fn produce(&self, bootstrap: &str, topic: &str, records: &[Value]) -> Vec<(i32, i64)> {
        let places = self.run(&["produce", bootstrap, topic], records);
        let place = |line: &str| {
            let (partition, offset) = line.split_once(' ')?;
            Some((partition.parse().ok()?, offset.parse().ok()?))
        };
        let places = places.lines().map(place).collect::<Option<_>>();
        places.expect("a partition and an offset")
    }

    /// As one of `group`, takes so many records, or those that come within so many seconds: partition,
    /// offset, key, headers and value; `seen`, the headers as a service sees them; and `read`, what it
    /// makes of the value, or `fault`.
    ///
    /// # Panics
    /// If it cannot.
    #[track_caller]
    pub fn consume(
        &self,
        bootstrap: &str,
        topic: &str,
        group: &str,
        (count, seconds): (usize, u64),
    ) -> Vec<Value> {
        let (count, seconds) = (count.to_string(), seconds.to_string());
        lines(&self.run(&["consume", bootstrap, topic, group, &count, &seconds], &[]))
    }

    /// What it would make of records if it consumed them.
    ///
    /// # Panics
    /// If it cannot.
    #[track_caller]
    pub fn read(&self, records: &[Value]) -> Vec<Value> {
        lines(&self.run(&["read"], records))
    }

    /// As one of `group`, takes part in all that happens on a topic, which is made if it is not there.
    pub fn serves(&self, bootstrap: &str, topic: &str, group: &str, partitions: u32) -> Service {
        let partitions = partitions.to_string();
        Service::of(self.start(&["serve", bootstrap, topic, group, &partitions]))
    }

    fn start(&self, arguments: &[&str]) -> Child {
        Command::new("java")
            .args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
            .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
            .arg("-cp")
            .arg(self.jars.join("*"))
            .arg(here().join("Peer.java"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Java starts")
    }

    #[track_caller]
    fn run(&self, arguments: &[&str], records: &[Value]) -> String {
        let mut java = self.start(arguments);
        let mut stdin = java.stdin.take().expect("stdin is piped");
        let mut text = String::new();
        for record in records {
            text.push_str(&record.to_string());
            text.push('\n');
        }
        // Beside us, so that neither waits for the other with a full pipe.
        let fed = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        let done = java.wait_with_output().expect("Java ends");
        assert!(done.status.success(), "the peer failed at {arguments:?}");
        let fed = fed.join().expect("nobody panics here");
        fed.expect("it has read all records");
        String::from_utf8(done.stdout).expect("it writes UTF-8")
    }
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("JSON")
}
