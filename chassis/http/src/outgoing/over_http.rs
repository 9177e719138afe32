//! Calls over HTTP, on connections that are kept.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Request;
use prometheus_client::registry::Registry;

use super::{CallerSettings, Exchange, Transport, Unreached};
use crate::{AddressError, AnswerTimeout, Balanced, Body, Upstreams};

/// The contexts' addresses, and the connections to them.
pub struct OverHttp {
    contexts: BTreeMap<String, Balanced>,
    upstreams: Upstreams,
}

impl OverHttp {
    /// Addresses by context, e.g. `payment` and `http://payment:8080`; several with commas between
    /// them are [balanced](Balanced). A path is put before that of each request.
    ///
    /// # Errors
    /// [`AddressError`] for the first that cannot be used.
    pub fn new<N: Into<String>, A: AsRef<str>>(
        addresses: impl IntoIterator<Item = (N, A)>,
    ) -> Result<Self, AddressError> {
        Self::within(CallerSettings::default().deadline, addresses)
    }

    /// The same for calls that have another deadline than usual.
    ///
    /// # Errors
    /// [`AddressError`] for the first that cannot be used.
    pub fn within<N: Into<String>, A: AsRef<str>>(
        deadline: Duration,
        addresses: impl IntoIterator<Item = (N, A)>,
    ) -> Result<Self, AddressError> {
        // So that another can be asked before the deadline, where a host is gone and says nothing.
        let connect = (deadline / 2).min(Duration::from_secs(5));
        let upstreams = Upstreams::default();
        let one = |(context, address): (N, A)| {
            let context = context.into();
            let balanced = Balanced::new(context.clone(), address.as_ref(), connect, &upstreams)?;
            Ok((context, balanced))
        };
        let contexts = addresses.into_iter().map(one).collect::<Result<_, _>>()?;
        Ok(Self {
            contexts,
            upstreams,
        })
    }

    /// Questions [wait](Balanced::waiting_up_to) so long for a context that is being restarted.
    #[must_use]
    pub fn waiting_up_to(self, max_wait: Duration) -> Self {
        let contexts = self.contexts.into_iter();
        let contexts = contexts.map(|(name, context)| (name, context.waiting_up_to(max_wait)));
        Self {
            contexts: contexts.collect(),
            upstreams: self.upstreams,
        }
    }
}

impl Transport for OverHttp {
    fn carry<'a>(
        &'a self,
        to: &'static str,
        request: Request<Body>,
        timeout: &'a AnswerTimeout,
    ) -> Exchange<'a> {
        Box::pin(async move {
            match self.contexts.get(to) {
                Some(context) => context.send_when_up(request, timeout).await,
                None => Err(Unreached::unsent(format!(
                    "no address is configured for {to}"
                ))),
            }
        })
    }

    fn register(&self, registry: &mut Registry) {
        self.upstreams.register(registry);
    }
}
