//! Text messages to students: one for each order, start and cancel, and what was sent is kept.

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Context, Decision, Event, Id, Key, Notification, Resource, Tell, events};

use crate::learning_management::{
    LearningManagementCanceled, LearningManagementStarted, ManagementStatus,
};
use crate::order_management::{CourseOrderCanceled, CourseOrdered, OrderStatus};

/// What was sent, at `/smsHistories`.
pub fn context() -> Context {
    Context::new("Notification", 8084)
        .aggregate(Resource::at("smsHistories", "smsHistory", Sms::shown))
        .policy(whenever_course_ordered_send_sms)
        .policy(whenever_course_order_canceled_send_sms)
        .policy(whenever_learning_management_started_send_sms)
        .policy(whenever_learning_management_canceled_send_sms)
        .notifies(sms_to_student)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum SmsCommand {
    Send(Message),
}

/// What is said, to whom, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// What it is about: an event and an order. Each is told once.
    pub about: String,
    /// The order's number.
    pub order_no: String,
    /// To whom.
    pub phonenum: String,
    /// 강좌주문, 강좌주문취소, 학습관리시작 or 학습관리취소
    pub status: SmsStatus,
}

/// `status` on the wire: that of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SmsStatus {
    /// What happened to the order.
    Order(OrderStatus),
    /// What happened to its learning.
    Management(ManagementStatus),
}

// Events

/// A student is to be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmsSent {
    /// The row in the history.
    pub id: Id,
    /// What.
    #[serde(flatten)]
    pub message: Message,
}

events! {
    /// What an SMS can tell.
    pub enum SmsEvent { SmsSent }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sms {
    sent: Option<Message>,
}

impl Aggregate for Sms {
    const KIND: &'static str = "smsHistory";
    type Command = SmsCommand;
    type Event = SmsEvent;

    fn decide(&self, id: Id, SmsCommand::Send(message): SmsCommand) -> Decision<SmsEvent> {
        match self.sent {
            None => Ok(vec![SmsSent { id, message }.into()]),
            Some(_) => Ok(vec![]),
        }
    }

    fn evolve(self, SmsEvent::SmsSent(sent): &SmsEvent) -> Self {
        let sent = Some(sent.message.clone());
        Self { sent }
    }

    fn keys(&self) -> Vec<Key> {
        let sent = self.sent.iter();
        sent.map(|message| Key::unique("about", &message.about))
            .collect()
    }
}

/// What the outside sees.
#[derive(Serialize)]
struct ShownSms {
    phonenum: String,
    status: SmsStatus,
}

impl Sms {
    fn shown(&self) -> Option<ShownSms> {
        self.sent.as_ref().map(|message| ShownSms {
            phonenum: message.phonenum.clone(),
            status: message.status,
        })
    }
}

// Policies

fn whenever_course_ordered_send_sms(ordered: &CourseOrdered) -> Option<Tell<Sms>> {
    let status = SmsStatus::Order(OrderStatus::Ordered);
    let order = &ordered.order;
    send::<CourseOrdered>(&order.order_no, order.phonenum.as_ref(), status)
}

fn whenever_course_order_canceled_send_sms(canceled: &CourseOrderCanceled) -> Option<Tell<Sms>> {
    let status = SmsStatus::Order(OrderStatus::Canceled);
    let canceled = &canceled.canceled;
    send::<CourseOrderCanceled>(&canceled.order_no, canceled.phonenum.as_ref(), status)
}

fn whenever_learning_management_started_send_sms(
    started: &LearningManagementStarted,
) -> Option<Tell<Sms>> {
    let status = SmsStatus::Management(ManagementStatus::Started);
    let learning = &started.learning;
    send::<LearningManagementStarted>(&learning.order_no, learning.phonenum.as_ref(), status)
}

fn whenever_learning_management_canceled_send_sms(
    canceled: &LearningManagementCanceled,
) -> Option<Tell<Sms>> {
    let status = SmsStatus::Management(ManagementStatus::Canceled);
    let canceled = &canceled.canceled;
    send::<LearningManagementCanceled>(&canceled.order_no, canceled.phonenum.as_ref(), status)
}

/// Once for each event and order; to nobody where there is no phone.
fn send<E: Event>(
    order_no: &str,
    phonenum: Option<&String>,
    status: SmsStatus,
) -> Option<Tell<Sms>> {
    let about = format!("{}:{order_no}", E::TYPE);
    phonenum.map(|phonenum| {
        Sms::by("about", &about).tell(SmsCommand::Send(Message {
            about: about.clone(),
            order_no: order_no.to_owned(),
            phonenum: phonenum.clone(),
            status,
        }))
    })
}

// Notifications

fn sms_to_student(sent: &SmsSent) -> Notification {
    let said = match sent.message.status {
        SmsStatus::Order(OrderStatus::Ordered) => "강좌 주문이 접수되었습니다",
        SmsStatus::Order(OrderStatus::Canceled) => "강좌 주문이 취소되었습니다",
        SmsStatus::Management(ManagementStatus::Started) => "학습관리가 시작되었습니다",
        SmsStatus::Management(ManagementStatus::Canceled) => "학습관리가 취소되었습니다",
    };
    Notification {
        channel: "sms",
        to: sent.message.phonenum.clone(),
        text: format!("{said}. 주문번호 {}", sent.message.order_no),
    }
}

#[cfg(test)]
mod tests;
