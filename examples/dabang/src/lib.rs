//! 다방, a tea room, in the order the story is told:
//!
//! 1. The host puts teas on the [`menu`], with the cups that the leaves will make.
//! 2. A guest [`order`]s one. The menu is asked what it costs; then it is poured, and the guest
//!    is called. Who comes too late finds it cold. When the leaves have run out, the order is
//!    canceled.
//! 3. The host sees in the [`sales`] what goes well and what goes cold.

pub mod menu;
pub mod order;
pub mod sales;

use storm::System;

/// The whole tea room.
pub fn system() -> System {
    System::new("dabang", "dabang", &[8100])
        .context(menu::context())
        .context(order::context())
        .context(sales::context())
        .try_this("teas", r#"{"name":"쌍화차","price":7000,"cups":2}"#)
}

#[cfg(test)]
mod tests;
