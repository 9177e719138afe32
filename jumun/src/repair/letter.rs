//! Dead letters, as operators see them.

use std::fmt;
use std::str::FromStr;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;
use storm::text::{printable, printable_json};

use crate::events::utc;

/// Names one: the context that could not take it in, who told it, and its position there. That is a
/// context, or a partition of a topic, `TOPIC/NUMBER`, for what another's service told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) context: String,
    pub(super) producer: String,
    position: i64,
}

impl FromStr for Letter {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Self::of(text).with_context(|| {
            format!(
                "`{text}` names no dead letter; write it as listed, context/producer/position, e.g. delivery/payment/17"
            )
        })
    }
}

impl Letter {
    fn of(text: &str) -> Option<Self> {
        let (context, rest) = text.split_once('/')?;
        let (producer, position) = rest.rsplit_once('/')?;
        if let Some((_, partition)) = producer.split_once('/') {
            partition.parse::<u32>().ok()?;
        }
        Some(Self {
            context: context.to_owned(),
            producer: producer.to_owned(),
            position: position.parse().ok()?,
        })
    }

    /// The context that told it, if one of ours did.
    pub(super) fn told_by(&self) -> Option<&str> {
        Some(&*self.producer).filter(|producer| !producer.contains('/'))
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.context, self.producer, self.position)
    }
}

impl Letter {
    /// Below `/actuator/contexts/`.
    pub(super) fn path(&self) -> String {
        format!(
            "{}/dead-letters/{}/{}",
            self.context, self.producer, self.position
        )
    }

    pub(super) fn is(&self, parked: &Parked) -> bool {
        self.producer == parked.producer && self.position == parked.position
    }

    pub(super) fn absent(&self) -> String {
        format!(
            "there is no dead letter {self}; `jumun dead-letters SYSTEM list --all` lists what is held back"
        )
    }
}

/// An event that is held back, as `/actuator/dead-letters` tells it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parked {
    producer: String,
    position: i64,
    r#type: String,
    kind: String,
    id: i64,
    correlation: String,
    at: i64,
    attempts: u32,
    retry_at: Option<i64>,
    reason: String,
    pub(super) data: Value,
}

impl Parked {
    /// Given up on; not one that only waits behind such a one, nor one that is being retried.
    pub(super) fn is_dead(&self) -> bool {
        self.retry_at.is_none() && !self.waits()
    }

    /// Behind one of its correlation id.
    fn waits(&self) -> bool {
        self.attempts == 0
    }

    fn state(&self) -> String {
        match self.retry_at {
            Some(at) => format!("tried again at {}", utc(at)),
            None if self.waits() => "waits behind one of its correlation id".to_owned(),
            None => format!("given up on after {} attempts", self.attempts),
        }
    }

    pub(super) fn line(&self, context: &str) -> String {
        let Self {
            producer,
            position,
            r#type,
            correlation,
            reason,
            ..
        } = self;
        let why = if self.waits() {
            self.state()
        } else {
            reason.clone()
        };
        let line = format!("{context}/{producer}/{position}  {type}  {correlation}  {why}");
        printable(&line).into_owned()
    }

    pub(super) fn page(&self, context: &str) -> String {
        let data = serde_json::to_string_pretty(&self.data).unwrap_or_default();
        let data = printable_json(&data);
        format!(
            "letter       {context}/{}/{}\nevent        {}\ntold         {} about {} {}\ncorrelation  {}\nstate        {}\nreason       {}\ndata         {data}",
            printable(&self.producer),
            self.position,
            printable(&self.r#type),
            utc(self.at),
            printable(&self.kind),
            self.id,
            printable(&self.correlation),
            self.state(),
            if self.reason.is_empty() {
                "-".into()
            } else {
                printable(&self.reason)
            },
        )
    }
}
