//! The menu: which teas there are, what they cost, and how many cups are left in the tin.

use serde::{Deserialize, Serialize};
use storm::{Aggregate, Context, Decision, Id, Key, Refusal, Resource, Tell, events};

use crate::order::OrderPlaced;

/// Teas, at `/teas`.
pub fn context() -> Context {
    Context::new("menu", 8101)
        .aggregate(
            Resource::at("teas", "tea", Tea::shown).create(|tin: Tin| Ok(TeaCommand::Offer(tin))),
        )
        .policy(whenever_order_placed_pour_tea)
}

// Commands

#[derive(Clone, Debug)]
enum TeaCommand {
    Offer(Tin),
    Pour { order_id: Id },
}

/// What the host writes on the menu.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tin {
    /// What the tea is called.
    pub name: String,
    /// In won.
    pub price: u32,
    /// How many the leaves will still make.
    pub cups: u32,
}

// Events

/// A tea is on the menu.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeaOffered {
    /// The tea.
    pub tea_id: Id,
    /// What is in it.
    #[serde(flatten)]
    pub tin: Tin,
}

/// A cup stands on the counter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeaPoured {
    /// The tea.
    pub tea_id: Id,
    /// For whom.
    pub order_id: Id,
}

/// The tin is empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeaRanOut {
    /// The tea.
    pub tea_id: Id,
    /// Who gets none.
    pub order_id: Id,
}

events! {
    /// What a tea can tell.
    pub enum TeaEvent { TeaOffered, TeaPoured, TeaRanOut }
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Tea {
    #[default]
    New,
    Offered(Tin),
}

impl Aggregate for Tea {
    const KIND: &'static str = "tea";
    type Command = TeaCommand;
    type Event = TeaEvent;

    fn decide(&self, tea_id: Id, command: TeaCommand) -> Decision<TeaEvent> {
        match (self, command) {
            (Self::New, TeaCommand::Offer(tin)) => Ok(vec![TeaOffered { tea_id, tin }.into()]),
            (Self::Offered(tin), TeaCommand::Offer(_)) => Err(Refusal::conflict(
                "tea-offered",
                format!("{} is on the menu already.", tin.name),
            )
            .ko("이미 메뉴에 있는 차입니다.")),

            (Self::Offered(Tin { cups: 0, .. }), TeaCommand::Pour { order_id }) => {
                Ok(vec![TeaRanOut { tea_id, order_id }.into()])
            }
            (Self::Offered(_), TeaCommand::Pour { order_id }) => {
                Ok(vec![TeaPoured { tea_id, order_id }.into()])
            }
            (Self::New, TeaCommand::Pour { .. }) => Err(Refusal::not_yet(
                "tea-unknown",
                "This tea is not on the menu yet.",
            )),
        }
    }

    fn evolve(self, event: &TeaEvent) -> Self {
        match (self, event) {
            (_, TeaEvent::TeaOffered(offered)) => Self::Offered(offered.tin.clone()),
            (Self::Offered(tin), TeaEvent::TeaPoured(_)) => Self::Offered(Tin {
                cups: tin.cups.saturating_sub(1),
                ..tin
            }),
            (state, TeaEvent::TeaPoured(_) | TeaEvent::TeaRanOut(_)) => state,
        }
    }

    fn keys(&self) -> Vec<Key> {
        let names = self.shown().into_iter();
        names.map(|tin| Key::unique("name", tin.name)).collect()
    }

    fn identity(command: &TeaCommand) -> Option<Key> {
        match command {
            TeaCommand::Offer(tin) => Some(Key::unique("name", &tin.name)),
            TeaCommand::Pour { .. } => None,
        }
    }
}

impl Tea {
    fn shown(&self) -> Option<Tin> {
        match self {
            Self::New => None,
            Self::Offered(tin) => Some(tin.clone()),
        }
    }
}

// Policies

/// Somebody is thirsty.
fn whenever_order_placed_pour_tea(placed: &OrderPlaced) -> Tell<Tea> {
    let order_id = placed.order_id;
    Tea::at(placed.ticket.tea_id).tell(TeaCommand::Pour { order_id })
}

#[cfg(test)]
mod tests;
