//! What can be wrong with a bus from the beginning.

/// Why a bus could not be started. That its brokers are away is no reason: it keeps trying.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// Not in this build.
    #[error(
        "[kafka] {what} is not compiled into this jumun: build it with the feature `kafka-tls`, or choose another"
    )]
    NotCompiledIn {
        /// What was configured.
        what: String,
    },
    /// The client does not take it.
    #[error("[kafka] {what}: {reason}")]
    Settings {
        /// What was being made of it.
        what: &'static str,
        /// What the client said.
        reason: String,
    },
}
