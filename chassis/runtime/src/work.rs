//! The work of one commit, and what came of it.

use storm::store::StoreError;

use crate::command::Command;
use crate::job::{Delivery, Judgement, Move};
use crate::request::{Done, Failure};

/// The jobs of one commit.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) commands: Vec<Command>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) judgements: Vec<Judgement>,
    pub(crate) moves: Vec<Move>,
    pub(crate) reserve_ids: bool,
}

impl Work {
    pub(crate) fn is_empty(&self) -> bool {
        self.commands.is_empty()
            && self.deliveries.is_empty()
            && self.judgements.is_empty()
            && self.moves.is_empty()
            && !self.reserve_ids
    }
}

/// What the units of a batch answered.
#[derive(Default)]
pub(crate) struct Answers {
    pub(crate) commands: Vec<Result<Done, Failure>>,
    pub(crate) judgements: Vec<Result<(), Failure>>,
    pub(crate) moves: Vec<Result<(), StoreError>>,
}
