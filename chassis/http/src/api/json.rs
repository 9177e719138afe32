//! Writes resources: what an aggregate shows, with links put in at its end.

use http::{HeaderValue, Response, StatusCode, header};
use storm::Id;

use super::shelf::Shelf;
use crate::Body;
use crate::negotiate::Media;
use crate::origin::Origin;

/// Appends an item. What is shown is not parsed: its closing brace is moved.
pub(super) fn item(out: &mut String, shown: &str, origin: &Origin<'_>, shelf: &Shelf, id: Id) {
    let Some(open) = shown.strip_suffix('}') else {
        out.push_str(shown);
        return;
    };
    out.reserve(open.len() + 2 * (origin.len() + shelf.collection.len()) + 96);
    out.push_str(open);
    if open.len() > 1 {
        out.push(',');
    }
    out.push_str("\"_links\":{\"self\":{\"href\":\"");
    origin.write_item(out, shelf.collection, id);
    out.push_str("\"},\"");
    out.push_str(shelf.item);
    out.push_str("\":{\"href\":\"");
    origin.write_item(out, shelf.collection, id);
    out.push_str("\"}}}");
}

/// Links, one after the other, between the braces of `_links`.
pub(super) struct Links<'a> {
    out: &'a mut String,
    origin: &'a Origin<'a>,
    first: bool,
}

impl<'a> Links<'a> {
    pub(super) fn begin(out: &'a mut String, origin: &'a Origin<'a>) -> Self {
        out.push_str("\"_links\":{");
        Self {
            out,
            origin,
            first: true,
        }
    }

    /// `path` begins with a slash, and is encoded as an address is.
    pub(super) fn link(&mut self, relation: &str, path: &str) {
        self.open(relation, path);
        self.out.push_str("\"}");
    }

    pub(super) fn template(&mut self, relation: &str, path: &str) {
        self.open(relation, path);
        self.out.push_str("\",\"templated\":true}");
    }

    fn open(&mut self, relation: &str, path: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(relation);
        self.out.push_str("\":{\"href\":\"");
        self.origin.write(self.out);
        self.out.push_str(path);
    }

    pub(super) fn end(self) {
        self.out.push('}');
    }
}

pub(super) fn response(status: StatusCode, kind: HeaderValue, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

pub(super) fn ok(media: Media, body: String) -> Response<Body> {
    response(StatusCode::OK, media.header(), Body::full(body))
}
