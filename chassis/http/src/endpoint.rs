//! Whatever answers requests: a context's API, a gateway, a test's stand-in.

use std::pin::Pin;

use http::{Request, Response};

use crate::Body;

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Response<Body>> + Send + 'a>>;

/// Answers requests, whether they came over a network or from the same process.
pub trait Endpoint: Send + Sync {
    /// Answers one. There is no failure: what goes wrong is an answer too.
    fn handle(&self, request: Request<Body>) -> Answering<'_>;
}
