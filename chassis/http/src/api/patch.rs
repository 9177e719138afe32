//! JSON Patch (RFC 6902): applied to what is shown, and turned into the members that it changes.

use json_patch::{Patch, PatchOperation};
use serde::Deserialize as _;
use serde_json::{Map, Value};
use storm::Refusal;

use crate::Problem;
use crate::problem::broken;

/// A patch can copy what it has copied, so that a few bytes become a great many.
const OPERATIONS: usize = 256;
const NODES: usize = 4_096;
const DEPTH: usize = 64;

pub(super) fn parse(body: &Value) -> Result<Patch, Problem> {
    let patch = Patch::deserialize(body).map_err(|error| {
        Problem::from(Refusal::unreadable(
            "body",
            format!("the body is no JSON patch: {error}"),
        ))
    })?;
    if patch.0.len() > OPERATIONS {
        return Err(refused(
            "body",
            format!("a patch may have {OPERATIONS} operations at most"),
        ));
    }
    Ok(patch)
}

/// The members that are different after the patch; those it takes away are null.
pub(super) fn change(shown: &str, patch: &Patch) -> Result<Value, Problem> {
    let before: Map<String, Value> =
        serde_json::from_str(shown).map_err(|_| broken("unreadable-record"))?;
    let mut after = Value::Object(before.clone());
    for (index, operation) in patch.0.iter().enumerate() {
        apply(&mut after, index, operation)?;
    }
    let Value::Object(after) = after else {
        return Err(refused("body", "the patch leaves no object".to_owned()));
    };
    let mut change = Map::new();
    for (name, value) in &after {
        if before.get(name) != Some(value) {
            change.insert(name.clone(), value.clone());
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        change.insert(name.clone(), Value::Null);
    }
    Ok(Value::Object(change))
}

fn apply(document: &mut Value, index: usize, operation: &PatchOperation) -> Result<(), Problem> {
    let at = || format!("[{index}]");
    json_patch::patch(document, std::slice::from_ref(operation))
        .map_err(|error| refused(at(), error.to_string()))?;
    let mut nodes = NODES;
    if fits(document, DEPTH, &mut nodes) {
        Ok(())
    } else {
        Err(refused(at(), "the patch makes it too large".to_owned()))
    }
}

fn fits(value: &Value, depth: usize, nodes: &mut usize) -> bool {
    let Some(rest) = nodes.checked_sub(1) else {
        return false;
    };
    *nodes = rest;
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|v| fits(v, depth - 1, nodes)),
        Value::Object(members) => depth > 0 && members.values().all(|v| fits(v, depth - 1, nodes)),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => true,
    }
}

fn refused(field: impl Into<String>, why: String) -> Problem {
    Refusal::invalid(field, "patch-not-applicable", why).into()
}

#[cfg(test)]
mod tests;
