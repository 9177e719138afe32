//! Up to when everybody has been heard: what a deadline waits for.
//!
//! What meets a deadline may have been told in time, and be on its way still. So three questions are
//! asked, in this order: up to when is all that each producer told with the brokers; where do the
//! partitions end now; has the store taken in all up to there, whichever replica it was that did.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use runtime::Inlet;
use storm::store::Millis;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::Settings;
use crate::consumer::Line;
use crate::source::source;
use crate::standing::{Part, Standing};
use crate::topic::PATIENCE;
use crate::trouble::Trouble;
use crate::turning::turned;

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long the store may take to get where the partitions ended, before the producers are asked anew.
const CATCH_UP: Duration = Duration::from_secs(30);

/// The moment that a producer names.
pub type PublishedUntil<'a> = Pin<Box<dyn Future<Output = Option<Millis>> + Send + 'a>>;

/// How the other contexts of the system are asked.
pub trait Neighbours: Send + Sync {
    /// All that `producer` told up to this moment is with the brokers; `None` if it does not say. To be
    /// answered within some seconds.
    fn published_until<'a>(&'a self, producer: &'a str) -> PublishedUntil<'a>;
}

pub(crate) struct Horizon {
    pub(crate) inlet: Inlet,
    pub(crate) settings: Arc<Settings>,
    pub(crate) standing: Arc<Standing>,
    pub(crate) line: Line,
    pub(crate) neighbours: Arc<dyn Neighbours>,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Horizon {
    /// Until the bus is stopped.
    pub(crate) async fn run(mut self) {
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = self.watch() => {}
            () = turned(&mut stopping, true) => {}
        }
    }

    async fn watch(&mut self) {
        let mut wanted = self.inlet.wanted();
        let mut reached = Millis::MIN;
        let mut pause = FIRST_PAUSE;
        // Nothing is wanted before a deadline is due.
        while wanted
            .wait_for(|wanted| *wanted > reached.max(0))
            .await
            .is_ok()
        {
            match self.reach().await {
                Ok(moment) if moment > reached => {
                    reached = moment;
                    pause = FIRST_PAUSE;
                    self.inlet.heard_up_to(moment);
                    self.standing.trouble(Part::Horizon, None);
                }
                Ok(_) => {}
                Err(Trouble::Stopped) => return,
                Err(Trouble::Said(said)) => self.standing.trouble(Part::Horizon, Some(said)),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Everybody has been heard up to then.
    async fn reach(&self) -> Result<Millis, Trouble> {
        let mut moment = Millis::MAX;
        for producer in self.inlet.producers() {
            let until = self.neighbours.published_until(producer).await;
            let silent = || {
                Trouble::Said(format!(
                    "deadlines wait: `{producer}` does not say what it has published"
                ))
            };
            moment = moment.min(until.ok_or_else(silent)?);
        }
        let ends = self.ends().await?;
        let caught_up = tokio::time::timeout(CATCH_UP, self.catch_up(&ends)).await;
        caught_up.unwrap_or_else(|_| {
            Err(Trouble::Said(
                "deadlines wait: not all that is on the topic has been taken in; is a replica with some of its partitions stuck?".to_owned(),
            ))
        })?;
        Ok(moment)
    }

    /// Where the partitions end, all of them.
    async fn ends(&self) -> Result<Vec<(i32, i64)>, Trouble> {
        let not_connected = || Trouble::Said("deadlines wait: not connected to Kafka".to_owned());
        let consumer = self.line.get().ok_or_else(not_connected)?;
        let topic = self.settings.topic.clone();
        let asked = spawn_blocking(move || {
            let metadata = consumer.fetch_metadata(Some(&topic), PATIENCE)?;
            let found = metadata.topics().iter().find(|found| found.name() == topic);
            let partitions = found.map_or(&[][..], |found| found.partitions());
            let ends = partitions.iter().map(|partition| {
                let (_, end) = consumer.fetch_watermarks(&topic, partition.id(), PATIENCE)?;
                Ok((partition.id(), end))
            });
            ends.collect::<Result<Vec<_>, rdkafka::error::KafkaError>>()
        });
        let what = "deadlines wait: asking where the partitions end";
        let ends = asked
            .await
            .map_err(|error| Trouble::gave_up(what, &error))?;
        let ends = ends.map_err(|error| Trouble::of(what, &self.settings.topic, &error))?;
        if ends.is_empty() {
            return Err(Trouble::Said(
                "deadlines wait: the topic is not there".to_owned(),
            ));
        }
        Ok(ends)
    }

    /// Waits until the store has taken in all up to there.
    async fn catch_up(&self, ends: &[(i32, i64)]) -> Result<(), Trouble> {
        let mut pause = FIRST_PAUSE;
        for (partition, end) in ends {
            let source = source(&self.settings.topic, *partition);
            while self.inlet.cursor(&source).await?.unwrap_or(0) < *end {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE / 4);
            }
        }
        Ok(())
    }
}
