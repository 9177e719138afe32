//! What a student orders, and how it was learned.

use serde::{Deserialize, Serialize};
use storm::form::field;
use storm::{Date, Decision, Id, Refusal, ShownDate, TypedDate};

use super::{CourseOrderCanceled, CourseOrdered, OrderEvent, OrderStatus};
use crate::forms::filled;

/// What a student sends, and what an order is. `D` is a [`TypedDate`] in what is sent, a [`Date`] inside
/// and in events, and a [`ShownDate`] where it is shown.
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

/// What is left of an order that was canceled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Canceled {
    /// The order's number.
    pub order_no: String,
    /// The student's phone.
    pub phonenum: Option<String>,
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

pub(super) const LONGEST_NUMBER: usize = 100;
const LONGEST_PHONE: usize = 20;
const LONGEST_SCORE: usize = 20;

impl CourseOrder<TypedDate> {
    pub(super) fn checked(self) -> Result<CourseOrder, Refusal> {
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
            && end.is_on_a_day_before(begin)
        {
            let reason = "`enddate` must not be before `begindate`.";
            return Err(Refusal::invalid("enddate", "dates-reversed", reason)
                .ko("종료일은 시작일보다 빠를 수 없습니다."));
        }
        Ok(self.with_dates(|typed| typed.date))
    }
}

impl<D> CourseOrder<D> {
    fn with_dates<E>(self, date: impl Fn(D) -> E) -> CourseOrder<E> {
        CourseOrder {
            order_no: self.order_no,
            course_no: self.course_no,
            phonenum: self.phonenum,
            orderdate: self.orderdate.map(&date),
            begindate: self.begindate.map(&date),
            enddate: self.enddate.map(&date),
        }
    }
}

impl CourseOrder {
    pub(super) fn same_as(&self, order: &Self) -> Decision<OrderEvent> {
        if self == order {
            return Ok(vec![]);
        }
        Err(Refusal::conflict(
            "order-differs",
            "There is another order with this `orderNo`. Choose another number.",
        )
        .ko("이미 다른 내용으로 사용 중인 주문번호입니다."))
    }

    pub(super) fn ordered(self, id: Id) -> CourseOrdered {
        CourseOrdered {
            id,
            order: self,
            score: None,
            status: OrderStatus::Ordered,
        }
    }

    pub(super) fn canceled(&self, id: Id) -> CourseOrderCanceled {
        CourseOrderCanceled {
            id,
            canceled: Canceled {
                order_no: self.order_no.clone(),
                phonenum: self.phonenum.clone(),
            },
            status: OrderStatus::Canceled,
        }
    }

    /// As it is shown.
    pub fn shown(&self) -> CourseOrder<ShownDate> {
        self.clone().with_dates(ShownDate)
    }
}

impl RegisterEvaluation {
    pub(super) fn checked(self) -> Result<Self, Refusal> {
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

    pub(super) fn same_as(&self, score: &Self) -> Decision<OrderEvent> {
        if self == score {
            return Ok(vec![]);
        }
        let reason = format!("The order has its final score already: {}.", self.0);
        let reason_ko = format!("이미 최종 평가점수({})가 등록된 주문입니다.", self.0);
        Err(Refusal::conflict("score-differs", reason).ko(reason_ko))
    }
}
