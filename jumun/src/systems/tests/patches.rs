//! A JSON Patch and a merge patch that mean the same are answered the same, in every collection that
//! can be patched: status, body, effect and events, and again under the same `Idempotency-Key`, also
//! when the row is gone. On stores that hold what a story of each system left there.

mod stories;
mod twin;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use storm::store::Changes;
use storm::{System, Verb};

use crate::systems::OURS;
use twin::Twin;

/// What a member is to be.
#[derive(Clone, Debug)]
enum Pick {
    /// As it is.
    Same,
    /// As another member is.
    Other(prop::sample::Index),
    Value(Value),
}

/// A change of one member, and how a JSON Patch writes it.
#[derive(Clone, Debug)]
struct Edit {
    member: prop::sample::Index,
    pick: Pick,
    how: u8,
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let values = prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        any::<bool>().prop_map(Value::from),
        (-2_i64..12).prop_map(Value::from),
        prop::sample::select(stories::WORDS).prop_map(Value::from),
        Just(json!({"a": [1]})),
    ];
    let picks = prop_oneof![
        2 => Just(Pick::Same),
        1 => any::<prop::sample::Index>().prop_map(Pick::Other),
        4 => values.prop_map(Pick::Value),
    ];
    (any::<prop::sample::Index>(), picks, any::<u8>()).prop_map(|(member, pick, how)| Edit {
        member,
        pick,
        how,
    })
}

fn any_steps() -> impl Strategy<Value = Vec<Vec<Edit>>> {
    prop::collection::vec(prop::collection::vec(any_edit(), 0..3), 1..4)
}

/// The same change as a merge patch and as a JSON Patch of what is shown.
fn written(edits: &[Edit], shown: &Map<String, Value>, names: &[&str]) -> (Value, Value) {
    let mut now = shown.clone();
    let (mut merge, mut patch) = (Map::new(), Vec::new());
    for Edit { member, pick, how } in edits {
        let name = *member.get(names);
        let value = match pick {
            Pick::Same => now.get(name).cloned().unwrap_or_default(),
            Pick::Other(other) => now.get(*other.get(names)).cloned().unwrap_or_default(),
            Pick::Value(value) => value.clone(),
        };
        let path = format!("/{name}");
        let before = now.get(name);
        let set = |op: &str| json!({"op": op, "path": path, "value": value});
        match (how % 4, before) {
            (0 | 1, Some(_)) if value.is_null() => {
                patch.push(json!({"op": "remove", "path": path}));
                now.remove(name);
                merge.insert(name.to_owned(), value);
                continue;
            }
            (0, Some(before)) => {
                patch.push(json!({"op": "test", "path": path, "value": before}));
                patch.push(set("replace"));
            }
            (1, Some(_)) => {
                patch.push(json!({"op": "remove", "path": path}));
                patch.push(set("add"));
            }
            (2, Some(_)) => patch.push(set("replace")),
            (_, _) => patch.push(set("add")),
        }
        merge.insert(name.to_owned(), value.clone());
        now.insert(name.to_owned(), value);
    }
    // Of several faults the first member's is told.
    let merge = names.iter().filter_map(|name| merge.remove_entry(*name));
    (Value::Object(merge.collect()), Value::Array(patch))
}

/// An item that can be patched.
struct Case {
    system: fn() -> System,
    context: &'static str,
    path: String,
    removes: bool,
    kept: Changes,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for system in OURS {
        let story = stories::of(system().name());
        let world = stories::told(*system, &story);
        for context in system().into_contexts() {
            let kept = world.kept(context.name());
            for aggregate in context.aggregates() {
                let verbs = aggregate.verbs();
                if !verbs.contains(&Verb::Change) {
                    continue;
                }
                let mine = kept.records.iter().map(|changed| &changed.record);
                let ids: Vec<_> = mine
                    .filter(|record| record.kind == aggregate.kind() && !record.hidden)
                    .map(|record| record.id)
                    .collect();
                let place = format!("{}/{}", system().name(), aggregate.collection());
                assert!(!ids.is_empty(), "the story leaves no {place} to patch");
                cases.extend(ids.into_iter().map(|id| Case {
                    system: *system,
                    context: context.name(),
                    path: format!("/{}/{id}", aggregate.collection()),
                    removes: verbs.contains(&Verb::Remove),
                    kept: kept.clone(),
                }));
            }
        }
    }
    cases
}

/// Sends the same to both, each in its own words, and says what the answers were.
async fn are_alike(case: &Case, steps: &[Vec<Edit>]) -> BTreeMap<u16, usize> {
    let merging = Twin::start(case.system, case.context, &case.kept);
    let patching = Twin::start(case.system, case.context, &case.kept);
    let (path, mut sent, mut answers) = (case.path.as_str(), Vec::new(), BTreeMap::new());
    let shown = merging.shown(path).await;
    let names: Vec<&str> = shown.keys().map(String::as_str).chain(["other"]).collect();
    for (number, edits) in steps.iter().enumerate() {
        let now = merging.shown(path).await;
        assert_eq!(now, patching.shown(path).await);
        let (merge, patch) = written(edits, &now, &names);
        let key = format!("k-{number}");
        let (one, other) = (
            merging.merge(path, &key, &merge).await,
            patching.patch(path, &key, &patch).await,
        );
        assert_eq!(one, other, "{path}: {merge} and {patch}");
        *answers.entry(one.status.as_u16()).or_default() += 1;
        sent.push((key, merge, patch, one));
    }
    for turn in ["there", "removed"] {
        let is_gone = merging.shown(path).await.is_empty();
        for (key, merge, patch, first) in &sent {
            // What was refused may be done, or refused for another reason, as things are now.
            if !is_gone && !first.status.is_success() {
                continue;
            }
            let (one, other) = (
                merging.merge(path, key, merge).await,
                patching.patch(path, key, patch).await,
            );
            assert_eq!(one, other, "{turn}, {path}: {merge} and {patch}");
            if first.status.is_success() {
                let again = (&other.status, &other.etag, &other.body, other.is_replayed);
                let expected = (&first.status, &first.etag, &first.body, true);
                assert_eq!(again, expected, "{turn}, {path}: {patch}");
            }
        }
        if case.removes {
            let kind = "application/json";
            let one = merging.send("DELETE", path, kind, "gone", &json!({})).await;
            let other = patching
                .send("DELETE", path, kind, "gone", &json!({}))
                .await;
            assert_eq!(one, other, "{path}");
        }
    }
    assert_eq!(merging.told(), patching.told(), "{path}");
    merging.running.stop().await;
    patching.running.stop().await;
    answers
}

#[test]
fn patches_that_mean_the_same_are_answered_the_same_in_every_collection() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases = cases();
    assert!(cases.len() >= 12, "{} items", cases.len());
    let mut answers = BTreeMap::new();
    for case in &cases {
        let config = ProptestConfig {
            cases: 24,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let counted = std::cell::RefCell::new(BTreeMap::new());
        TestRunner::new(config)
            .run(&any_steps(), |steps| {
                let one = runtime.block_on(are_alike(case, &steps));
                for (status, count) in one {
                    *counted.borrow_mut().entry(status).or_insert(0) += count;
                }
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{}: {error}", case.path));
        for (status, count) in counted.into_inner() {
            *answers.entry(status).or_insert(0) += count;
        }
    }
    for status in [200, 400, 409, 422] {
        assert!(
            answers.contains_key(&status),
            "never answered {status}: {answers:?}"
        );
    }
}
