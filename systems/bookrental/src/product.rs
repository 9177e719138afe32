//! Products: how many copies of each book are in stock. A copy leaves when its rental is delivered and
//! is there again when it is brought back or canceled, once; the [`loan`] knows whether it ever left
//! (I5).

pub mod loan;

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Context, Decision, Id, Key, Refusal, Resource, Tell, events};

use loan::{Loan, LoanAsked, LoanEnded};

/// Products, at `/products`, and what was lent of them, at `/loans`.
pub fn context() -> Context {
    Context::new("product", 8083)
        .aggregate(
            Resource::at("products", "product", Product::shown)
                .create(|form: ArrivalForm| form.checked())
                .change(|form: CountForm| form.checked()),
        )
        .aggregate(Loan::resource())
        .policy(loan::whenever_delivered_ask_for_copy)
        .policy(loan::whenever_returned_end_loan)
        .policy(loan::whenever_canceled_end_loan)
        .same_commit(whenever_loan_asked_take_copy)
        .same_commit(loan::whenever_copy_taken_lend_it)
        .same_commit(whenever_loan_ended_put_copy_back)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum ProductCommand {
    /// So many copies of a book; of this one, if the librarian named it and it is there.
    Receive {
        named: Option<Id>,
        copies: i32,
    },
    Count(i32),
    /// For this reservation.
    TakeCopy(Id),
    PutCopyBack(Id),
}

/// What the librarian sends when books arrive. As in the seed's command line, an `id` that is there
/// means that book; any other is not taken over.
#[derive(Deserialize)]
struct ArrivalForm {
    #[serde(default)]
    id: Option<Id>,
    stock: i32,
}

/// What the librarian has counted.
#[derive(Deserialize)]
struct CountForm {
    stock: i32,
}

impl ArrivalForm {
    fn checked(self) -> Result<ProductCommand, Refusal> {
        field("stock", "입고 수량").at_least(self.stock, 1, "no-copies")?;
        Ok(ProductCommand::Receive {
            named: self.id,
            copies: self.stock,
        })
    }
}

impl CountForm {
    fn checked(self) -> Result<ProductCommand, Refusal> {
        field("stock", "재고").at_least(self.stock, 0, "stock-negative")?;
        Ok(ProductCommand::Count(self.stock))
    }
}

// Events

/// Copies of a book have arrived: of a new one, or more of one that there was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockReceived {
    /// The book.
    pub id: Id,
    /// How many have arrived.
    pub copies: i32,
    /// How many there are now.
    pub stock: i32,
}

/// The librarian has counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCounted {
    /// The book.
    pub id: Id,
    /// How many there are.
    pub stock: i32,
}

/// A copy has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopyTaken {
    /// The book.
    pub id: Id,
    /// How many there are now.
    pub stock: i32,
    /// The reservation that it left for.
    pub order_id: Id,
}

/// A copy is there again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopyPutBack {
    /// The book.
    pub id: Id,
    /// How many there are now.
    pub stock: i32,
    /// The reservation that it had left for.
    pub order_id: Id,
}

/// A book was delivered of which there is no copy in the books: nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockShort {
    /// The book, or the number of one that there is not.
    pub id: Id,
    /// The reservation.
    pub order_id: Id,
}

events! {
    /// What a product can tell.
    pub enum ProductEvent { StockReceived, StockCounted, CopyTaken, CopyPutBack, StockShort }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Product {
    #[default]
    Unknown,
    Kept {
        stock: i32,
    },
}

impl Aggregate for Product {
    const KIND: &'static str = "product";
    type Command = ProductCommand;
    type Event = ProductEvent;

    fn decide(&self, id: Id, command: ProductCommand) -> Decision<ProductEvent> {
        match (self, command) {
            (Self::Unknown, ProductCommand::Receive { copies, .. }) => {
                let stock = copies;
                Ok(vec![StockReceived { id, copies, stock }.into()])
            }
            (Self::Kept { stock }, ProductCommand::Receive { copies, .. }) => {
                let stock = stock.checked_add(copies).ok_or_else(|| too_many(copies))?;
                Ok(vec![StockReceived { id, copies, stock }.into()])
            }

            (Self::Kept { stock }, ProductCommand::Count(counted)) if *stock == counted => {
                Ok(vec![])
            }
            (Self::Kept { .. }, ProductCommand::Count(stock)) => {
                Ok(vec![StockCounted { id, stock }.into()])
            }
            (Self::Unknown, ProductCommand::Count(_)) => Err(Refusal::not_yet(
                "product-unknown",
                "There is no such book.",
            )
            .ko("그런 책이 없습니다.")),

            (Self::Unknown | Self::Kept { stock: ..=0 }, ProductCommand::TakeCopy(order_id)) => {
                Ok(vec![StockShort { id, order_id }.into()])
            }
            (Self::Kept { stock }, ProductCommand::TakeCopy(order_id)) => {
                let stock = stock - 1;
                Ok(vec![
                    CopyTaken {
                        id,
                        stock,
                        order_id,
                    }
                    .into(),
                ])
            }

            (Self::Kept { stock }, ProductCommand::PutCopyBack(order_id)) => {
                // A library of two billion copies has no place for one more.
                let stock = stock.saturating_add(1);
                Ok(vec![
                    CopyPutBack {
                        id,
                        stock,
                        order_id,
                    }
                    .into(),
                ])
            }
            // Only what was taken is put back, and books do not cease to be.
            (Self::Unknown, ProductCommand::PutCopyBack(_)) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &ProductEvent) -> Self {
        match event {
            ProductEvent::StockReceived(StockReceived { stock, .. })
            | ProductEvent::StockCounted(StockCounted { stock, .. })
            | ProductEvent::CopyTaken(CopyTaken { stock, .. })
            | ProductEvent::CopyPutBack(CopyPutBack { stock, .. }) => Self::Kept { stock: *stock },
            ProductEvent::StockShort(_) => self,
        }
    }

    fn identity(command: &ProductCommand) -> Option<Key> {
        match command {
            ProductCommand::Receive { named, .. } => named.map(Key::number),
            ProductCommand::Count(_)
            | ProductCommand::TakeCopy(_)
            | ProductCommand::PutCopyBack(_) => None,
        }
    }
}

fn too_many(copies: i32) -> Refusal {
    let reason = format!("`stock`: {copies} more copies are more than can be counted.");
    Refusal::invalid("stock", "stock-too-large", reason).ko("재고로 셀 수 있는 수량을 넘습니다.")
}

/// What the outside sees.
#[derive(Serialize)]
struct ShownProduct {
    stock: i32,
}

impl Product {
    fn shown(&self) -> Option<ShownProduct> {
        match self {
            Self::Unknown => None,
            Self::Kept { stock } => Some(ShownProduct { stock: *stock }),
        }
    }
}

// Policies

/// In the same commit as the loan that wants it.
fn whenever_loan_asked_take_copy(asked: &LoanAsked) -> Tell<Product> {
    Product::at(asked.product_id).tell(ProductCommand::TakeCopy(asked.order_id))
}

/// In the same commit as the loan that had it.
fn whenever_loan_ended_put_copy_back(ended: &LoanEnded) -> Option<Tell<Product>> {
    let back = || ProductCommand::PutCopyBack(ended.order_id);
    ended
        .copy_back
        .then(|| Product::at(ended.product_id).tell(back()))
}

#[cfg(test)]
mod tests;
