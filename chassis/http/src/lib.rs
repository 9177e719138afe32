//! HTTP for bounded contexts.
//!
//! - [`ContextApi`] shows a running context as HAL resources, made from its declaration, and adds
//!   health, metrics and what an operator needs (`wire.md` §1–§4, §8).
//! - [`Caller`] carries a context's awaited questions to others, [in process](InProcess) or
//!   [over HTTP](OverHttp), each with a deadline, behind a breaker and a bulkhead (§6).
//! - [`Balanced`] spreads requests over the addresses of a context that has several.
//! - [`serve`] puts an [`Endpoint`] on a port. A [`Body`] need not come over a network, so endpoints
//!   of one process hand requests to each other as they are.
//!
//! Nothing here knows a store or a system's business.

mod answer_timeout;
mod api;
mod balanced;
mod body;
mod chaos;
mod edge;
mod endpoint;
pub mod forwarded;
pub mod head_first;
mod language;
mod leaving;
mod metrics;
mod negotiate;
mod origin;
mod outgoing;
mod precondition;
mod problem;
mod server;
mod strict_json;
pub mod target;
mod time;
pub mod trail;
mod unread;

pub use answer_timeout::{AnswerTimeout, TimedOut};
pub use api::{ApiSettings, Bus, ContextApi};
pub use balanced::{AddressError, Balanced, Upstreams};
pub use body::{Body, BodyError, Streamed};
pub use chaos::{Chaos, parse_delay};
pub use edge::Edge;
pub use endpoint::{Answering, Endpoint};
pub use language::Language;
pub use leaving::{LEAVING, Leaving};
pub use metrics::{METRICS_TYPE, merged};
pub use negotiate::weighted;
pub use origin::front_of_links;
pub use outgoing::{
    Breaker, BreakerSettings, BreakerState, Caller, CallerSettings, Exchange, InProcess, OverHttp,
    Pass, QuestionSettings, Transport, Unreached,
};
pub use problem::Problem;
pub use server::{Connections, Limits, serve};
