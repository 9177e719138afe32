//! One door before the contexts of a system.
//!
//! [`Gateway`] is an [`http_api::Endpoint`]: it picks the context by the first part of the path and
//! hands the request on, to an endpoint in the same process without a hop, or to another process
//! over HTTP ([`Remote`]). What it does on the way stands in one file each: [CORS](mod@cors), headers
//! that tell who asked ([`http_api::forwarded`]), what it answers by itself (`own`). [`Front`] is the door of
//! doors, for several systems in one process, with a page that lists them.

pub mod cors;
mod front;
mod gateway;
mod own;
mod pages;
mod receiving;
mod remote;
mod route;
mod single_flight;
mod together;

use http_api::forwarded;

pub use front::Front;
pub use gateway::{Gateway, Settings};
pub use remote::{BadAddress, Remote};
pub use route::{Backend, Upstream};
