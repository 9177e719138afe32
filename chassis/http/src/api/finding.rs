//! Searches by business key (`wire.md` §2).

use http::StatusCode;
use storm::store::{Record, StoredKey};
use storm::{Finder, KeyValue};

use super::json::{self, Links};
use super::shelf::Shelf;
use super::{Answer, Call, ContextApi};
use crate::negotiate;
use crate::{Problem, precondition, target};

/// Which searches there are.
pub(super) fn finders(call: &Call<'_>, shelf: &Shelf) -> Answer {
    if shelf.finders.is_empty() {
        return Err(Problem::not_found());
    }
    let media = negotiate::wanted(&call.parts.headers)?;
    let base = format!("/{}/search", shelf.collection);
    let mut out = "{".to_owned();
    let mut links = Links::begin(&mut out, &call.origin);
    for finder in &shelf.finders {
        let (name, key) = (finder.name(), finder.key);
        links.template(&name, &format!("{base}/{name}{{?{key}}}"));
    }
    links.link("self", &base);
    links.end();
    out.push('}');
    Ok(json::ok(media, out))
}

impl ContextApi {
    /// Runs one: an item or 404 where the key is unique, else a collection.
    pub(super) async fn find(&self, call: &Call<'_>, shelf: &Shelf, finder: Finder) -> Answer {
        let media = negotiate::wanted(&call.parts.headers)?;
        let pairs = target::pairs(call.query())?;
        let value = pairs.iter().find(|(name, _)| name == finder.key);
        let value = value.map(|(_, value)| &**value).ok_or_else(|| {
            Problem::bad_request(
                "missing-parameter",
                format!("This search needs ?{}=…", finder.key),
            )
            .field(finder.key)
        })?;
        let mut records = self.by_key(shelf, finder.key, value).await?;
        if !finder.unique {
            return self.found(call, shelf, media, &records);
        }
        let none = || {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not-found",
                format!("There is no {} with this {}.", shelf.item, finder.key),
            )
        };
        let record = records.pop().ok_or_else(none)?;
        let shown = shelf.show(&self.running, &record)?.ok_or_else(none)?;
        let mut out = String::new();
        json::item(&mut out, &shown, &call.origin, shelf, record.id);
        let mut response = json::ok(media, out);
        response
            .headers_mut()
            .insert(http::header::ETAG, precondition::etag(record.version));
        Ok(response)
    }

    /// What looks like a number is looked for as a number first, then as a text: the address does
    /// not say which it is.
    async fn by_key(
        &self,
        shelf: &Shelf,
        key: &'static str,
        value: &str,
    ) -> Result<Vec<Record>, Problem> {
        let look = |value: KeyValue| {
            self.running.by_key(StoredKey {
                kind: shelf.kind.to_owned(),
                name: key.to_owned(),
                value,
            })
        };
        let mut records = Vec::new();
        if let Ok(number) = value.parse::<i64>() {
            records = look(number.into()).await?;
        }
        if records.is_empty() {
            records = look(value.into()).await?;
        }
        records.retain(|record| !record.hidden);
        Ok(records)
    }
}
