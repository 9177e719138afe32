//! One piece of work for all who wait for its result at the same time.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

/// Work that is done once for everybody who asks while it is under way. Whoever asks later has it
/// done anew.
pub(crate) struct SingleFlight<T>(Mutex<Weak<OnceCell<Arc<T>>>>);

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> SingleFlight<T> {
    /// The result of the work that is under way; `work` is done when there is none, or when whoever
    /// did it has hung up.
    pub(crate) async fn join(&self, work: impl Future<Output = T>) -> Arc<T> {
        let cell = self.under_way();
        let result = cell.get_or_init(|| async { Arc::new(work.await) }).await;
        Arc::clone(result)
    }

    fn under_way(&self) -> Arc<OnceCell<Arc<T>>> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match current.upgrade() {
            Some(cell) if !cell.initialized() => cell,
            _ => {
                let cell = Arc::default();
                *current = Arc::downgrade(&cell);
                cell
            }
        }
    }
}
