//! Learning management: prepared when a course is ordered, started when a manager is first named,
//! canceled with its order.

mod learning;

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Aggregate, Context, Decision, Id, Key, Refusal, Resource, ShownDate, Tell, events};

use crate::forms::{filled, is_about};
use crate::order_management::{Canceled, CourseOrder, CourseOrderCanceled, CourseOrdered};
pub use learning::Learning;

/// Learning managements, at `/learningManagements`.
pub fn context() -> Context {
    Context::new("learningManagement", 8082)
        .aggregate(
            Resource::at(
                "learningManagements",
                "learningManagement",
                Management::shown,
            )
            .found_by("orderNo")
            .change(|form: ManagerForm| form.checked().map(ManagementCommand::Name)),
        )
        .policy(whenever_course_ordered_prepare_management)
        .policy(whenever_course_order_canceled_cancel_management)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum ManagementCommand {
    Prepare(CourseOrder),
    Name(ManagerForm),
    Cancel(Canceled),
}

/// What a manager sends. `status` may come along, as in the seed's command lines, and is not taken
/// over.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManagerForm {
    /// If it comes along, it must be the right one.
    order_no: Option<String>,
    managername: String,
}

const LONGEST_NAME: usize = 100;

impl ManagerForm {
    fn checked(self) -> Result<Self, Refusal> {
        filled(
            field("managername", "담당자 이름"),
            self.managername.as_str(),
            LONGEST_NAME,
        )?;
        Ok(self)
    }
}

// Events

/// A course was ordered, and its learning waits for a manager.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningManagementPrepared {
    /// The management.
    pub id: Id,
    /// The order.
    #[serde(flatten)]
    pub order: CourseOrder,
}

/// A manager has been named for the first time: learning starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningManagementStarted {
    /// The management.
    pub id: Id,
    /// Who learns what, and when.
    #[serde(flatten)]
    pub learning: Learning,
    /// 학습관리시작
    #[serde(skip_deserializing, default = "ManagementStatus::started")]
    pub status: ManagementStatus,
    /// Who manages it. The originals did not tell.
    pub managername: Option<String>,
}

/// Somebody else manages it from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LearningManagerChanged {
    /// The management.
    pub id: Id,
    /// The order's number.
    pub order_no: String,
    /// Who.
    pub managername: String,
}

/// The order was canceled, and so is its learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningManagementCanceled {
    /// The management.
    pub id: Id,
    /// Whose.
    #[serde(flatten)]
    pub canceled: Canceled,
    /// 학습관리취소
    #[serde(skip_deserializing, default = "ManagementStatus::canceled")]
    pub status: ManagementStatus,
}

events! {
    /// What a learning management can tell.
    pub enum ManagementEvent {
        LearningManagementPrepared,
        LearningManagementStarted,
        LearningManagerChanged,
        LearningManagementCanceled,
    }
}

/// `status` of the events. It says what their names say: others' words for it are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManagementStatus {
    /// Started.
    #[serde(rename = "학습관리시작")]
    Started,
    /// Canceled.
    #[serde(rename = "학습관리취소")]
    Canceled,
}

impl ManagementStatus {
    fn started() -> Self {
        Self::Started
    }

    fn canceled() -> Self {
        Self::Canceled
    }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Management {
    #[default]
    New,
    Prepared(CourseOrder),
    Started {
        order: CourseOrder,
        managername: Option<String>,
    },
    Canceled(Canceled),
}

impl Aggregate for Management {
    const KIND: &'static str = "learningManagement";
    type Command = ManagementCommand;
    type Event = ManagementEvent;

