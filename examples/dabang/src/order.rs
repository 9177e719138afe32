//! Orders: a guest asks for a tea, is called when it is poured, and should not let it go cold.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use storm::{
    Aggregate, Ask, Context, Deadline, Decision, Id, Method, Refusal, Resource, Tell, events,
};

use crate::menu::{TeaPoured, TeaRanOut, Tin};

/// How long a cup stays warm.
const WARM_FOR: Duration = Duration::from_secs(10 * 60);

/// Orders, at `/orders`.
pub fn context() -> Context {
    Context::new("order", 8102)
        .aggregate(
            Resource::at("orders", "order", Order::shown)
                .create(OrderForm::command)
                .change(FetchForm::command)
                .asks("menu", placing_asks_menu_for_price)
                .deadline(Deadline::new(
                    "cooling",
                    WARM_FOR,
                    |event| matches!(event, OrderEvent::OrderReady(_)),
                    |event| matches!(event, OrderEvent::OrderFetched(_)),
                    || OrderCommand::Cool,
                )),
        )
        .policy(whenever_tea_poured_call_guest)
        .policy(whenever_tea_ran_out_cancel_order)
}

// Commands

#[derive(Clone, Debug)]
enum OrderCommand {
    Place(Ticket),
    Call,
    Fetch,
    Cool,
    Cancel,
}

/// What a guest says at the counter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderForm {
    guest: String,
    tea_id: Id,
}

impl OrderForm {
    fn command(self) -> Result<OrderCommand, Refusal> {
        if self.guest.trim().is_empty() {
            let reason = "`guest` must say whom to call, and is empty.";
            return Err(
                Refusal::invalid("guest", "guest-missing", reason).ko("성함을 알려 주세요.")
            );
        }
        Ok(OrderCommand::Place(Ticket {
            guest: self.guest,
            tea_id: self.tea_id,
            ..Ticket::default()
        }))
    }
}

/// What a guest who takes the cup says: `{"status":"찾아감"}`.
#[derive(Deserialize)]
struct FetchForm {
    status: OrderStatus,
}

impl FetchForm {
    fn command(self) -> Result<OrderCommand, Refusal> {
        if self.status == OrderStatus::Fetched {
            return Ok(OrderCommand::Fetch);
        }
        let reason = "`status` can only be set to 찾아감: all else happens by itself.";
        Err(Refusal::invalid("status", "status-not-yours", reason)
            .ko("상태는 찾아감으로만 바꿀 수 있습니다."))
    }
}

/// Who wants what. The tea's name and price are the menu's answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Whom to call.
    pub guest: String,
    /// The tea.
    pub tea_id: Id,
    /// Its name.
    pub tea: String,
    /// In won.
    pub price: u32,
}

// Events

/// A guest waits for a tea.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// The order.
    pub order_id: Id,
    /// Who wants what.
    #[serde(flatten)]
    pub ticket: Ticket,
}

/// The guest is called: the cup is warm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderReady {
    /// The order.
    pub order_id: Id,
}

/// The guest has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderFetched {
    /// The order.
    pub order_id: Id,
    /// The tea.
    pub tea_id: Id,
}

/// Nobody came in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCooled {
    /// The order.
    pub order_id: Id,
    /// The tea.
    pub tea_id: Id,
}

/// There were no leaves left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCanceled {
    /// The order.
    pub order_id: Id,
}

events! {
    /// What an order can tell.
    pub enum OrderEvent { OrderPlaced, OrderReady, OrderFetched, OrderCooled, OrderCanceled }
}

/// `status` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum OrderStatus {
    #[serde(rename = "주문")]
    Placed,
    #[serde(rename = "준비됨")]
    Ready,
    #[serde(rename = "찾아감")]
    Fetched,
    #[serde(rename = "식음")]
    Cooled,
    #[serde(rename = "품절")]
    Canceled,
}

// Aggregate

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Order {
    ticket: Ticket,
    /// None before the first event.
    status: Option<OrderStatus>,
}

impl Aggregate for Order {
    const KIND: &'static str = "order";
    type Command = OrderCommand;
    type Event = OrderEvent;

