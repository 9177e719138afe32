//! A system: its contexts in the order the story is told, its door and its topic.

use crate::{Context, Envelope};

/// One request that shows a system at work, for who has just started it: `POST /collection`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// One of the system's own, e.g. `orders`.
    pub collection: &'static str,
    /// JSON.
    pub body: &'static str,
}

/// A whole business system.
pub struct System {
    name: &'static str,
    topic: &'static str,
    envelope: Envelope,
    gateway_ports: &'static [u16],
    contexts: Vec<Context>,
    example: Option<Example>,
}

impl System {
    /// `topic` is the originals' Kafka topic; `gateway_ports` the ports of the one door, the usual
    /// one first.
    pub fn new(name: &'static str, topic: &'static str, gateway_ports: &'static [u16]) -> Self {
        Self {
            name,
            topic,
            envelope: Envelope::NEW,
            gateway_ports,
            contexts: Vec::new(),
            example: None,
        }
    }

    /// How its originals wrapped events; [`Envelope::NEW`] unless it is said otherwise. Every envelope
    /// is read, this one is written.
    #[must_use]
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }

    /// A request that can be made of the system as it is after its first start.
    #[must_use]
    pub fn try_this(mut self, collection: &'static str, body: &'static str) -> Self {
        self.example = Some(Example { collection, body });
        self
    }

    /// Adds a context.
    #[must_use]
    pub fn context(mut self, context: Context) -> Self {
        self.contexts.push(context);
        self
    }

    /// Its name, e.g. `teahouse`.
    pub fn name(&self) -> &'static str {
        self.name
    }
    /// Its Kafka topic.
    pub fn topic(&self) -> &'static str {
        self.topic
    }
    /// How its events are wrapped there.
    pub fn wrapped_in(&self) -> Envelope {
        self.envelope
    }
    /// The ports of its gateway.
    pub fn gateway_ports(&self) -> &'static [u16] {
        self.gateway_ports
    }
    /// What to try first.
    pub fn example(&self) -> Option<Example> {
        self.example
    }
    /// Its contexts.
    pub fn contexts(&self) -> &[Context] {
        &self.contexts
    }
    /// Its contexts, to be started.
    pub fn into_contexts(self) -> Vec<Context> {
        self.contexts
    }

    /// The names of the contexts that tell an event which `listener` listens to; `listener` itself
    /// among them if it hears itself.
    pub fn producers_for(&self, listener: &Context) -> Vec<&'static str> {
        let listens = listener.listens();
        self.contexts
            .iter()
            .filter(|context| !context.tells().is_disjoint(&listens))
            .map(Context::name)
            .collect()
    }
}
