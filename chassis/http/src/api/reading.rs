//! What only looks: items and collections.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body::Frame;
use runtime::Running;
use storm::Id;
use storm::store::{Page, Record};
use tokio::sync::mpsc;

use super::json::{self, Links};
use super::paging::Asked;
use super::shelf::Shelf;
use super::{Answer, Call, ContextApi, status};
use crate::negotiate::{self, Media};
use crate::origin::Origin;
use crate::{Body, BodyError, Problem, precondition, trail};

/// Rows of a collection without pages that are read, and sent, at a time.
const CHUNK: u64 = 1_000;

impl ContextApi {
    pub(super) async fn one(&self, call: &Call<'_>, shelf: &Shelf, id: Id) -> Answer {
        let headers = &call.parts.headers;
        let media = negotiate::wanted(headers)?;
        if headers.contains_key(trail::ASKED_BY) {
            self.chaos().await?;
        }
        let record = self.running.record(shelf.kind, id).await?;
        let record = record.ok_or_else(|| shelf.absent(id))?;
        let Some(shown) = shelf.show(&self.running, &record)? else {
            return Err(shelf.absent(id));
        };
        let is_known = precondition::none_match(headers, record.version);
        if call.parts.method == Method::HEAD && !is_known {
            let mut response = head(call, shelf, Some(id));
            validators(&mut response, &record);
            return Ok(response);
        }
        Ok(item(call, shelf, media, &record, &shown))
    }

    pub(super) async fn list(&self, call: &Call<'_>, shelf: &Arc<Shelf>) -> Answer {
        let media = negotiate::wanted(&call.parts.headers)?;
        if !shelf.paged {
            return self.unpaged(call, shelf, media).await;
        }
        let asked = Asked::of(call.query())?;
        let total = self.running.count(shelf.kind).await?;
        let records = if asked.skip() >= total {
            Vec::new()
        } else if asked.sorts.is_empty() {
            let page = Page {
                skip: asked.skip(),
                limit: asked.size,
                descending: false,
            };
            self.running.page(shelf.kind, page).await?
        } else {
            self.sorted(shelf, &asked).await?
        };
        let mut out = embedded(shelf);
        append(&mut out, &self.running, shelf, &call.origin, &records, true)?;
        out.push_str("]},");
        page_links(&mut out, &call.origin, shelf, &asked, total);
        let counts = format!(
            ",\"page\":{{\"size\":{},\"totalElements\":{total},\"totalPages\":{},\"number\":{}}}}}",
            asked.size,
            asked.pages(total),
            asked.page
        );
        out.push_str(&counts);
        Ok(json::ok(media, out))
    }

    /// A read model that is shown whole. Beyond one chunk it is sent as it is read, for it may be
    /// larger than what should be held at once.
    async fn unpaged(&self, call: &Call<'_>, shelf: &Arc<Shelf>, media: Media) -> Answer {
        let records = self.running.page(shelf.kind, chunk(0)).await?;
        let mut out = embedded(shelf);
        append(&mut out, &self.running, shelf, &call.origin, &records, true)?;
        let mut end = "]},".to_owned();
        let mut links = Links::begin(&mut end, &call.origin);
        links.link("self", &format!("/{}", shelf.collection));
        profile_and_search(&mut links, shelf);
        links.end();
        end.push('}');
        if (records.len() as u64) < CHUNK {
            out.push_str(&end);
            return Ok(json::ok(media, out));
        }
        let (send, receive) = mpsc::channel(2);
        let (running, shelf) = (Arc::clone(&self.running), Arc::clone(shelf));
        let (uri, headers) = (call.parts.uri.clone(), call.parts.headers.clone());
        tokio::spawn(async move {
            let origin = Origin::of(&uri, &headers);
            let mut text = out;
            let mut skip = CHUNK;
            loop {
                if send.send(Ok(Bytes::from(text))).await.is_err() {
                    return; // The client has gone.
                }
                let rows = more(&running, &shelf, &origin, skip).await;
                let last = rows.as_ref().map_or(true, |(count, _)| *count < CHUNK);
                text = match rows {
                    Ok((_, rows)) => rows,
                    Err(error) => {
                        let _ = send.send(Err(BodyError::CutOff(error))).await;
                        return;
                    }
                };
                if last {
                    text.push_str(&end);
                    let _ = send.send(Ok(Bytes::from(text))).await;
                    return;
                }
                skip += CHUNK;
            }
        });
        let body = Body::Streamed(Box::pin(Chunks(receive)));
        Ok(json::response(StatusCode::OK, media.header(), body))
    }

