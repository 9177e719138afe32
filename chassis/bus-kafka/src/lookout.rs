//! Looks around every now and then: do the brokers answer, how far are we behind, what waits in the
//! outbox.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use runtime::{Inlet, Running};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::Settings;
use crate::consumer::Line;
use crate::source::source;
use crate::standing::Standing;
use crate::topic::PATIENCE;
use crate::trouble::is_silence;
use crate::turning::turned;

const EVERY: Duration = Duration::from_secs(1);

pub(crate) struct Lookout {
    pub(crate) running: Arc<Running>,
    pub(crate) inlet: Inlet,
    pub(crate) settings: Arc<Settings>,
    pub(crate) standing: Arc<Standing>,
    pub(crate) line: Line,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Lookout {
    /// Until the bus is stopped.
    pub(crate) async fn run(self) {
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = self.watch() => {}
            () = turned(&mut stopping, true) => {}
        }
    }

    async fn watch(&self) {
        loop {
            tokio::time::sleep(EVERY).await;
            // A store that is away shows in the context's own health.
            if let Ok(outbox) = self.running.outbox().await {
                self.standing
                    .outbox_is((outbox.head - outbox.published).max(0));
            }
            self.look().await;
        }
    }

    async fn look(&self) {
        let partitions = self.standing.partitions();
        let Some(consumer) = self.line.get() else {
            return;
        };
        let topic = self.settings.topic.clone();
        let asked = spawn_blocking(move || -> Result<_, rdkafka::error::KafkaError> {
            if partitions.is_empty() {
                consumer.fetch_metadata(Some(&topic), PATIENCE)?;
            }
            let ends = partitions.into_iter().map(|partition| {
                let (_, end) = consumer.fetch_watermarks(&topic, partition, PATIENCE)?;
                Ok((partition, end))
            });
            ends.collect::<Result<Vec<_>, _>>()
        });
        match asked.await {
            Ok(Ok(ends)) => {
                self.standing.answered();
                for (partition, end) in ends {
                    if let Some(lag) = self.standing.ends_at(partition, end) {
                        let source = source(&self.settings.topic, partition);
                        self.inlet.lag_is(&source, Some(lag));
                    }
                }
            }
            Ok(Err(error)) if is_silence(&error) => self.standing.silent(&error.to_string()),
            // A partition is on its way from one broker to another, or one of them is just leaving.
            Ok(Err(error)) => {
                let context = self.inlet.context();
                tracing::debug!(context, %error, "where partitions end is not known for now");
            }
            Err(_) => {}
        }
    }
}
