//! SMS: bidders are told when a bid is in, taken back, or has won. Each once, to that bid's phone; a
//! bid without one is told nothing.

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Context, Decision, Id, Key, Notification, Resource, Tell, events};

use crate::bidding_management::SuccessBidderRegistered;
use crate::bidding_participation::{BidNo, BiddingParticipated, BiddingParticipationCanceled};

/// What was sent, at `/smsHistories`.
pub fn context() -> Context {
    Context::new("Notification", 8085)
        .aggregate(Resource::at("smsHistories", "smsHistory", Sms::shown))
        .policy(whenever_bidding_participated_send_sms)
        .policy(whenever_bidding_participation_canceled_send_sms)
        .policy(whenever_success_bidder_registered_send_sms)
        .notifies(sms_to_bidder)
}

// Commands

#[derive(Clone, Debug, PartialEq)]
enum SmsCommand {
    Send(Message),
}

/// What bidders are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contents {
    Participated,
    Canceled,
    Won,
}

impl Contents {
    fn text(self) -> &'static str {
        match self {
            Self::Participated => "입찰서 등록 완료",
            Self::Canceled => "입찰서 등록 취소",
            Self::Won => "낙찰 되었습니다~~~",
        }
    }
}

// Events

/// A message is on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmsSent {
    /// Its number.
    pub id: Id,
    /// To whom, and what.
    #[serde(flatten)]
    pub message: Message,
}

/// To whom, what, and about which bid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// To whom.
    pub phone_number: String,
    /// What it says.
    pub contents: String,
    /// The bid that it is about.
    #[serde(flatten)]
    pub bid: BidNo,
}

events! {
    /// What a message can tell.
    pub enum SmsEvent { SmsSent }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Sms {
    #[default]
    New,
    Sent(Message),
}

impl Aggregate for Sms {
    const KIND: &'static str = "smsHistory";
    type Command = SmsCommand;
    type Event = SmsEvent;

    fn decide(&self, id: Id, command: SmsCommand) -> Decision<SmsEvent> {
        match (self, command) {
            (Self::New, SmsCommand::Send(message)) => Ok(vec![SmsSent { id, message }.into()]),
            (Self::Sent(_), SmsCommand::Send(_)) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &SmsEvent) -> Self {
        match event {
            SmsEvent::SmsSent(sent) => Self::Sent(sent.message.clone()),
        }
    }

    fn keys(&self) -> Vec<Key> {
        match self {
            Self::New => Vec::new(),
            Self::Sent(message) => vec![Key::unique(ABOUT, message.about())],
        }
    }
}

/// The key of the one message that says this of this bid.
const ABOUT: &str = "about";

impl Message {
    fn about(&self) -> String {
        format!("{}\u{1f}{}", self.bid.key(), self.contents)
    }

    fn send(self) -> Tell<Sms> {
        Sms::by(ABOUT, self.about()).tell(SmsCommand::Send(self))
    }
}

/// What the outside sees.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownSms {
    phone_number: String,
    contents: String,
}

impl Sms {
    fn shown(&self) -> Option<ShownSms> {
        match self {
            Self::New => None,
            Self::Sent(message) => Some(ShownSms {
                phone_number: message.phone_number.clone(),
                contents: message.contents.clone(),
            }),
        }
    }
}

fn message(phone: Option<&String>, contents: Contents, bid: BidNo) -> Option<Tell<Sms>> {
    let message = Message {
        phone_number: phone?.clone(),
        contents: contents.text().to_owned(),
        bid,
    };
    Some(message.send())
}

// Policies

fn whenever_bidding_participated_send_sms(told: &BiddingParticipated) -> Option<Tell<Sms>> {
    let bid = &told.bid;
    message(bid.phone_number.as_ref(), Contents::Participated, bid.no())
}

fn whenever_bidding_participation_canceled_send_sms(
    told: &BiddingParticipationCanceled,
) -> Option<Tell<Sms>> {
    let phone = told.phone_number.as_ref();
    message(phone, Contents::Canceled, told.bid.clone())
}

fn whenever_success_bidder_registered_send_sms(
    told: &SuccessBidderRegistered,
) -> Option<Tell<Sms>> {
    let award = &told.award;
    let bid = BidNo {
        notice_no: award.notice_no.clone(),
        participate_no: award.participate_no.clone().unwrap_or_default(),
    };
    message(award.phone_number.as_ref(), Contents::Won, bid)
}

// People

fn sms_to_bidder(sent: &SmsSent) -> Notification {
    Notification {
        channel: "sms",
        to: sent.message.phone_number.clone(),
        text: sent.message.contents.clone(),
    }
}

#[cfg(test)]
mod tests;