    /// Records as a collection of their own: what a search found.
    pub(super) fn found(
        &self,
        call: &Call<'_>,
        shelf: &Shelf,
        media: Media,
        records: &[Record],
    ) -> Answer {
        let mut out = embedded(shelf);
        append(&mut out, &self.running, shelf, &call.origin, records, true)?;
        out.push_str("]},");
        let mut links = Links::begin(&mut out, &call.origin);
        // As it came: an address holds nothing that would have to be escaped, but for quotes.
        let path = call.parts.uri.path_and_query().map_or("/", |p| p.as_str());
        links.link("self", &path.replace(['"', '\\'], ""));
        links.end();
        out.push('}');
        Ok(json::ok(media, out))
    }
}

/// An item as it is shown, or that the client has it already.
pub(super) fn item(
    call: &Call<'_>,
    shelf: &Shelf,
    media: Media,
    record: &Record,
    shown: &str,
) -> Response<Body> {
    let mut response = if precondition::none_match(&call.parts.headers, record.version) {
        status(StatusCode::NOT_MODIFIED)
    } else {
        let mut out = String::new();
        json::item(&mut out, shown, &call.origin, shelf, record.id);
        json::ok(media, out)
    };
    validators(&mut response, record);
    response
}

/// The headers that tell an item's states and stories apart.
fn validators(response: &mut Response<Body>, record: &Record) {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, precondition::etag(record.version));
    if let Ok(correlation) = HeaderValue::from_str(&record.correlation) {
        headers.insert(trail::CORRELATION, correlation);
    }
}

/// What HEAD answers (`wire.md` §2).
pub(super) fn head(call: &Call<'_>, shelf: &Shelf, id: Option<Id>) -> Response<Body> {
    let mut link = "<".to_owned();
    match id {
        Some(id) => call.origin.write_item(&mut link, shelf.collection, id),
        None => {
            call.origin.write(&mut link);
            link.push('/');
            link.push_str(shelf.collection);
        }
    }
    link.push_str(">;rel=\"self\"");
    let mut response = status(StatusCode::NO_CONTENT);
    if let Ok(link) = HeaderValue::try_from(link) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

fn chunk(skip: u64) -> Page {
    Page {
        skip,
        limit: CHUNK,
        descending: false,
    }
}

async fn more(
    running: &Running,
    shelf: &Shelf,
    origin: &Origin<'_>,
    skip: u64,
) -> Result<(u64, String), String> {
    let records = running.page(shelf.kind, chunk(skip)).await;
    let records = records.map_err(|error| error.to_string())?;
    let mut text = String::new();
    append(&mut text, running, shelf, origin, &records, false)
        .map_err(|_| "a record cannot be shown".to_owned())?;
    Ok((records.len() as u64, text))
}

fn embedded(shelf: &Shelf) -> String {
    format!("{{\"_embedded\":{{\"{}\":[", shelf.collection)
}

/// Appends items; those that turn out to be hidden are left out.
fn append(
    out: &mut String,
    running: &Running,
    shelf: &Shelf,
    origin: &Origin<'_>,
    records: &[Record],
    mut first: bool,
) -> Result<(), Problem> {
    for record in records {
        let Some(shown) = shelf.show(running, record)? else {
            continue;
        };
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        json::item(out, &shown, origin, shelf, record.id);
    }
    Ok(())
}

/// In the originals' order. Links to other pages only where there are other pages.
fn page_links(out: &mut String, origin: &Origin<'_>, shelf: &Shelf, asked: &Asked, total: u64) {
    let name = shelf.collection;
    let pages = asked.pages(total);
    let mut links = Links::begin(out, origin);
    if pages > 1 || asked.page > 0 {
        links.link("first", &asked.path(name, 0));
        if asked.page > 0 {
            links.link("prev", &asked.path(name, asked.page - 1));
        }
        links.link("self", &asked.path(name, asked.page));
        if asked.page.saturating_add(1) < pages {
            links.link("next", &asked.path(name, asked.page + 1));
        }
        links.link("last", &asked.path(name, pages.saturating_sub(1)));
    } else if asked.explicit {
        links.link("self", &asked.path(name, asked.page));
    } else {
        links.template("self", &format!("/{name}{{?page,size,sort}}"));
    }
    profile_and_search(&mut links, shelf);
    links.end();
}

fn profile_and_search(links: &mut Links<'_>, shelf: &Shelf) {
    links.link("profile", &format!("/profile/{}", shelf.collection));
    if !shelf.finders.is_empty() {
        links.link("search", &format!("/{}/search", shelf.collection));
    }
}

/// A body that is sent as it is made.
struct Chunks(mpsc::Receiver<Result<Bytes, BodyError>>);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.0
            .poll_recv(cx)
            .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}
