//! What only looks: items and collections.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body::Frame;
use runtime::Running;
use storm::Id;
use storm::store::Record;
use tokio::sync::mpsc;

use super::json::{self, Links};
use super::paging::Asked;
use super::rows::{Rows, SENT, Which};
use super::shelf::Shelf;
use super::sorting::Part;
use super::{Answer, Call, ContextApi, status};
use crate::negotiate::{self, Media};
use crate::origin::Origin;
use crate::{Body, BodyError, Problem, precondition, trail};

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
        let mut end = "]},".to_owned();
        if !shelf.paged {
            let mut links = Links::begin(&mut end, &call.origin);
            links.link("self", &format!("/{}", shelf.collection));
            profile_and_search(&mut links, shelf);
            links.end();
            end.push('}');
            return self.rows(call, shelf, media, Which::all(), end).await;
        }
        let asked = Asked::of(call.query())?;
        let total = self.running.count(shelf.kind).await?;
        let which = if asked.skip() >= total {
            Which::These(Vec::new())
        } else {
            let part = Part {
                sorts: &asked.sorts,
                skip: asked.skip(),
                limit: asked.size,
                total,
            };
            self.in_order(shelf, Which::all(), part).await?
        };
        let mut links = Links::begin(&mut end, &call.origin);
        if asked.explicit || asked.pages(total) > 1 {
            page_links(
                &mut links,
                &format!("/{}?", shelf.collection),
                &asked,
                total,
            );
        } else {
            let template = format!("/{}{{?page,size,sort}}", shelf.collection);
            links.template("self", &template);
        }
        profile_and_search(&mut links, shelf);
        links.end();
        end.push_str(&page_counts(&asked, total));
        end.push('}');
        self.rows(call, shelf, media, which, end).await
    }

    /// A part of these, sorted where that is asked for.
    pub(super) async fn in_order(
        &self,
        shelf: &Arc<Shelf>,
        among: Which,
        part: Part<'_>,
    ) -> Result<Which, Problem> {
        if !part.sorts.is_empty() {
            return self.sorted(shelf, among, part).await;
        }
        Ok(match among {
            Which::Part { .. } => Which::Part {
                skip: part.skip,
                limit: part.limit,
                descending: false,
            },
            Which::These(ids) => Which::of(ids, part.skip, part.limit),
        })
    }

    /// Rows as a collection, and what comes after them. What does not come in one read is sent as it
    /// is read, for it may be more than what should be held at once.
    pub(super) async fn rows(
        &self,
        call: &Call<'_>,
        shelf: &Arc<Shelf>,
        media: Media,
        which: Which,
        end: String,
    ) -> Answer {
        let mut page = Writing {
            running: Arc::clone(&self.running),
            shelf: Arc::clone(shelf),
            rows: Rows::new(which, SENT),
            text: format!("{{\"_embedded\":{{\"{}\":[", shelf.collection),
            is_first: true,
        };
        page.more(&call.origin).await?;
        if page.rows.is_done() {
            page.text.push_str(&end);
            return Ok(json::ok(media, page.text));
        }
        let (send, receive) = mpsc::channel(1);
        let (uri, headers) = (call.parts.uri.clone(), call.parts.headers.clone());
        tokio::spawn(async move {
            let origin = Origin::of(&uri, &headers);
            page.send(&origin, end, &send).await;
        });
        let body = Body::Streamed(Box::pin(Chunks(receive)));
        Ok(json::response(StatusCode::OK, media.header(), body))
    }
}

/// A collection that is being written.
struct Writing {
    running: Arc<Running>,
    shelf: Arc<Shelf>,
    rows: Rows,
    /// What has been written and not sent.
    text: String,
    is_first: bool,
}

impl Writing {
    /// Reads and writes the next rows. Those that turn out to be hidden are left out.
    async fn more(&mut self, origin: &Origin<'_>) -> Result<(), Problem> {
        let kind = self.shelf.kind;
        let mut rows = std::mem::replace(&mut self.rows, Rows::new(Which::These(vec![]), SENT));
        let read = self.running.read(move |reader| {
            let records = rows.read(reader, kind)?;
            Ok((rows, records))
        });
        let (rows, records) = read.await?;
        self.rows = rows;
        for record in &records {
            let Some(shown) = self.shelf.show(&self.running, record)? else {
                continue;
            };
            if !std::mem::take(&mut self.is_first) {
                self.text.push(',');
            }
            json::item(&mut self.text, &shown, origin, &self.shelf, record.id);
        }
        Ok(())
    }

    /// Sends what is written, and the rest as it is read, no faster than the client takes it.
    async fn send(
        mut self,
        origin: &Origin<'_>,
        end: String,
        to: &mpsc::Sender<Result<Bytes, BodyError>>,
    ) {
        while !self.rows.is_done() {
            let text = std::mem::take(&mut self.text);
            if !text.is_empty() && to.send(Ok(Bytes::from(text))).await.is_err() {
                return; // The client has gone.
            }
            if let Err(problem) = self.more(origin).await {
                let why = format!("the rest cannot be read: {}", problem.status());
                let _ = to.send(Err(BodyError::CutOff(why))).await;
                return;
            }
        }
        self.text.push_str(&end);
        let _ = to.send(Ok(Bytes::from(self.text))).await;
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

/// In the originals' order. Links to other pages only where there are other pages.
pub(super) fn page_links(links: &mut Links<'_>, front: &str, asked: &Asked, total: u64) {
    let pages = asked.pages(total);
    if pages <= 1 && asked.page == 0 {
        links.link("self", &asked.path(front, asked.page));
        return;
    }
    links.link("first", &asked.path(front, 0));
    if asked.page > 0 {
        links.link("prev", &asked.path(front, asked.page - 1));
    }
    links.link("self", &asked.path(front, asked.page));
    if asked.page.saturating_add(1) < pages {
        links.link("next", &asked.path(front, asked.page + 1));
    }
    links.link("last", &asked.path(front, pages.saturating_sub(1)));
}

/// How many there are, and which of them these are.
pub(super) fn page_counts(asked: &Asked, total: u64) -> String {
    format!(
        ",\"page\":{{\"size\":{},\"totalElements\":{total},\"totalPages\":{},\"number\":{}}}",
        asked.size,
        asked.pages(total),
        asked.page
    )
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
