//! Where a context keeps what: aggregates, read models, and read models that are being rebuilt.

use storm::{AnyAggregate, AnyReadModel, Context};

/// A place in the store for records of one sort. Small numbers, so that a batch can sort by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Shelf(usize);

/// What stands on a shelf.
#[derive(Clone, Copy)]
pub(crate) enum Sort<'a> {
    Aggregate(&'a dyn AnyAggregate),
    ReadModel(&'a dyn AnyReadModel),
}

/// All shelves of a context.
pub(crate) struct Shelves<'a> {
    context: &'a Context,
    names: Vec<String>,
}

impl<'a> Shelves<'a> {
    pub(crate) fn of(context: &'a Context) -> Self {
        let aggregates = context.aggregates().iter().map(|a| a.kind().to_owned());
        let read_models = context
            .read_models()
            .iter()
            .map(|r| r.collection().to_owned());
        let aside = context.read_models().iter().map(|r| aside(r.collection()));
        Self {
            context,
            names: aggregates.chain(read_models).chain(aside).collect(),
        }
    }

    pub(crate) fn context(&self) -> &'a Context {
        self.context
    }

    pub(crate) fn name(&self, shelf: Shelf) -> &str {
        &self.names[shelf.0]
    }

    pub(crate) fn named(&self, name: &str) -> Option<Shelf> {
        self.names.iter().position(|known| known == name).map(Shelf)
    }

    pub(crate) fn aggregate(&self, kind: &str) -> Option<(Shelf, &'a dyn AnyAggregate)> {
        let index = self
            .context
            .aggregates()
            .iter()
            .position(|a| a.kind() == kind)?;
        Some((Shelf(index), self.context.aggregates()[index].as_ref()))
    }

    /// Of read model number `index`, in the order declared.
    pub(crate) fn read_model(&self, index: usize) -> Shelf {
        Shelf(self.context.aggregates().len() + index)
    }

    /// Where read model number `index` is rebuilt.
    pub(crate) fn read_model_aside(&self, index: usize) -> Shelf {
        Shelf(self.context.aggregates().len() + self.context.read_models().len() + index)
    }

    pub(crate) fn sort(&self, shelf: Shelf) -> Sort<'a> {
        let aggregates = self.context.aggregates();
        let read_models = self.context.read_models();
        match aggregates.get(shelf.0) {
            Some(aggregate) => Sort::Aggregate(aggregate.as_ref()),
            None => {
                let index = (shelf.0 - aggregates.len()) % read_models.len();
                Sort::ReadModel(read_models[index].as_ref())
            }
        }
    }
}

/// The name of the shelf on which a read model is rebuilt.
pub(crate) fn aside(collection: &str) -> String {
    format!("{collection}~")
}
