//! Loans: whether a copy left the stock for a reservation, so that it comes back once, and only if it
//! did. A loan has its reservation's number.

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Decision, Id, Resource, Tell, events};

use super::CopyTaken;
use crate::delivery::{Delivered, Returned};
use crate::reservation::Canceled;

// Commands

#[derive(Clone, Debug, PartialEq)]
pub(super) enum LoanCommand {
    /// For a copy of this book.
    Ask(Id),
    Lend,
    /// The rental of this book is over.
    End(Id),
}

// Events

/// A rental was delivered: it wants a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoanAsked {
    /// The reservation.
    pub order_id: Id,
    /// The book.
    pub product_id: Id,
}

/// It has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopyLent {
    /// The reservation.
    pub order_id: Id,
    /// The book.
    pub product_id: Id,
}

/// It is over, and will not begin again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoanEnded {
    /// The reservation.
    pub order_id: Id,
    /// The book.
    pub product_id: Id,
    /// Whether a copy had left the stock and is there again.
    pub copy_back: bool,
}

events! {
    /// What a loan can tell.
    pub enum LoanEvent { LoanAsked, CopyLent, LoanEnded }
}

// Aggregate

/// Each with its book.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Loan {
    #[default]
    New,
    /// Delivered, and there was no copy to take.
    WithoutCopy(Id),
    Lent(Id),
    Ended(Id),
}

impl Loan {
    pub(super) fn resource() -> Resource<Self> {
        Resource::at("loans", "loan", Self::shown).numbered_as("reservation")
    }
}

impl Aggregate for Loan {
    const KIND: &'static str = "loan";
    type Command = LoanCommand;
    type Event = LoanEvent;

    fn decide(&self, order_id: Id, command: LoanCommand) -> Decision<LoanEvent> {
        let ended = |product_id, copy_back| {
            Ok(vec![
                LoanEnded {
                    order_id,
                    product_id,
                    copy_back,
                }
                .into(),
            ])
        };
        match (self, command) {
            (Self::New, LoanCommand::Ask(product_id)) => Ok(vec![
                LoanAsked {
                    order_id,
                    product_id,
                }
                .into(),
            ]),
            // A redelivery; or it was over before it began.
            (Self::WithoutCopy(_) | Self::Lent(_) | Self::Ended(_), LoanCommand::Ask(_)) => {
                Ok(vec![])
            }

            (Self::WithoutCopy(book), LoanCommand::Lend) => {
                let product_id = *book;
                Ok(vec![
                    CopyLent {
                        order_id,
                        product_id,
                    }
                    .into(),
                ])
            }
            // A copy is taken for who has asked, in the same commit: nobody else is told so.
            (Self::New | Self::Lent(_) | Self::Ended(_), LoanCommand::Lend) => Ok(vec![]),

            (Self::New, LoanCommand::End(book)) => ended(book, false),
            (Self::WithoutCopy(book), LoanCommand::End(_)) => ended(*book, false),
            (Self::Lent(book), LoanCommand::End(_)) => ended(*book, true),
            (Self::Ended(_), LoanCommand::End(_)) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &LoanEvent) -> Self {
        match event {
            LoanEvent::LoanAsked(asked) => Self::WithoutCopy(asked.product_id),
            LoanEvent::CopyLent(lent) => Self::Lent(lent.product_id),
            LoanEvent::LoanEnded(ended) => Self::Ended(ended.product_id),
        }
    }
}

/// What the outside sees.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownLoan {
    product_id: Id,
    /// Copies that are out of stock for it.
    copies: i32,
    ended: bool,
}

impl Loan {
    fn shown(&self) -> Option<ShownLoan> {
        let (product_id, copies, ended) = match self {
            Self::New => return None,
            Self::WithoutCopy(book) => (*book, 0, false),
            Self::Lent(book) => (*book, 1, false),
            Self::Ended(book) => (*book, 0, true),
        };
        Some(ShownLoan {
            product_id,
            copies,
            ended,
        })
    }
}

// Policies

/// Delivered: it wants a copy.
pub(super) fn whenever_delivered_ask_for_copy(delivered: &Delivered) -> Tell<Loan> {
    let rental = delivered.rental;
    Loan::at(rental.order_id).tell(LoanCommand::Ask(rental.product_id))
}

/// In the same commit as the copy that was taken.
pub(super) fn whenever_copy_taken_lend_it(taken: &CopyTaken) -> Tell<Loan> {
    Loan::at(taken.order_id).tell(LoanCommand::Lend)
}

/// Brought back.
pub(super) fn whenever_returned_end_loan(returned: &Returned) -> Tell<Loan> {
    let rental = returned.rental;
    Loan::at(rental.order_id).tell(LoanCommand::End(rental.product_id))
}

/// Canceled, before or after it was delivered.
pub(super) fn whenever_canceled_end_loan(canceled: &Canceled) -> Tell<Loan> {
    Loan::at(canceled.id).tell(LoanCommand::End(canceled.booking.product_id))
}

#[cfg(test)]
mod tests;
