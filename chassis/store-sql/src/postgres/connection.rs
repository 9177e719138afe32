//! One connection. Statements that are asked together travel together: they are sent one behind the
//! other without waiting in between, so that a whole commit takes one way to the server and back.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;
use tokio_postgres::error::Severity;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said so, or the network.
    Said(Error),
    /// Nobody said anything for so long.
    Silence(Duration),
    /// There was nothing to talk with.
    Here(std::io::Error),
}

impl Failure {
    /// Whether the connection is of no more use.
    pub(super) fn ends_connection(&self) -> bool {
        let Self::Said(error) = self else {
            return true;
        };
        error.as_db_error().is_none_or(|said| {
            let severity = said.parsed_severity();
            matches!(severity, Some(Severity::Fatal | Severity::Panic))
        })
    }

    /// Whether a connection that lay idle may have been lost long ago, so that a new one helps.
    pub(super) fn is_stale(&self) -> bool {
        matches!(self, Self::Said(_)) && self.ends_connection()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Said(error)
    }
}

/// One statement and what goes with it.
pub(super) struct Step<'a> {
    sql: &'static str,
    with: Vec<Box<dyn ToSql + Sync + 'a>>,
}

impl<'a> Step<'a> {
    pub(super) fn new(sql: &'static str) -> Self {
        let with = Vec::new();
        Self { sql, with }
    }

    pub(super) fn with(mut self, parameter: impl ToSql + Sync + 'a) -> Self {
        self.with.push(Box::new(parameter));
        self
    }
}

pub(super) struct Connection {
    /// `None` only while it is dropped, as is `runtime`.
    client: Option<Client>,
    /// Moves the bytes, whenever somebody waits for an answer.
    driver: JoinHandle<Result<(), Error>>,
    runtime: Option<Runtime>,
    prepared: HashMap<&'static str, Statement>,
    patience: Duration,
}

impl Connection {
    /// `patience` is how long an answer may take; the server's own deadline should come before it.
    pub(super) fn open(
        config: &Config,
        tls: Option<&MakeRustlsConnect>,
        connect: Duration,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::Here)?;
        let connected = runtime.block_on(async {
            tokio::time::timeout(connect, async {
                match tls {
                    Some(tls) => {
                        let (client, driver) = config.connect(tls.clone()).await?;
                        Ok((client, tokio::spawn(driver)))
                    }
                    None => {
                        let (client, driver) = config.connect(NoTls).await?;
                        Ok((client, tokio::spawn(driver)))
                    }
                }
            })
            .await
        });
        let connected = connected.unwrap_or(Err(Failure::Silence(connect)));
        match connected {
            Ok((client, driver)) => Ok(Self {
                client: Some(client),
                driver,
                runtime: Some(runtime),
                prepared: HashMap::new(),
                patience,
            }),
            Err(failure) => {
                // Looking a name up may hang, and is not waited for.
                runtime.shutdown_background();
                Err(failure)
            }
        }
    }

    /// Whether it has ended, as far as is known.
    pub(super) fn is_closed(&self) -> bool {
        self.client.as_ref().is_none_or(Client::is_closed)
    }

    /// Sends all, and says what came back for each; or the first error.
    pub(super) fn ask(&mut self, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, Failure> {
        self.prepare(steps)?;
        let answers = self.wait(self.patience, |client, prepared| {
            together(
                steps
                    .iter()
                    .map(|step| query(client, prepared, step))
                    .collect(),
            )
        })?;
        Ok(answers.into_iter().collect::<Result<_, Error>>()?)
    }

    /// Runs statements that are not asked again.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), Failure> {
        let patience = self.patience;
        Ok(self.wait(patience, |client, _| client.batch_execute(sql))??)
    }

    /// Why it was closed, if the server said so with its last breath.
    pub(super) fn last_words(mut self) -> Option<Error> {
        let runtime = self.runtime.as_ref()?;
        let said = runtime.block_on(async {
            tokio::time::timeout(Duration::from_millis(50), &mut self.driver).await
        });
        let said = said.ok()?.ok()?.err()?;
        said.as_db_error().is_some().then_some(said)
    }

    fn prepare(&mut self, steps: &[Step<'_>]) -> Result<(), Failure> {
        let mut missing: Vec<&'static str> = steps
            .iter()
            .map(|step| step.sql)
            .filter(|sql| !self.prepared.contains_key(sql))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        let patience = self.patience;
        let prepared = self.wait(patience, |client, _| {
            let each = missing
                .iter()
                .map(|sql| -> Asked<'_, Statement> { Box::pin(client.prepare(sql)) });
            together(each.collect())
        })?;
        for (sql, statement) in missing.into_iter().zip(prepared) {
            self.prepared.insert(sql, statement?);
        }
        Ok(())
    }

    /// Waits for what `asked` asks, while the driver runs.
    fn wait<'c, F: Future>(
        &'c self,
        patience: Duration,
        asked: impl FnOnce(&'c Client, &'c HashMap<&'static str, Statement>) -> F,
    ) -> Result<F::Output, Failure> {
        let (Some(runtime), Some(client)) = (&self.runtime, &self.client) else {
            return Err(Failure::Silence(Duration::ZERO));
        };
        runtime.block_on(async {
            tokio::time::timeout(patience, asked(client, &self.prepared))
                .await
                .map_err(|_| Failure::Silence(patience))
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let closed = self.is_closed();
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        // A thread that belongs to another runtime must not wait; the server notices all the same.
        if !closed && Handle::try_current().is_err() {
            // Without its client the driver says goodbye.
            self.prepared.clear();
            self.client = None;
            let _ = runtime.block_on(async {
                tokio::time::timeout(Duration::from_millis(50), &mut self.driver).await
            });
        }
        runtime.shutdown_background();
    }
}

type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>;

fn query<'a>(
    client: &'a Client,
    prepared: &'a HashMap<&'static str, Statement>,
    step: &'a Step<'_>,
) -> Asked<'a, Vec<Row>> {
    Box::pin(async move {
        let with: Vec<&(dyn ToSql + Sync)> = step.with.iter().map(|one| &**one as _).collect();
        match prepared.get(step.sql) {
            Some(statement) => client.query(statement, &with).await,
            None => client.query(step.sql, &with).await,
        }
    })
}

/// Waits for all. Each is sent when it is first polled, so all are sent before the first answer.
async fn together<T>(mut asked: Vec<Asked<'_, T>>) -> Vec<Result<T, Error>> {
    let mut answers: Vec<Option<Result<T, Error>>> = asked.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut waiting = false;
        for (asked, answer) in asked.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                match asked.as_mut().poll(context) {
                    Poll::Ready(ready) => *answer = Some(ready),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}
