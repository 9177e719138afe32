//! What a bus between processes needs of a context: to hand over what others told, and to carry
//! away what the context tells.
//!
//! A bus has *sources*, each of which has an order of its own: the partitions of a topic. How far
//! each source has been taken in is a cursor in the context's store, moved in the commit that holds
//! the effect. A source may bring an event of ours more than once, at another place: so the highest
//! position of each producer that came from a source is kept beside its cursor.

mod heard;
mod inlet;
mod outlet;

pub use heard::{Heard, NotTaken, heard_of};
pub(crate) use heard::{Marks, is_of};
pub use inlet::Inlet;
pub use outlet::{Outbox, Outlet};

/// The cursor of the relay that carries a context's log to the bus: the last position that the bus has.
pub const RELAY: &str = "relay";
