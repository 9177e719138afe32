//! The root and the profiles: links to the collections of all contexts, as the contexts themselves write them.

use http::header::{ACCEPT, FORWARDED, HOST};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Uri};
use http_api::Body;
use serde_json::{Map, Value, json};

use super::{ask_all, read};
use crate::route::PROFILE;
use crate::{Gateway, forwarded};

/// What links are made of.
const TOLD: [HeaderName; 7] = [
    HOST,
    FORWARDED,
    forwarded::FOR,
    forwarded::HOST,
    forwarded::PORT,
    forwarded::PROTO,
    forwarded::PREFIX,
];

/// A context that does not answer is left out; the others' links are still of use.
pub(super) async fn of_all(gateway: &Gateway, request: &Parts, path: &'static str) -> Value {
    let roots = ask_all(gateway, |backend| {
        let mut root = Request::new(Body::Empty);
        *root.uri_mut() = Uri::from_static(path);
        for name in TOLD {
            if let Some(value) = request.headers.get(&name) {
                root.headers_mut().insert(name, value.clone());
            }
        }
        let hal = HeaderValue::from_static("application/hal+json");
        root.headers_mut().insert(ACCEPT, hal);
        root.extensions_mut().extend(request.extensions.clone());
        async move { read(&backend, root).await }
    });
    let mut links = Map::new();
    let mut shared = Map::new();
    for (root, backend) in roots.await {
        let Some(Ok((_, root))) = root else {
            continue;
        };
        let Some(theirs) = root.get("_links") else {
            continue;
        };
        for collection in &backend.collections {
            if let Some(link) = theirs.get(collection) {
                links.insert(collection.clone(), link.clone());
            }
        }
        // Each context has these, and all are at the same address here; they come last.
        for name in ["self", PROFILE] {
            if let Some(link) = theirs.get(name) {
                shared.entry(name).or_insert_with(|| link.clone());
            }
        }
    }
    links.extend(shared);
    json!({ "_links": links })
}
