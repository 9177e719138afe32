//! Orders of courses, by their `orderNo`, and the catalogue (`course.rs`) that students search.
//!
//! An order is where *canceled* and *scored* meet: a final score counts once the order has taken
//! it, and an order that was canceled takes none.

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Context, Decision, Id, Key, Refusal, Resource, ShownDate, TypedDate, events,
};

mod course;
mod course_order;

pub use course::{CourseChanged, CourseRegistered, CourseRemoved};
pub use course_order::{Canceled, CourseOrder, RegisterEvaluation, Score};

/// Orders, at `/orderManagements`, and courses, at `/courses`.
pub fn context() -> Context {
    Context::new("orderManagement", 8081)
        .aggregate(
            Resource::at("orderManagements", "orderManagement", Order::shown)
                .found_by("orderNo")
                .create(|order: CourseOrder<TypedDate>| order.checked().map(OrderCommand::Place))
                .remove(|_| Ok(OrderCommand::Cancel))
                .act_by_key("registerEvaluation", |evaluation: RegisterEvaluation| {
                    evaluation.checked().map(OrderCommand::Register)
                }),
        )
        .aggregate(course::catalogue())
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum OrderCommand {
    Place(CourseOrder),
    Cancel,
    Register(RegisterEvaluation),
}

// Events

/// A student has ordered a course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourseOrdered {
    /// The order.
    pub id: Id,
    /// What, for whom, and when.
    #[serde(flatten)]
    pub order: CourseOrder,
    /// None yet.
    pub score: Option<Score>,
    /// 강좌주문
    #[serde(skip_deserializing, default = "OrderStatus::ordered")]
    pub status: OrderStatus,
}

/// The order does not stand any more, and never will again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourseOrderCanceled {
    /// The order.
    pub id: Id,
    /// Whose.
    #[serde(flatten)]
    pub canceled: Canceled,
    /// 강좌주문취소
    #[serde(skip_deserializing, default = "OrderStatus::canceled")]
    pub status: OrderStatus,
}

/// The order has taken its final score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRegistered {
    /// The order.
    pub id: Id,
    /// The final score.
    #[serde(flatten)]
    pub evaluation: RegisterEvaluation,
}

events! {
    /// What an order can tell.
    pub enum OrderEvent { CourseOrdered, CourseOrderCanceled, EvaluationRegistered }
}

/// `status` of the events. It says what their names say: others' words for it are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderStatus {
    /// Ordered.
    #[serde(rename = "강좌주문")]
    Ordered,
    /// Canceled.
    #[serde(rename = "강좌주문취소")]
    Canceled,
}

impl OrderStatus {
    fn ordered() -> Self {
        Self::Ordered
    }

    fn canceled() -> Self {
        Self::Canceled
    }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Order {
    #[default]
    New,
    Ordered(CourseOrder),
    Scored(CourseOrder, Score),
    Canceled(CourseOrder),
}

impl Aggregate for Order {
    const KIND: &'static str = "orderManagement";
    type Command = OrderCommand;
    type Event = OrderEvent;

    fn decide(&self, id: Id, command: OrderCommand) -> Decision<OrderEvent> {
        match (self, command) {
            (Self::New, OrderCommand::Place(order)) => Ok(vec![order.ordered(id).into()]),
            (Self::Ordered(known) | Self::Scored(known, _), OrderCommand::Place(order)) => {
                known.same_as(&order)
            }
            (Self::Canceled(_), OrderCommand::Place(_) | OrderCommand::Register(_)) => {
                Err(canceled())
            }

            (Self::Ordered(order) | Self::Scored(order, _), OrderCommand::Cancel) => {
                Ok(vec![order.canceled(id).into()])
            }
            (Self::Canceled(_), OrderCommand::Cancel) => Ok(vec![]),

            (Self::Ordered(_), OrderCommand::Register(evaluation)) => {
                Ok(vec![EvaluationRegistered { id, evaluation }.into()])
            }
            (Self::Scored(_, score), OrderCommand::Register(evaluation)) => {
                score.same_as(&evaluation.score)
            }

            (Self::New, OrderCommand::Cancel | OrderCommand::Register(_)) => Err(Refusal::not_yet(
                "order-unknown",
                "There is no such order yet.",
            )
            .ko("아직 그런 주문이 없습니다.")),
        }
    }

    fn evolve(self, event: &OrderEvent) -> Self {
        match (self, event) {
            (_, OrderEvent::CourseOrdered(ordered)) => Self::Ordered(ordered.order.clone()),
            (Self::Ordered(order) | Self::Scored(order, _), OrderEvent::CourseOrderCanceled(_)) => {
                Self::Canceled(order)
            }
            (
                Self::Ordered(order) | Self::Scored(order, _),
                OrderEvent::EvaluationRegistered(registered),
            ) => Self::Scored(order, registered.evaluation.score.clone()),
            (
                state @ (Self::New | Self::Canceled(_)),
                OrderEvent::CourseOrderCanceled(_) | OrderEvent::EvaluationRegistered(_),
            ) => state,
        }
    }

    fn keys(&self) -> Vec<Key> {
        match self {
            Self::New => vec![],
            // A canceled order keeps its number.
            Self::Ordered(order) | Self::Scored(order, _) | Self::Canceled(order) => {
                vec![Key::unique("orderNo", &order.order_no)]
            }
        }
    }

    fn identity(command: &OrderCommand) -> Option<Key> {
        match command {
            OrderCommand::Place(order) => Some(Key::unique("orderNo", &order.order_no)),
            OrderCommand::Register(evaluation) => {
                Some(Key::unique("orderNo", &evaluation.order_no))
            }
            OrderCommand::Cancel => None,
        }
    }
}

fn canceled() -> Refusal {
    Refusal::conflict(
        "order-canceled",
        "The order with this `orderNo` has been canceled. Order again with another number.",
    )
    .ko("이미 취소된 주문번호입니다. 새 주문번호로 다시 주문해 주세요.")
}

/// What the outside sees. The originals had no status: what is canceled cannot be seen.
#[derive(Serialize)]
struct ShownOrder {
    #[serde(flatten)]
    order: CourseOrder<ShownDate>,
    score: Option<Score>,
}

impl Order {
    fn shown(&self) -> Option<ShownOrder> {
        let (order, score) = match self {
            Self::New | Self::Canceled(_) => return None,
            Self::Ordered(order) => (order, None),
            Self::Scored(order, score) => (order, Some(score.clone())),
        };
        let order = order.shown();
        Some(ShownOrder { order, score })
    }
}

#[cfg(test)]
mod tests;
