//! A system: its contexts in the order the story is told, its door and its topic.

use crate::Context;

/// A whole business system.
pub struct System {
    name: &'static str,
    topic: &'static str,
    gateway_ports: &'static [u16],
    contexts: Vec<Context>,
}

impl System {
    /// `topic` is the originals' Kafka topic; `gateway_ports` the ports of the one door, the usual
    /// one first.
    pub fn new(name: &'static str, topic: &'static str, gateway_ports: &'static [u16]) -> Self {
        Self {
            name,
            topic,
            gateway_ports,
            contexts: Vec::new(),
        }
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
    /// The ports of its gateway.
    pub fn gateway_ports(&self) -> &'static [u16] {
        self.gateway_ports
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
