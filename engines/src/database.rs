//! The database servers.

use std::sync::OnceLock;

use crate::script::{Script, once, told};

/// User and password of the one user who needs a password, for tests of a wrong one.
pub const GUARDED: (&str, &str) = ("guarded", "right");

/// A database of one's own on a server, dropped with this value.
#[derive(Debug)]
pub struct Database {
    script: &'static str,
    url: String,
}

impl Database {
    /// With user and database, without password: `postgres://jumun@127.0.0.1:5432/t1`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that is gone has taken it along, or will.
        let _ = once(self.script, &["drop", &self.url]);
    }
}

/// Stamps out a server: both are started, asked and disturbed alike.
macro_rules! server {
    ($(#[$about:meta])* $Server:ident, $script:literal, $variable:literal) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $Server {
            url: String,
            // `None` for one that was named to us.
            script: Option<Script>,
        }

        impl $Server {
            /// A server of one's own, which ends with this value. `None` if there is none here.
            ///
            /// # Panics
            ///
            /// If there is none here although `JUMUN_ENGINES=all`.
            pub fn start() -> Option<Self> {
                Self::start_as(&[])
            }

            fn start_as(arguments: &[String]) -> Option<Self> {
                let (script, url) = Script::run($script, arguments)?;
                let script = Some(script);
                Some(Self { url, script })
            }

            /// The server of everybody in this process. `None` if there is none here.
            ///
            /// # Panics
            ///
            /// If there is none here although `JUMUN_ENGINES=all`.
            pub fn shared() -> Option<&'static Self> {
                static SHARED: OnceLock<Option<$Server>> = OnceLock::new();
                let shared = SHARED.get_or_init(|| match told($variable) {
                    Some(url) => Some(Self { url, script: None }),
                    None => Self::start(),
                });
                shared.as_ref()
            }

            /// Where it is: user `jumun`, who may do all and has no password, and a database that is there.
            pub fn url(&self) -> &str {
                &self.url
            }

            /// As [`url`](Self::url), for the user who needs a password ([`GUARDED`]).
            pub fn guarded_url(&self) -> String {
                self.url.replacen("jumun@", &format!("{}@", GUARDED.0), 1)
            }

            /// An empty database on it, so that tests do not meet.
            ///
            /// # Panics
            ///
            /// If the server does not make one.
            #[track_caller]
            pub fn database(&self) -> Database {
                let made = once($script, &["fresh", &self.url]);
                assert!(made.is_ok(), "no empty database: {made:?}");
                let url = made.unwrap_or_default();
                let script = $script;
                Database { script, url }
            }

            /// Carries out a statement with the server's own client, in the database of this URL: the
            /// rows, one a line.
            ///
            /// # Errors
            ///
            /// What the client says when it fails.
            pub fn sql(url: &str, statement: &str) -> Result<String, String> {
                once($script, &["sql", url, statement])
            }

            /// SIGKILL to the server and all its processes; returns when it is gone.
            #[track_caller]
            pub fn kill(&mut self) {
                self.order("kill");
            }

            /// The orderly stop, which does not wait for clients to leave; returns when it is gone.
            #[track_caller]
            pub fn stop(&mut self) {
                self.order("stop");
            }

            /// Starts it again where it was, with what it kept; returns when it is up.
            #[track_caller]
            pub fn start_again(&mut self) {
                self.order("start");
            }

            /// Stops it in good order, and starts it again.
            #[track_caller]
            pub fn restart(&mut self) {
                self.stop();
                self.start_again();
            }

            /// SIGSTOP: connections stay, and nobody answers, until [`resume`](Self::resume).
            #[track_caller]
            pub fn pause(&mut self) {
                self.order("pause");
            }

            /// SIGCONT.
            #[track_caller]
            pub fn resume(&mut self) {
                self.order("resume");
            }

            #[track_caller]
            fn order(&mut self, what: &str) {
                let own = self.script.as_mut();
                assert!(own.is_some(), "one that was named to us is nobody's to {what}");
                if let Some(script) = own {
                    script.order(what, 0);
                }
            }

            #[cfg(test)]
            pub(crate) fn script(&self) -> Option<&Script> {
                self.script.as_ref()
            }
        }
    };
}

server! {
    /// A PostgreSQL server.
    Postgres, "postgres", "JUMUN_TEST_POSTGRES"
}

impl Postgres {
    /// As [`start`](Self::start), with memory and log of the sizes that a server has by itself, for
    /// measuring; those of tests are smaller.
    ///
    /// # Panics
    ///
    /// If there is none here although `JUMUN_ENGINES=all`.
    pub fn start_roomy() -> Option<Self> {
        Self::start_as(&["roomy".to_owned()])
    }
}

server! {
    /// A MariaDB server.
    MariaDb, "mariadb", "JUMUN_TEST_MARIADB"
}
