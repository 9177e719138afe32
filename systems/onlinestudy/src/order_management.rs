//! Orders of courses, by their `orderNo`, and the catalogue (`course.rs`) that students search.
//!
//! An order is where *canceled* and *scored* meet: a final score counts once the order has taken
//! it, and an order that was canceled takes none.

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Context, Date, Decision, Id, Key, Refusal, Resource, ShownDate, events};

use crate::forms::filled;

mod course;

pub use course::{CourseChanged, CourseRegistered, CourseRemoved};

/// Orders, at `/orderManagements`, and courses, at `/courses`.
pub fn context() -> Context {
    Context::new("orderManagement", 8081)
        .aggregate(
            Resource::at("orderManagements", "orderManagement", Order::shown)
                .found_by("orderNo")
                .create(|order: CourseOrder| order.checked().map(OrderCommand::Place))
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

/// What a student sends, and what an order is. `D` is a [`Date`] inside and in events, and a
/// [`ShownDate`] where it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CourseOrder<D = Date> {
    /// The student's own number for it: one order has it, for ever.
    pub order_no: String,
    /// The course; it need not be in the catalogue.
    pub course_no: String,
    /// Where SMS go to; without it none are sent.
    pub phonenum: Option<String>,
    /// The day of the order.
    pub orderdate: Option<D>,
    /// The first day of the course.
    pub begindate: Option<D>,
    /// The last day of the course.
    pub enddate: Option<D>,
}

/// The question that the evaluation asks: take this final score. Idempotent by `orderNo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterEvaluation {
    /// The order.
    pub order_no: String,
    /// The final score.
    pub score: Score,
}

/// A score as it was given, e.g. `90` or `A+`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(pub String);

const LONGEST_NUMBER: usize = 100;
const LONGEST_PHONE: usize = 20;
const LONGEST_SCORE: usize = 20;

impl CourseOrder {
    fn checked(self) -> Result<Self, Refusal> {
        let phone = self.phonenum.as_deref().unwrap_or_default();
        filled(
            field("orderNo", "주문번호"),
            self.order_no.as_str(),
            LONGEST_NUMBER,
        )?;
        filled(
            field("courseNo", "강좌번호"),
            self.course_no.as_str(),
            LONGEST_NUMBER,
        )?;
        let dialed = |c: char| c.is_ascii_digit() || "+-() ".contains(c);
        if phone.len() > LONGEST_PHONE || !phone.chars().all(dialed) {
            let reason = "`phonenum` must be a phone number, such as 010-1111-1111.";
            return Err(Refusal::invalid("phonenum", "phonenum-invalid", reason)
                .ko("전화번호를 다시 확인해 주세요."));
        }
        if let (Some(begin), Some(end)) = (self.begindate, self.enddate)
            && end < begin
        {
            let reason = "`enddate` must not be before `begindate`.";
            return Err(Refusal::invalid("enddate", "dates-reversed", reason)
                .ko("종료일은 시작일보다 빠를 수 없습니다."));
        }
        Ok(self)
    }

    /// As it is shown.
    pub fn shown(&self) -> CourseOrder<ShownDate> {
        let order = self.clone();
        CourseOrder {
            order_no: order.order_no,
            course_no: order.course_no,
            phonenum: order.phonenum,
            orderdate: order.orderdate.map(ShownDate),
            begindate: order.begindate.map(ShownDate),
            enddate: order.enddate.map(ShownDate),
        }
    }
}

impl RegisterEvaluation {
    fn checked(self) -> Result<Self, Refusal> {
        let score = self.score.checked()?;
        Ok(Self { score, ..self })
    }
}

impl Score {
    /// Neither empty nor too long.
    ///
    /// # Errors
    /// When it is.
    pub fn checked(self) -> Result<Self, Refusal> {
        filled(field("score", "평가점수"), self.0.as_str(), LONGEST_SCORE)?;
        Ok(self)
    }
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
#[serde(rename_all = "camelCase")]
pub struct CourseOrderCanceled {
    /// The order.
    pub id: Id,
    /// Its number.
    pub order_no: String,
    /// The student's phone.
    pub phonenum: Option<String>,
    /// 강좌주문취소
    #[serde(skip_deserializing, default = "OrderStatus::canceled")]
    pub status: OrderStatus,
}

/// The order has taken its final score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationRegistered {
    /// The order.
    pub id: Id,
    /// Its number.
    pub order_no: String,
    /// The final score.
    pub score: Score,
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

            (Self::Ordered(order), OrderCommand::Register(evaluation)) => {
                Ok(vec![order.scored(id, evaluation.score).into()])
            }
            (Self::Scored(_, score), OrderCommand::Register(evaluation)) => {
                score.same_as(&evaluation.score)
            }

            (Self::New, OrderCommand::Cancel | OrderCommand::Register(_)) => Err(Refusal::not_yet(
                "order-unknown",
                "There is no such order yet.",
            )),
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
            ) => Self::Scored(order, registered.score.clone()),
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

impl CourseOrder {
    fn same_as(&self, order: &Self) -> Decision<OrderEvent> {
        if self == order {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "order-differs",
            "There is another order with this `orderNo`. Choose another number.",
        )
        .ko("이미 다른 내용으로 사용 중인 주문번호입니다."))
    }

    fn ordered(self, id: Id) -> CourseOrdered {
        CourseOrdered {
            id,
            order: self,
            score: None,
            status: OrderStatus::Ordered,
        }
    }

    fn canceled(&self, id: Id) -> CourseOrderCanceled {
        CourseOrderCanceled {
            id,
            order_no: self.order_no.clone(),
            phonenum: self.phonenum.clone(),
            status: OrderStatus::Canceled,
        }
    }

    fn scored(&self, id: Id, score: Score) -> EvaluationRegistered {
        EvaluationRegistered {
            id,
            order_no: self.order_no.clone(),
            score,
        }
    }
}

impl Score {
    fn same_as(&self, score: &Self) -> Decision<OrderEvent> {
        if self == score {
            return Ok(vec![]);
        }
        let reason = format!("The order has its final score already: {}.", self.0);
        let reason_ko = format!("이미 최종 평가점수({})가 등록된 주문입니다.", self.0);
        Err(Refusal::conflict("score-differs", reason).ko(reason_ko))
    }
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