    fn decide(&self, id: Id, command: ManagementCommand) -> Decision<ManagementEvent> {
        match (self, command) {
            (Self::New, ManagementCommand::Prepare(order)) => {
                Ok(vec![LearningManagementPrepared { id, order }.into()])
            }
            // A redelivery; or a cancel that came first, and stays.
            (
                Self::Prepared(_) | Self::Started { .. } | Self::Canceled(_),
                ManagementCommand::Prepare(_),
            ) => Ok(vec![]),

            (Self::Prepared(order), ManagementCommand::Name(manager)) => {
                is_about(&order.order_no, manager.order_no.as_deref())?;
                Ok(vec![order.started(id, manager.managername).into()])
            }
            (Self::Started { order, managername }, ManagementCommand::Name(manager)) => {
                is_about(&order.order_no, manager.order_no.as_deref())?;
                if managername.as_ref() == Some(&manager.managername) {
                    return Ok(vec![]);
                }
                Ok(vec![order.managed_by(id, manager.managername).into()])
            }
            (Self::Canceled(_), ManagementCommand::Name(_)) => Err(Refusal::conflict(
                "management-canceled",
                "The order has been canceled, and its learning cannot start any more.",
            )
            .ko("취소된 주문의 학습관리는 시작할 수 없습니다.")),
            (Self::New, ManagementCommand::Name(_)) => Err(Refusal::not_yet(
                "management-unknown",
                "There is no such learning management yet.",
            )
            .ko("아직 그런 수강관리가 없습니다.")),

            (
                Self::New | Self::Prepared(_) | Self::Started { .. },
                ManagementCommand::Cancel(canceled),
            ) => Ok(vec![canceled.told(id).into()]),
            (Self::Canceled(_), ManagementCommand::Cancel(_)) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &ManagementEvent) -> Self {
        match (self, event) {
            (_, ManagementEvent::LearningManagementPrepared(prepared)) => {
                Self::Prepared(prepared.order.clone())
            }
            (_, ManagementEvent::LearningManagementCanceled(canceled)) => {
                Self::Canceled(canceled.canceled.clone())
            }
            (Self::Prepared(order), ManagementEvent::LearningManagementStarted(started)) => {
                let managername = started.managername.clone();
                Self::Started { order, managername }
            }
            (Self::Started { order, .. }, ManagementEvent::LearningManagerChanged(changed)) => {
                let managername = Some(changed.managername.clone());
                Self::Started { order, managername }
            }
            (
                state,
                ManagementEvent::LearningManagementStarted(_)
                | ManagementEvent::LearningManagerChanged(_),
            ) => state,
        }
    }

    fn keys(&self) -> Vec<Key> {
        match self {
            Self::New => vec![],
            Self::Prepared(order) | Self::Started { order, .. } => {
                vec![Key::unique("orderNo", &order.order_no)]
            }
            Self::Canceled(canceled) => vec![Key::unique("orderNo", &canceled.order_no)],
        }
    }
}

impl CourseOrder {
    fn started(&self, id: Id, managername: String) -> LearningManagementStarted {
        LearningManagementStarted {
            id,
            learning: self.clone().into(),
            status: ManagementStatus::Started,
            managername: Some(managername),
        }
    }

    fn managed_by(&self, id: Id, managername: String) -> LearningManagerChanged {
        LearningManagerChanged {
            id,
            order_no: self.order_no.clone(),
            managername,
        }
    }
}

impl Canceled {
    fn told(self, id: Id) -> LearningManagementCanceled {
        LearningManagementCanceled {
            id,
            canceled: self,
            status: ManagementStatus::Canceled,
        }
    }
}

/// What the outside sees.
#[derive(Serialize)]
struct ShownManagement {
    #[serde(flatten)]
    order: CourseOrder<ShownDate>,
    managername: Option<String>,
}

impl Management {
    fn shown(&self) -> Option<ShownManagement> {
        let (order, managername) = match self {
            Self::New | Self::Canceled(_) => return None,
            Self::Prepared(order) => (order, None),
            Self::Started { order, managername } => (order, managername.clone()),
        };
        let order = order.shown();
        Some(ShownManagement { order, managername })
    }
}

// Policies

/// Somebody wants to learn: a manager can be named.
fn whenever_course_ordered_prepare_management(ordered: &CourseOrdered) -> Tell<Management> {
    let order = ordered.order.clone();
    Management::by("orderNo", &order.order_no).tell(ManagementCommand::Prepare(order))
}

/// Nobody wants to any more. What has not been prepared yet never will be.
fn whenever_course_order_canceled_cancel_management(
    canceled: &CourseOrderCanceled,
) -> Tell<Management> {
    let canceled = canceled.canceled.clone();
    Management::by("orderNo", &canceled.order_no).tell(ManagementCommand::Cancel(canceled))
}

#[cfg(test)]
mod tests;
