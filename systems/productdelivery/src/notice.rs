//! Notices: each change of an order is told by Kakao, once. They are kept, and can be looked up.

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Context, Decision, Id, Key, Notification, Resource, Tell, events};

use crate::order::{OrderCanceled, Ordered};
use crate::product::inventory::StockShort;
use crate::product::{DeliveryCompleted, DeliveryStarted};

/// What was told, at `/notices`.
pub fn context() -> Context {
    Context::new("notice", 8084)
        .aggregate(Resource::at("notices", "notice", Notice::shown).listed_by("orderId"))
        .policy(whenever_ordered_notify)
        .policy(whenever_order_canceled_notify)
        .policy(whenever_delivery_started_notify)
        .policy(whenever_delivery_completed_notify)
        .policy(whenever_stock_short_notify)
        .notifies(by_kakao)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum NoticeCommand {
    Tell(Message),
}

// Events

/// What is told about an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The order.
    pub order_id: Id,
    /// What has happened: the wire name of the event.
    pub change: String,
    /// To whom. Orders do not say whose they are: the channel knows its customers by their orders.
    pub to: String,
    /// In Korean.
    pub text: String,
}

/// A notice has gone out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoticeSent {
    /// The notice.
    pub id: Id,
    /// What it says.
    #[serde(flatten)]
    pub message: Message,
}

events! {
    /// What a notice can tell.
    pub enum NoticeEvent { NoticeSent }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Notice {
    #[default]
    New,
    Sent(Message),
}

impl Aggregate for Notice {
    const KIND: &'static str = "notice";
    type Command = NoticeCommand;
    type Event = NoticeEvent;

    fn decide(&self, id: Id, command: NoticeCommand) -> Decision<NoticeEvent> {
        match (self, command) {
            (Self::New, NoticeCommand::Tell(message)) => {
                Ok(vec![NoticeSent { id, message }.into()])
            }
            (Self::Sent(_), NoticeCommand::Tell(_)) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &NoticeEvent) -> Self {
        match event {
            NoticeEvent::NoticeSent(sent) => Self::Sent(sent.message.clone()),
        }
    }

    fn keys(&self) -> Vec<Key> {
        match self {
            Self::New => Vec::new(),
            Self::Sent(message) => vec![
                Key::unique("change", message.once()),
                Key::shared("orderId", message.order_id),
            ],
        }
    }
}

impl Message {
    /// Each change of an order is told once.
    fn once(&self) -> String {
        format!("{} {}", self.order_id, self.change)
    }
}

impl Notice {
    fn shown(&self) -> Option<Message> {
        match self {
            Self::New => None,
            Self::Sent(message) => Some(message.clone()),
        }
    }
}

// Notifications

fn by_kakao(sent: &NoticeSent) -> Notification {
    Notification {
        channel: "kakao",
        to: sent.message.to.clone(),
        text: sent.message.text.clone(),
    }
}

// Policies

fn tell_customer(order_id: Id, change: &str, text: String) -> Tell<Notice> {
    tell(
        order_id,
        change,
        format!("customer of order {order_id}"),
        text,
    )
}

fn tell(order_id: Id, change: &str, to: String, text: String) -> Tell<Notice> {
    let change = change.to_owned();
    let message = Message {
        order_id,
        change,
        to,
        text,
    };
    Notice::by("change", message.once()).tell(NoticeCommand::Tell(message))
}

fn whenever_ordered_notify(ordered: &Ordered) -> Tell<Notice> {
    let (id, what) = (ordered.id, &ordered.purchase);
    let text = format!(
        "주문 {id}번({} {}개)이 접수되었습니다.",
        what.item, what.order_qty
    );
    tell_customer(id, "Ordered", text)
}

fn whenever_order_canceled_notify(canceled: &OrderCanceled) -> Tell<Notice> {
    let (id, item) = (canceled.id, &canceled.purchase.item);
    tell_customer(
        id,
        "OrderCanceled",
        format!("주문 {id}번({item})이 취소되었습니다."),
    )
}

fn whenever_delivery_started_notify(started: &DeliveryStarted) -> Tell<Notice> {
    let id = started.parcel.order_id;
    tell_customer(
        id,
        "DeliveryStarted",
        format!("주문 {id}번의 배송이 시작되었습니다."),
    )
}

fn whenever_delivery_completed_notify(completed: &DeliveryCompleted) -> Tell<Notice> {
    let id = completed.parcel.order_id;
    tell_customer(
        id,
        "DeliveryCompleted",
        format!("주문 {id}번의 배송이 완료되었습니다."),
    )
}

/// To the team: what the books say and what was delivered do not agree.
fn whenever_stock_short_notify(short: &StockShort) -> Tell<Notice> {
    let StockShort {
        order_id,
        item,
        wanted,
        missing,
    } = short;
    let text = format!(
        "재고 부족: 주문 {order_id}번으로 {item} {wanted}개가 배송되었으나 재고가 {missing}개 모자랍니다."
    );
    tell(*order_id, "StockShort", "product team".to_owned(), text)
}

#[cfg(test)]
mod tests;
