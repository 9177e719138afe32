//! One context's bus.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use runtime::Running;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::consumer::{Consumer, Line, Pace};
use crate::horizon::Horizon;
use crate::lookout::Lookout;
use crate::record::Records;
use crate::relay::Relay;
use crate::replay::Past;
use crate::standing::Standing;
use crate::{BusError, BusHealth, BusMetrics, Neighbours, Settings};

/// How long an orderly stop may take.
const FAREWELL: Duration = Duration::from_secs(6);

/// One context on its system's topic.
pub struct Bus {
    standing: Arc<Standing>,
    stopping: watch::Sender<bool>,
    /// In the order in which they end: first what takes in, and last what carries away.
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Bus {
    /// Connects a context to its system's topic, on tasks of the current tokio runtime. That the
    /// brokers are away is no error: commands are taken all the same, and the bus keeps trying.
    ///
    /// # Errors
    /// [`BusError`]: the settings cannot work.
    pub fn start(
        running: &Arc<Running>,
        records: Records,
        settings: Settings,
        neighbours: Arc<dyn Neighbours>,
    ) -> Result<Self, BusError> {
        settings.security.check()?;
        check(&settings.member(), "the consumer's settings")?;
        check(&settings.producer(None), "the producer's settings")?;
        let context = running.context().name();
        let settings = Arc::new(settings);
        let standing = Standing::new(context, &settings.brokers);
        let (stopping, stop) = watch::channel(false);
        let (leads, led) = watch::channel(false);
        let line = Line::default();
        let inlet = running.inlet();
        // Who leads is settled by the first deal.
        inlet.leads(false);
        running.replays_from(Arc::new(Past::new(
            records,
            Arc::clone(&settings),
            Arc::clone(&standing),
        )));
        let consumer = Consumer {
            inlet: inlet.clone(),
            records,
            settings: Arc::clone(&settings),
            standing: Arc::clone(&standing),
            pace: Pace::of(running.context()),
            line: line.clone(),
            leads,
            stopping: stop.clone(),
        };
        let relay = Relay {
            context,
            outlet: running.outlet(),
            records,
            settings: Arc::clone(&settings),
            standing: Arc::clone(&standing),
            leads: led,
            stopping: stop.clone(),
        };
        let lookout = Lookout {
            running: Arc::clone(running),
            inlet: inlet.clone(),
            settings: Arc::clone(&settings),
            standing: Arc::clone(&standing),
            line: line.clone(),
            stopping: stop.clone(),
        };
        let horizon = Horizon {
            inlet,
            settings,
            standing: Arc::clone(&standing),
            line,
            neighbours,
            stopping: stop,
        };
        let tasks = vec![
            tokio::spawn(lookout.run()),
            tokio::spawn(horizon.run()),
            tokio::spawn(relay.run()),
            tokio::spawn(consumer.run()),
        ];
        Ok(Self {
            standing,
            stopping,
            tasks: Mutex::new(tasks),
        })
    }

    /// In good order, before the context itself is stopped: what is under way is taken in and
    /// acknowledged, cursors and offsets are saved, the group is left so that others take over at
    /// once. After some seconds it ends as it is: nothing is lost either way.
    pub async fn stop(&self) {
        self.stopping.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = async {
            for task in tasks {
                // One that panicked has ended, too.
                let _ = task.await;
            }
        };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            tracing::warn!("the brokers did not answer the farewell; the group will notice");
        }
    }

    /// How it is.
    pub fn health(&self) -> BusHealth {
        self.standing.health()
    }

    /// What it counts.
    pub fn metrics(&self) -> &BusMetrics {
        &self.standing.metrics
    }
}

impl Drop for Bus {
    /// As a crash would.
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        for task in tasks {
            task.abort();
        }
    }
}

fn check(config: &ClientConfig, what: &'static str) -> Result<(), BusError> {
    match config.create_native_config() {
        Ok(_) => Ok(()),
        Err(error) => Err(BusError::Settings {
            what,
            reason: error.to_string(),
        }),
    }
}
