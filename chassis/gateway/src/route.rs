//! Which context a path belongs to.

use std::sync::Arc;

use http::{Request, Response};
use http_api::{Body, Endpoint};

use crate::Remote;

/// Where a context is.
#[derive(Clone)]
pub enum Upstream {
    /// In this process: no hop.
    Here(Arc<dyn Endpoint>),
    /// In another one.
    There(Arc<Remote>),
}

/// A context behind the door.
#[derive(Clone)]
pub struct Backend {
    /// Its name, for operators.
    pub context: String,
    /// The first parts of the paths that are its own, without slashes.
    pub collections: Vec<String>,
    /// Where it is.
    pub upstream: Upstream,
}

impl Backend {
    /// Whether `/collection/**` matches, as the originals' routes did: with what follows or
    /// without, case-sensitive (`wire.md` §7). `/profile/collection` goes with its collection.
    pub(crate) fn owns(&self, path: &str) -> bool {
        let mut first = first_part(path);
        if first == PROFILE {
            first = first_part(path.get(1 + PROFILE.len()..).unwrap_or_default());
        }
        self.collections.iter().any(|own| own == first)
    }

    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        match &self.upstream {
            Upstream::Here(endpoint) => endpoint.handle(request).await,
            Upstream::There(remote) => remote.answer(request).await,
        }
    }
}

/// Whether a path below a context's collections is for everybody: `/collection`, `/collection/7`,
/// `/collection/search` and `/collection/search/findByName`. All else below a collection is for
/// other contexts, which ask its context directly.
///
/// It goes by the shape, and so holds for what a context in another process can be asked and
/// this one has not heard of. A path that cannot be read is not judged here: the context refuses it.
pub(crate) fn lets_in(path: &str) -> bool {
    // Most commands are for a collection, and need not be taken apart here and by their context.
    if path.matches('/').nth(1).is_none() {
        return true;
    }
    match http_api::target::segments(path).as_deref() {
        Err(_) | Ok([] | [_]) => true,
        Ok([first, second]) => {
            let number = second.bytes().all(|byte| byte.is_ascii_digit());
            number || second == SEARCH || first == PROFILE
        }
        Ok([_, second, _]) => second == SEARCH,
        Ok(_) => false,
    }
}

/// Where collections describe themselves (`wire.md` §2).
pub(crate) const PROFILE: &str = "profile";

/// Where collections are searched (`wire.md` §2).
const SEARCH: &str = "search";

/// `orders` of `/orders/7`; empty for paths that have none.
pub(crate) fn first_part(path: &str) -> &str {
    let rest = path.strip_prefix('/').unwrap_or_default();
    rest.split_once('/').map_or(rest, |(first, _)| first)
}
