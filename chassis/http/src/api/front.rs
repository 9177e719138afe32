//! The way in: what collections there are, and what they are made of.

use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use storm::Verb;

use super::json::{self, Links};
use super::shelf::Shelf;
use super::{Answer, Call, ContextApi};
use crate::negotiate;
use crate::{Body, Problem};

impl ContextApi {
    /// `GET /`
    pub(super) fn root(&self, call: &Call<'_>) -> Answer {
        let media = negotiate::wanted(&call.parts.headers)?;
        let mut out = "{".to_owned();
        let mut links = Links::begin(&mut out, &call.origin);
        for shelf in &self.shelves {
            let name = shelf.collection;
            if shelf.paged {
                links.template(name, &format!("/{name}{{?page,size,sort}}"));
            } else {
                links.link(name, &format!("/{name}"));
            }
        }
        links.link("profile", "/profile");
        links.end();
        out.push('}');
        Ok(json::ok(media, out))
    }

    /// `GET /profile` and `GET /profile/{collection}`
    pub(super) fn profile(&self, call: &Call<'_>, rest: &[&str]) -> Answer {
        match rest {
            [] => {
                let media = negotiate::wanted(&call.parts.headers)?;
                let mut out = "{".to_owned();
                let mut links = Links::begin(&mut out, &call.origin);
                links.link("self", "/profile");
                for shelf in &self.shelves {
                    links.link(shelf.collection, &format!("/profile/{}", shelf.collection));
                }
                links.end();
                out.push('}');
                Ok(json::ok(media, out))
            }
            [collection] => {
                let shelf = self.shelves.iter().find(|s| s.collection == *collection);
                let shelf = shelf.ok_or_else(Problem::not_found)?;
                let kind = HeaderValue::from_static("application/alps+json;charset=UTF-8");
                let body = Body::full(self.alps(shelf).to_string());
                Ok(json::response(StatusCode::OK, kind, body))
            }
            _ => Err(Problem::not_found()),
        }
    }

    /// ALPS: the fields, and what can be done.
    fn alps(&self, shelf: &Shelf) -> Value {
        let blank = shelf.blank(&self.running).unwrap_or_default();
        let fields: Map<String, Value> = serde_json::from_str(&blank).unwrap_or_default();
        let fields: Vec<Value> = fields
            .keys()
            .map(|name| json!({"name": name, "type": "SEMANTIC"}))
            .collect();
        let representation = format!("{}-representation", shelf.item);
        let target = format!("#{representation}");
        let mut descriptors = vec![json!({"id": representation, "descriptor": fields})];
        let mut does = |does: &str, name: &str, kind: &str| {
            let id = format!("{does}-{name}");
            descriptors.push(json!({"id": id, "name": name, "type": kind, "rt": target}));
        };
        does("get", shelf.collection, "SAFE");
        does("get", shelf.item, "SAFE");
        for verb in &shelf.verbs {
            match verb {
                Verb::Create => does("create", shelf.collection, "UNSAFE"),
                Verb::Replace => does("update", shelf.item, "IDEMPOTENT"),
                Verb::Change => does("patch", shelf.item, "UNSAFE"),
                Verb::Remove => does("delete", shelf.item, "IDEMPOTENT"),
                // For other contexts, which know.
                Verb::Act(_) | Verb::ActByKey(_) => {}
            }
        }
        json!({"alps": {"version": "1.0", "descriptor": descriptors}})
    }
}
