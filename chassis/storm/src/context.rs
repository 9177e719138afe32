//! A bounded context: the list of its stickers.

use std::collections::BTreeSet;

use crate::read_model::Row;
use crate::{
    Acts, Aggregate, AnyAggregate, AnyReadModel, Event, Notification, Notifies, Policy, ReadModel,
    Resource, Tells,
};

/// A declaration that cannot work. Found when the context is started, and by `jumun check`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// Two collections have one path.
    #[error(
        "context `{context}`: two collections are called `{collection}`; give one another path"
    )]
    CollectionTwice {
        /// The context.
        context: &'static str,
        /// The path.
        collection: &'static str,
    },
    /// What should happen in the commit of an event that another context tells, or of one that
    /// nobody tells.
    #[error(
        "context `{context}`: `{what}` waits for {event_type}, which this context does not tell; only what a context tells itself can be acted on in the same commit, or be told to people"
    )]
    ForeignEvent {
        /// The context.
        context: &'static str,
        /// The policy or notification.
        what: &'static str,
        /// The event.
        event_type: &'static str,
    },
    /// Two notifications of one event could not be told apart: each event is told at most once.
    #[error(
        "context `{context}`: people are told of {event_type} twice; say all of it in one notification"
    )]
    NotifiedTwice {
        /// The context.
        context: &'static str,
        /// The event.
        event_type: &'static str,
    },
    /// A policy tells an aggregate that another context owns.
    #[error(
        "context `{context}`: policy `{policy}` tells `{kind}`, which is no aggregate of this context; a policy lives with the context that acts"
    )]
    ForeignPolicy {
        /// The context.
        context: &'static str,
        /// The policy.
        policy: &'static str,
        /// The aggregate.
        kind: &'static str,
    },
}

/// A bounded context. It owns its store; nobody else reads it.
pub struct Context {
    name: &'static str,
    port: u16,
    group: &'static str,
    aggregates: Vec<Box<dyn AnyAggregate>>,
    policies: Vec<Policy>,
    read_models: Vec<Box<dyn AnyReadModel>>,
    notifications: Vec<Notifies>,
}

impl Context {
    /// `port` is the original's own (`domains.md`). The consumer group is called as the context.
    pub fn new(name: &'static str, port: u16) -> Self {
        Self {
            name,
            port,
            group: name,
            aggregates: Vec::new(),
            policies: Vec::new(),
            read_models: Vec::new(),
            notifications: Vec::new(),
        }
    }

    /// The original's consumer group, where it is not the context's name.
    #[must_use]
    pub fn group(mut self, group: &'static str) -> Self {
        self.group = group;
        self
    }

    /// Yellow, with its blue, orange and pink.
    #[must_use]
    pub fn aggregate<A: Aggregate>(mut self, resource: Resource<A>) -> Self {
        self.aggregates.push(Box::new(resource));
        self
    }

    /// Lilac: a function `whenever_<event>_<command>`.
    #[must_use]
    pub fn policy<E, R, F>(mut self, whenever: F) -> Self
    where
        E: Event,
        R: Tells,
        F: Fn(&E) -> R + Send + Sync + 'static,
    {
        self.policies.push(Policy::new(Acts::Later, whenever));
        self
    }

    /// Lilac, between two aggregates of this context: what `whenever` says of an event that this
    /// context tells happens in the same commit as the event, or neither does. If the aggregate that
    /// is told refuses, the command that led to the event is refused.
    #[must_use]
    pub fn same_commit<E, R, F>(mut self, whenever: F) -> Self
    where
        E: Event,
        R: Tells,
        F: Fn(&E) -> R + Send + Sync + 'static,
    {
        self.policies
            .push(Policy::new(Acts::InTheSameCommit, whenever));
        self
    }

    /// What is to be told to people outside whenever this context tells an event: by SMS, by a
    /// messenger. Each is handed to the notifiers that are configured, at most once.
    #[must_use]
    pub fn notifies<E, N, F>(mut self, notification: F) -> Self
    where
        E: Event,
        N: Into<Option<Notification>>,
        F: Fn(&E) -> N + Send + Sync + 'static,
    {
        self.notifications.push(Notifies::new(notification));
        self
    }

    /// Green.
    #[must_use]
    pub fn read_model<V: Row>(mut self, read_model: ReadModel<V>) -> Self {
        self.read_models.push(Box::new(read_model));
        self
    }

    /// Its name, e.g. `order`.
    pub fn name(&self) -> &'static str {
        self.name
    }
    /// The original's port.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// The consumer group on Kafka.
    pub fn consumer_group(&self) -> &'static str {
        self.group
    }
    /// Its aggregates.
    pub fn aggregates(&self) -> &[Box<dyn AnyAggregate>] {
        &self.aggregates
    }
    /// Its policies.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }
    /// Its read models.
    pub fn read_models(&self) -> &[Box<dyn AnyReadModel>] {
        &self.read_models
    }

    /// What it tells people outside.
    pub fn notifications(&self) -> &[Notifies] {
        &self.notifications
    }

    /// The paths of its collections, in the order declared.
    pub fn collections(&self) -> Vec<&'static str> {
        let aggregates = self.aggregates.iter().map(|a| a.collection());
        let read_models = self.read_models.iter().map(|r| r.collection());
        aggregates.chain(read_models).collect()
    }

    /// Whether all that it keeps can be made again from the logs of others, because it decides
    /// nothing itself.
    pub fn is_derived(&self) -> bool {
        self.aggregates.is_empty()
    }

    /// The wire names of the events it tells.
    pub fn tells(&self) -> BTreeSet<&'static str> {
        let types = self.aggregates.iter().flat_map(|a| a.event_types());
        types.copied().collect()
    }

    /// The wire names of the events it listens to.
    pub fn listens(&self) -> BTreeSet<&'static str> {
        let later = self.policies.iter().filter(|p| p.acts == Acts::Later);
        let policies = later.map(|p| p.event_type);
        let read_models = self.read_models.iter().flat_map(|r| r.event_types());
        policies.chain(read_models).collect()
    }

    /// Whether the declaration can work.
    ///
    /// # Errors
    /// The first [`ContextError`] found.
    pub fn check(&self) -> Result<(), ContextError> {
        let mut seen = BTreeSet::new();
        for collection in self.collections() {
            if !seen.insert(collection) {
                return Err(ContextError::CollectionTwice {
                    context: self.name,
                    collection,
                });
            }
        }
        let told = self.tells();
        let at_once = self
            .policies
            .iter()
            .filter(|policy| policy.acts == Acts::InTheSameCommit)
            .map(|policy| (policy.name, policy.event_type));
        let notified = self.notifications.iter().map(|n| (n.name, n.event_type));
        if let Some((what, event_type)) = at_once
            .chain(notified)
            .find(|(_, event_type)| !told.contains(event_type))
        {
            return Err(ContextError::ForeignEvent {
                context: self.name,
                what,
                event_type,
            });
        }
        let mut notified = BTreeSet::new();
        if let Some(twice) = self
            .notifications
            .iter()
            .find(|n| !notified.insert(n.event_type))
        {
            return Err(ContextError::NotifiedTwice {
                context: self.name,
                event_type: twice.event_type,
            });
        }
        for policy in &self.policies {
            if !self.aggregates.iter().any(|a| a.kind() == policy.kind) {
                return Err(ContextError::ForeignPolicy {
                    context: self.name,
                    policy: policy.name,
                    kind: policy.kind,
                });
            }
        }
        Ok(())
    }
}
