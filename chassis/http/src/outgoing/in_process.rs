//! Calls within one process: the other context's API is handed the request itself.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use http::Request;

use super::{Exchange, Transport, Unreached};
use crate::{AnswerTimeout, Body, Endpoint};

/// The contexts of this process by name. They are added when all have started, for each may ask
/// any other; until then they do not answer.
#[derive(Clone, Default)]
pub struct InProcess {
    // Weak, for a context's API holds its caller, and the caller this.
    endpoints: Arc<RwLock<BTreeMap<String, Weak<dyn Endpoint>>>>,
}

impl InProcess {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on `name` is answered for by `endpoint`, for as long as somebody else holds it.
    pub fn add(&self, name: impl Into<String>, endpoint: &Arc<dyn Endpoint>) {
        self.endpoints
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.into(), Arc::downgrade(endpoint));
    }
}

impl Transport for InProcess {
    fn carry<'a>(
        &'a self,
        to: &'static str,
        request: Request<Body>,
        _: &'a AnswerTimeout,
    ) -> Exchange<'a> {
        let endpoints = self
            .endpoints
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let endpoint = endpoints.get(to).and_then(Weak::upgrade);
        drop(endpoints);
        Box::pin(async move {
            match endpoint {
                Some(endpoint) => Ok(endpoint.handle(request).await),
                None => Err(Unreached::unsent(format!(
                    "{to} is not running in this process"
                ))),
            }
        })
    }
}