    fn decide(&self, order_id: Id, command: OrderCommand) -> Decision<OrderEvent> {
        use OrderCommand::{Call, Cancel, Cool, Fetch, Place};
        use OrderStatus::{Canceled, Cooled, Fetched, Placed, Ready};

        let tea_id = self.ticket.tea_id;
        match (self.status, command) {
            (None, Place(ticket)) => Ok(vec![OrderPlaced { order_id, ticket }.into()]),
            (Some(Placed | Ready | Fetched | Cooled | Canceled), Place(_)) => Err(
                Refusal::conflict("order-exists", "This order has been placed already."),
            ),

            (Some(Placed), Call) => Ok(vec![OrderReady { order_id }.into()]),
            (Some(Placed), Cancel) => Ok(vec![OrderCanceled { order_id }.into()]),
            (Some(Ready | Fetched | Cooled | Canceled), Call | Cancel) => Ok(vec![]),

            (Some(Ready), Fetch) => Ok(vec![OrderFetched { order_id, tea_id }.into()]),
            (Some(Fetched), Fetch) => Ok(vec![]),
            (Some(Placed | Canceled), Fetch) => Err(Refusal::conflict(
                "no-cup",
                "There is no cup for you; see `status`.",
            )
            .ko("아직 나온 차가 없습니다.")),
            (Some(Cooled), Fetch) => Err(Refusal::conflict(
                "tea-cold",
                "Your tea has gone cold; please order another.",
            )
            .ko("차가 식었습니다. 새로 주문해 주세요.")),

            (Some(Ready), Cool) => Ok(vec![OrderCooled { order_id, tea_id }.into()]),
            (Some(Placed | Fetched | Cooled | Canceled), Cool) => Ok(vec![]),

            (None, Call | Cancel | Fetch | Cool) => Err(Refusal::not_yet(
                "order-unknown",
                "There is no such order yet.",
            )),
        }
    }

    fn evolve(self, event: &OrderEvent) -> Self {
        let status = match event {
            OrderEvent::OrderPlaced(placed) => {
                return Self {
                    ticket: placed.ticket.clone(),
                    status: Some(OrderStatus::Placed),
                };
            }
            OrderEvent::OrderReady(_) => OrderStatus::Ready,
            OrderEvent::OrderFetched(_) => OrderStatus::Fetched,
            OrderEvent::OrderCooled(_) => OrderStatus::Cooled,
            OrderEvent::OrderCanceled(_) => OrderStatus::Canceled,
        };
        Self {
            status: Some(status),
            ..self
        }
    }
}

/// What the outside sees.
#[derive(Serialize)]
struct ShownOrder {
    #[serde(flatten)]
    ticket: Ticket,
    status: OrderStatus,
}

impl Order {
    fn shown(&self) -> Option<ShownOrder> {
        self.status.map(|status| ShownOrder {
            ticket: self.ticket.clone(),
            status,
        })
    }
}

// Calls

/// Reading changes nothing over there, so there is nothing to take back if one side dies. A price
/// that changes a moment later does no harm: the guest pays what was asked for.
fn placing_asks_menu_for_price(_: Id, _: &Order, command: &OrderCommand) -> Option<Ask<Order>> {
    match command {
        OrderCommand::Place(ticket) => {
            let path = format!("/teas/{}", ticket.tea_id);
            let ask = Ask::question(Method::Get, path, &(), priced);
            let unknown = "`teaId` must be the number of a tea on the menu.";
            Some(ask.on_no(move |_| {
                Refusal::invalid("teaId", "tea-unknown", unknown).ko("메뉴에 없는 차입니다.")
            }))
        }
        OrderCommand::Call | OrderCommand::Fetch | OrderCommand::Cool | OrderCommand::Cancel => {
            None
        }
    }
}

fn priced(tin: Tin, command: OrderCommand) -> OrderCommand {
    match command {
        OrderCommand::Place(ticket) => OrderCommand::Place(Ticket {
            tea: tin.name,
            price: tin.price,
            ..ticket
        }),
        other => other,
    }
}

// Policies

/// "Minji! Your tea!"
fn whenever_tea_poured_call_guest(poured: &TeaPoured) -> Tell<Order> {
    Order::at(poured.order_id).tell(OrderCommand::Call)
}

/// Nobody waits for leaves that are not there.
fn whenever_tea_ran_out_cancel_order(ran_out: &TeaRanOut) -> Tell<Order> {
    Order::at(ran_out.order_id).tell(OrderCommand::Cancel)
}

#[cfg(test)]
mod tests;
