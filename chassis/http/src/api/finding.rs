//! Searches by business key (`wire.md` §2).

use std::sync::Arc;

use http::StatusCode;
use storm::store::{Reader, StoreError, StoredKey};
use storm::text::{self, Lines};
use storm::{Finder, Id, KeyValue, Leads, lenient};

use super::json::{self, Links};
use super::paging::Asked;
use super::rows::Which;
use super::shelf::Shelf;
use super::sorting::Part;
use super::{Answer, Call, ContextApi, reading};
use crate::negotiate::{self, Media};
use crate::{Problem, target};

/// Words that one search looks for at most.
const WORDS_MAX: usize = 16;
/// Items that one search finds at most: their numbers are held, 8 bytes each.
const FOUND_MAX: u64 = 1_000_000;

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
    pub(super) async fn find(&self, call: &Call<'_>, shelf: &Arc<Shelf>, finder: Finder) -> Answer {
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
        if finder.leads != Leads::ToOne {
            return self.find_all(call, shelf, finder, value, media).await;
        }
        let ids = self.found(shelf, finder, value).await?;
        let none = || {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not-found",
                format!("There is no {} with this {}.", shelf.item, finder.key),
            )
            .ko(format!("{} 값이 일치하는 항목이 없습니다.", finder.key))
        };
        let id = ids.first().copied().ok_or_else(none)?;
        let record = self
            .running
            .record(shelf.kind, id)
            .await?
            .ok_or_else(none)?;
        let shown = shelf.show(&self.running, &record)?.ok_or_else(none)?;
        Ok(reading::item(call, shelf, media, &record, &shown))
    }

    /// All that a search finds, or a page of it where one is asked for; sorted where that is.
    async fn find_all(
        &self,
        call: &Call<'_>,
        shelf: &Arc<Shelf>,
        finder: Finder,
        value: &str,
        media: Media,
    ) -> Answer {
        let asked = Asked::of(call.query())?;
        let ids = self.found(shelf, finder, value).await?;
        let total = ids.len() as u64;
        let (skip, limit) = if asked.paged {
            (asked.skip(), asked.size)
        } else {
            (0, u64::MAX)
        };
        let part = Part {
            sorts: &asked.sorts,
            skip,
            limit,
            total,
        };
        let which = self.in_order(shelf, Which::These(ids), part).await?;
        let mut end = "]},".to_owned();
        let mut links = Links::begin(&mut end, &call.origin);
        if asked.paged {
            let mut front = format!(
                "/{}/search/{}?{}=",
                shelf.collection,
                finder.name(),
                finder.key
            );
            target::encode_into(&mut front, value);
            front.push('&');
            reading::page_links(&mut links, &front, &asked, total);
        } else {
            // As it came: an address holds nothing that would have to be escaped, but for quotes.
            let path = call.parts.uri.path_and_query().map_or("/", |p| p.as_str());
            links.link("self", &path.replace(['"', '\\'], ""));
        }
        links.end();
        if asked.paged {
            end.push_str(&reading::page_counts(&asked, total));
        }
        end.push('}');
        self.rows(call, shelf, media, which, end).await
    }

    /// The numbers of those that are meant by what somebody asks for, ascending, however it and they are
    /// spelled: what was kept by an earlier version is found under its own spelling, too.
    async fn found(&self, shelf: &Shelf, finder: Finder, asked: &str) -> Result<Vec<Id>, Problem> {
        let mut spelled = Vec::new();
        for spelling in text::spellings(asked) {
            spelled.push(keys(shelf, finder, &spelling)?);
        }
        let is_one = finder.leads == Leads::ToOne;
        let found = self.running.read(move |reader| {
            let mut all: Vec<Id> = Vec::new();
            for tries in &spelled {
                let Some(more) = first_of(reader, tries)? else {
                    return Ok(None);
                };
                all.extend(more);
                if is_one && !all.is_empty() {
                    break;
                }
            }
            all.sort_unstable();
            all.dedup();
            Ok(Some(all))
        });
        let ids = found.await?.ok_or_else(|| too_many(finder))?;
        match text::refused_in(asked, Lines::One) {
            Some(refused) if ids.is_empty() => {
                Err(lenient::text_unreadable(finder.key, refused, Lines::One).into())
            }
            Some(_) | None => Ok(ids),
        }
    }
}

/// The keys that a search for a text looks up. Those of the first try that finds any are meant, and
/// of these who has all. What looks like a number is looked for as a number first, then as a text:
/// the address does not say which it is.
fn keys(shelf: &Shelf, finder: Finder, text: &str) -> Result<Vec<Vec<StoredKey>>, Problem> {
    let key = |value: KeyValue| StoredKey {
        kind: shelf.kind.to_owned(),
        name: finder.key.to_owned(),
        value,
    };
    if finder.leads == Leads::ByWords {
        return Ok(vec![words(finder, text)?.into_iter().map(key).collect()]);
    }
    let number = text.parse::<i64>().ok().map(KeyValue::from);
    let tries = number.into_iter().chain([text.into()]);
    Ok(tries.map(|value| vec![key(value)]).collect())
}

/// What the first try finds that finds any; `None` when they are too many to hold.
fn first_of(reader: &dyn Reader, tries: &[Vec<StoredKey>]) -> Result<Option<Vec<Id>>, StoreError> {
    for keys in tries {
        match all_of(reader, keys)? {
            Some(ids) if ids.is_empty() => {}
            found => return Ok(found),
        }
    }
    Ok(Some(Vec::new()))
}

/// The words to look for, each once.
fn words(finder: Finder, text: &str) -> Result<Vec<KeyValue>, Problem> {
    let mut words = finder.looks_for(text);
    words.sort_unstable();
    words.dedup();
    if words.is_empty() {
        return Err(
            Problem::bad_request("no-word", "This search needs a word to look for.")
                .ko("검색할 낱말을 입력해 주세요.")
                .field(finder.key),
        );
    }
    if words.len() > WORDS_MAX {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too-many-words",
            format!(
                "A search can look for {WORDS_MAX} words at once; leave the less telling ones out."
            ),
        )
        .ko(format!(
            "한 번에 {WORDS_MAX}개 단어까지 검색할 수 있습니다. 덜 중요한 단어를 빼 주세요."
        ))
        .field(finder.key));
    }
    Ok(words)
}

/// The numbers of what has all these keys, ascending; `None` when they are too many to hold.
fn all_of(reader: &dyn Reader, keys: &[StoredKey]) -> Result<Option<Vec<Id>>, StoreError> {
    let mut all: Option<Vec<Id>> = None;
    for key in keys {
        let found = reader.shown_by_key(key, FOUND_MAX + 1)?;
        if found.len() as u64 > FOUND_MAX {
            return Ok(None);
        }
        let ids = match all {
            None => found,
            // Both ascend.
            Some(mut ids) => {
                ids.retain(|id| found.binary_search(id).is_ok());
                ids
            }
        };
        if ids.is_empty() {
            return Ok(Some(ids));
        }
        all = Some(ids);
    }
    Ok(Some(all.unwrap_or_default()))
}

fn too_many(finder: Finder) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "too-many-found",
        format!("This search would find more than {FOUND_MAX} items; look for something that fewer of them have."),
    )
    .ko(format!(
        "검색 결과가 {FOUND_MAX}개를 넘습니다. 더 구체적인 값으로 검색해 주세요."
    ))
    .field(finder.key)
}
