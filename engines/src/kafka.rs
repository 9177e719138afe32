//! Apache Kafka.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::script::{Script, told};

/// One broker or several, each of which is a controller as well (`KRaft`).
///
/// Topics are not made by themselves. A topic has as many copies as there are brokers, three at most,
/// and of several copies two must be in step before a message is acknowledged.
#[derive(Debug)]
pub struct Kafka {
    bootstrap: String,
    // `None` for one that was named to us.
    script: Option<Script>,
    // `None` without TLS.
    certificates: Option<PathBuf>,
}

impl Kafka {
    /// So many brokers of one's own, which end with this value. `None` if there is no Kafka here.
    ///
    /// # Panics
    ///
    /// If there is none here although `JUMUN_ENGINES=all`.
    pub fn start(brokers: usize) -> Option<Self> {
        let (script, bootstrap) = Script::run("kafka", &[brokers.to_string()])?;
        Some(Self {
            bootstrap,
            script: Some(script),
            certificates: None,
        })
    }

    /// As [`start`](Self::start), with TLS as well.
    ///
    /// # Panics
    ///
    /// If there is none here although `JUMUN_ENGINES=all`.
    pub fn start_with_tls(brokers: usize) -> Option<Self> {
        let arguments = [brokers.to_string(), "tls".to_owned()];
        let (script, place) = Script::run("kafka", &arguments)?;
        let (bootstrap, certificates) = place.split_once(' ')?;
        Some(Self {
            bootstrap: bootstrap.to_owned(),
            script: Some(script),
            certificates: Some(certificates.into()),
        })
    }

    /// The one broker of everybody in this process. `None` if there is no Kafka here.
    ///
    /// # Panics
    ///
    /// If there is none here although `JUMUN_ENGINES=all`.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Kafka>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| match told("JUMUN_TEST_KAFKA") {
            Some(bootstrap) => Some(Self {
                bootstrap,
                script: None,
                certificates: None,
            }),
            None => Self::start(1),
        });
        shared.as_ref()
    }

    /// All brokers, `127.0.0.1:PORT[,…]`; there everybody may do all.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// All brokers, where they ask for user and password (SASL: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512, no
    /// TLS): [`GUARDED`](crate::GUARDED) may log in and is refused everything else; user `jumun` with the
    /// same password may do all.
    pub fn guarded_bootstrap(&self) -> String {
        self.further(1)
    }

    /// All brokers, where they show a certificate. Who shows them none may do all there, and so may `jumun`;
    /// [`GUARDED`](crate::GUARDED) may do nothing. Only [with TLS](Self::start_with_tls).
    pub fn tls_bootstrap(&self) -> String {
        self.further(2)
    }

    /// All brokers, where they show a certificate and ask for user and password. Only [with
    /// TLS](Self::start_with_tls).
    pub fn guarded_tls_bootstrap(&self) -> String {
        self.further(3)
    }

    /// Who signed what the brokers show, for `127.0.0.1` and no other name (PEM).
    ///
    /// # Panics
    ///
    /// [Without TLS](Self::start_with_tls).
    #[track_caller]
    pub fn authority(&self) -> PathBuf {
        self.certificate("ca.pem")
    }

    /// Somebody who signed nothing that they show (PEM).
    ///
    /// # Panics
    ///
    /// [Without TLS](Self::start_with_tls).
    #[track_caller]
    pub fn other_authority(&self) -> PathBuf {
        self.certificate("other.pem")
    }

    /// The certificate of a user, `jumun` or [`GUARDED`](crate::GUARDED), and its key (PEM).
    ///
    /// # Panics
    ///
    /// [Without TLS](Self::start_with_tls).
    #[track_caller]
    pub fn of_user(&self, user: &str) -> (PathBuf, PathBuf) {
        let file = |end| self.certificate(&format!("{user}.{end}"));
        (file("pem"), file("key"))
    }

    #[track_caller]
    fn certificate(&self, name: &str) -> PathBuf {
        let folder = self.certificates.as_deref();
        assert!(folder.is_some(), "it was started without TLS");
        folder.unwrap_or(Path::new("")).join(name)
    }

    /// All brokers, so many ports after the one where everybody may do all (`ci/kafka`).
    fn further(&self, ports: u16) -> String {
        let brokers = self.bootstrap.split(',').map(|broker| {
            let (host, port) = broker.rsplit_once(':').unwrap_or((broker, "0"));
            let port = port.parse::<u16>().unwrap_or_default();
            format!("{host}:{}", port.saturating_add(ports))
        });
        brokers.collect::<Vec<_>>().join(",")
    }

    /// SIGTERM to broker `n`, counted from 0, which hands over what it leads; returns when it is gone.
    #[track_caller]
    pub fn stop_one(&mut self, n: usize) {
        self.order("stop", n);
    }

    /// Starts broker `n` again where it was, with its data; returns when it is up.
    #[track_caller]
    pub fn start_one(&mut self, n: usize) {
        self.order("start", n);
    }

    /// SIGKILL to broker `n`; returns when it is gone.
    #[track_caller]
    pub fn kill_one(&mut self, n: usize) {
        self.order("kill", n);
    }

    /// SIGSTOP to broker `n`: its connections stay, and it does nothing.
    #[track_caller]
    pub fn pause_one(&mut self, n: usize) {
        self.order("pause", n);
    }

    /// SIGCONT to broker `n`.
    #[track_caller]
    pub fn resume_one(&mut self, n: usize) {
        self.order("resume", n);
    }

    /// SIGTERM to all brokers; returns when they are gone.
    #[track_caller]
    pub fn stop(&mut self) {
        self.order("stop", "all");
    }

    /// SIGKILL to all brokers; returns when they are gone.
    #[track_caller]
    pub fn kill(&mut self) {
        self.order("kill", "all");
    }

    /// Starts all brokers again where they were, with their data; returns when they are up.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.order("start", "all");
    }

    /// Stops all brokers in good order, and starts them again.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// SIGSTOP to all brokers: connections stay, and nobody answers.
    #[track_caller]
    pub fn pause(&mut self) {
        self.order("pause", "all");
    }

    /// SIGCONT to all brokers.
    #[track_caller]
    pub fn resume(&mut self) {
        self.order("resume", "all");
    }

    #[track_caller]
    fn order(&mut self, what: &str, which: impl std::fmt::Display) {
        let own = self.script.as_mut();
        assert!(
            own.is_some(),
            "one that was named to us is nobody's to {what}"
        );
        if let Some(script) = own {
            script.order(what, which);
        }
    }

    #[cfg(test)]
    pub(crate) fn script(&self) -> Option<&Script> {
        self.script.as_ref()
    }
}
