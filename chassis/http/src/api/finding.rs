//! Searches by business key (`wire.md` §2).

use std::collections::HashSet;

use http::StatusCode;
use storm::store::{Record, StoredKey};
use storm::text::{self, Lines};
use storm::{Finder, KeyValue, Leads, lenient};

use super::json::{self, Links};
use super::shelf::Shelf;
use super::{Answer, Call, ContextApi, reading};
use crate::negotiate;
use crate::{Problem, target};

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
        let mut given = pairs.iter().filter(|(name, _)| name == finder.key);
        let value = given.next().map(|(_, value)| &**value).ok_or_else(|| {
            Problem::bad_request(
                "missing-parameter",
                format!("This search needs ?{}=…", finder.key),
            )
            .ko(format!("이 검색에는 ?{}=… 항목이 필요합니다.", finder.key))
            .field(finder.key)
        })?;
        if given.next().is_some() {
            return Err(target::given_twice(finder.key));
        }
        let mut records = self.search(shelf, finder, value).await?;
        if finder.leads != Leads::ToOne {
            return self.found(call, shelf, media, &records);
        }
        let none = || {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not-found",
                format!("There is no {} with this {}.", shelf.item, finder.key),
            )
            .ko(format!("{} 값이 일치하는 항목이 없습니다.", finder.key))
        };
        let record = records.pop().ok_or_else(none)?;
        let shown = shelf.show(&self.running, &record)?.ok_or_else(none)?;
        Ok(reading::item(call, shelf, media, &record, &shown))
    }

    /// Those that are meant by what somebody asks for, however it and they are spelled: what was kept
    /// by an earlier version is found under its own spelling, too.
    async fn search(
        &self,
        shelf: &Shelf,
        finder: Finder,
        asked: &str,
    ) -> Result<Vec<Record>, Problem> {
        let mut records: Vec<Record> = Vec::new();
        for spelling in text::spellings(asked) {
            let found = self.search_spelled(shelf, finder, &spelling).await?;
            if records.is_empty() {
                records = found;
            } else {
                let known: HashSet<_> = records.iter().map(|record| record.id).collect();
                records.extend(found.into_iter().filter(|one| !known.contains(&one.id)));
            }
            if finder.leads == Leads::ToOne && !records.is_empty() {
                break;
            }
        }
        match text::refused_in(asked, Lines::One) {
            Some(refused) if records.is_empty() => {
                Err(lenient::text_unreadable(finder.key, refused, Lines::One).into())
            }
            Some(_) | None => Ok(records),
        }
    }

    /// Those that have all that the finder looks for.
    async fn search_spelled(
        &self,
        shelf: &Shelf,
        finder: Finder,
        text: &str,
    ) -> Result<Vec<Record>, Problem> {
        if finder.leads != Leads::ByWords {
            return self.by_key(shelf, finder.key, text).await;
        }
        let mut words = finder.looks_for(text).into_iter();
        let first = words.next().ok_or_else(|| {
            Problem::bad_request("no-word", "This search needs a word to look for.")
                .ko("검색할 낱말을 입력해 주세요.")
                .field(finder.key)
        })?;
        let mut records = self.look(shelf, finder.key, first).await?;
        for word in words {
            let more = self.look(shelf, finder.key, word).await?;
            records.retain(|record| more.iter().any(|other| other.id == record.id));
        }
        records.retain(|record| !record.hidden);
        Ok(records)
    }

    async fn look(
        &self,
        shelf: &Shelf,
        key: &'static str,
        value: KeyValue,
    ) -> Result<Vec<Record>, Problem> {
        let key = StoredKey {
            kind: shelf.kind.to_owned(),
            name: key.to_owned(),
            value,
        };
        Ok(self.running.by_key(key).await?)
    }

    /// What looks like a number is looked for as a number first, then as a text: the address does
    /// not say which it is.
    async fn by_key(
        &self,
        shelf: &Shelf,
        key: &'static str,
        value: &str,
    ) -> Result<Vec<Record>, Problem> {
        let mut records = Vec::new();
        if let Ok(number) = value.parse::<i64>() {
            records = self.look(shelf, key, number.into()).await?;
        }
        if records.is_empty() {
            records = self.look(shelf, key, value.into()).await?;
        }
        records.retain(|record| !record.hidden);
        Ok(records)
    }
}
