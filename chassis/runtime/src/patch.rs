//! JSON Patch (RFC 6902): what is to be done to what is shown, and the merge patch (RFC 7396) that it
//! comes to. From there on the two are one: whoever means the same is answered the same.

use std::borrow::Cow;

use json_patch::{Patch, PatchErrorKind, PatchOperation};
use serde_json::{Map, Value};
use storm::Refusal;

/// A patch can copy what it has copied, so that a few bytes become a great many.
const OPERATIONS_MAX: usize = 256;
const VALUES_MAX: usize = 4_096;
const LEVELS_MAX: usize = 64;

/// A JSON Patch that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPatch(Patch);

impl JsonPatch {
    /// Reads one from a body.
    ///
    /// # Errors
    /// [`Refusal::unreadable`] for what is no JSON Patch, [`Refusal::invalid`] for one of more than 256
    /// operations.
    pub fn read(body: Value) -> Result<Self, Refusal> {
        let patch: Patch = serde_json::from_value(body).map_err(|error| {
            let reason = format!("The body is no JSON Patch: {error}.");
            Refusal::unreadable("body", reason)
                .ko("본문이 JSON Patch 형식이 아닙니다. 형식을 확인해 주세요.")
        })?;
        if patch.0.len() > OPERATIONS_MAX {
            let reason = format!("A patch may have {OPERATIONS_MAX} operations.");
            return Err(Refusal::invalid("body", NOT_APPLICABLE, reason).ko(format!(
                "JSON Patch에는 작업을 {OPERATIONS_MAX}개까지 넣을 수 있습니다."
            )));
        }
        Ok(Self(patch))
    }

    /// The merge patch that it comes to: each member that an operation names, with the value that it
    /// has afterwards, whether or not that is another one than before; null where it is gone. Members
    /// stand in the order of what is shown, so that of several faults the same one is told, however the
    /// operations are ordered.
    ///
    /// # Errors
    /// [`Refusal::invalid`] with the operation that does not apply.
    pub fn onto(&self, shown: &Map<String, Value>) -> Result<Value, Refusal> {
        let mut after = Value::Object(shown.clone());
        for (index, operation) in self.0.iter().enumerate() {
            apply(&mut after, operation).map_err(|fault| fault.of(index, operation))?;
        }
        let Value::Object(after) = after else {
            return Err(
                Refusal::invalid("body", NOT_APPLICABLE, "The patch leaves no object.")
                    .ko("JSON Patch를 적용한 결과가 객체가 아닙니다."),
            );
        };
        let named = Named::by(&self.0);
        let added = after.iter().filter(|(name, _)| !shown.contains_key(*name));
        let added = added.map(|(name, value)| (name.clone(), merged(None, value)));
        let there = shown.iter().map(|(name, before)| {
            let now = after.get(name);
            let now = now.map_or(Value::Null, |now| merged(Some(before), now));
            (name.clone(), now)
        });
        let change = there.chain(added);
        let change = change.filter(|(name, _)| named.has(name) || !after.contains_key(name));
        Ok(Value::Object(change.collect()))
    }
}

const NOT_APPLICABLE: &str = "patch-not-applicable";

/// The merge patch that makes `after` of `before`: what an object has no more is null in it.
fn merged(before: Option<&Value>, after: &Value) -> Value {
    let (Some(Value::Object(before)), Value::Object(now)) = (before, after) else {
        return after.clone();
    };
    let there = now.iter();
    let there = there.map(|(name, value)| (name.clone(), merged(before.get(name), value)));
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    let gone = gone.map(|name| (name.clone(), Value::Null));
    Value::Object(there.chain(gone).collect())
}

/// The members that a patch's operations name.
enum Named<'p> {
    All,
    These(Vec<Cow<'p, str>>),
}

impl<'p> Named<'p> {
    fn by(patch: &'p Patch) -> Self {
        let mut names = Vec::new();
        for operation in patch.iter() {
            let from = match operation {
                PatchOperation::Test(_) => continue,
                PatchOperation::Move(moved) => Some(moved.from.as_str()),
                PatchOperation::Add(_)
                | PatchOperation::Remove(_)
                | PatchOperation::Replace(_)
                | PatchOperation::Copy(_) => None,
            };
            for pointer in from.into_iter().chain([operation.path().as_str()]) {
                match member(pointer) {
                    Some(name) => names.push(name),
                    None => return Self::All,
                }
            }
        }
        Self::These(names)
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(names) => names.iter().any(|named| named == name),
        }
    }
}

/// The member that a JSON pointer leads to or through; `None` is the whole.
fn member(pointer: &str) -> Option<Cow<'_, str>> {
    let name = pointer.strip_prefix('/')?.split('/').next()?;
    if name.contains('~') {
        return Some(Cow::Owned(name.replace("~1", "/").replace("~0", "~")));
    }
    Some(Cow::Borrowed(name))
}

/// Why an operation does not apply, in English and in Korean.
struct Fault(String, String);

impl Fault {
    fn of(self, index: usize, operation: &PatchOperation) -> Refusal {
        let name = match operation {
            PatchOperation::Add(_) => "add",
            PatchOperation::Remove(_) => "remove",
            PatchOperation::Replace(_) => "replace",
            PatchOperation::Move(_) => "move",
            PatchOperation::Copy(_) => "copy",
            PatchOperation::Test(_) => "test",
        };
        let Self(why, why_ko) = self;
        let place = operation.path().as_str();
        let reason = format!(
            "Operation [{index}] of the patch, `{name}` at `{place}`, does not apply: {why}. Operations are counted from 0. Nothing was changed."
        );
        Refusal::invalid(format!("[{index}]"), NOT_APPLICABLE, reason).ko(format!(
            "패치의 [{index}]번째 작업(`{name}`, `{place}`)을 적용할 수 없습니다: {why_ko}. 작업 번호는 0부터 셉니다. 아무것도 바뀌지 않았습니다."
        ))
    }
}

fn apply(document: &mut Value, operation: &PatchOperation) -> Result<(), Fault> {
    if let PatchOperation::Test(test) = operation {
        return match document.pointer(test.path.as_str()) {
            Some(found) if same(found, &test.value) => Ok(()),
            Some(_) => Err(not_the_same()),
            None => Err(nothing_at(test.path.as_str())),
        };
    }
    json_patch::patch(document, std::slice::from_ref(operation)).map_err(|error| {
        match (error.kind, operation) {
            (PatchErrorKind::InvalidFromPointer, PatchOperation::Move(moved)) => {
                nothing_at(moved.from.as_str())
            }
            (PatchErrorKind::InvalidFromPointer, PatchOperation::Copy(copied)) => {
                nothing_at(copied.from.as_str())
            }
            (PatchErrorKind::CannotMoveInsideItself, _) => Fault(
                "a value cannot be moved into itself".to_owned(),
                "값을 그 값 안으로 옮길 수 없습니다".to_owned(),
            ),
            (_, operation) => nothing_at(operation.path().as_str()),
        }
    })?;
    let mut values = VALUES_MAX;
    if fits(document, LEVELS_MAX, &mut values) {
        return Ok(());
    }
    Err(Fault(
        format!("it would have more than {VALUES_MAX} values or {LEVELS_MAX} levels"),
        format!("값이 {VALUES_MAX}개 또는 깊이가 {LEVELS_MAX}단계를 넘게 됩니다"),
    ))
}

fn not_the_same() -> Fault {
    Fault(
        "another value is there".to_owned(),
        "그 위치의 값이 다릅니다".to_owned(),
    )
}

fn nothing_at(pointer: &str) -> Fault {
    Fault(
        format!("`{pointer}` leads to nothing"),
        format!("`{pointer}` 위치를 찾을 수 없습니다"),
    )
}

/// Numbers are the same if their values are (RFC 6902 §4.6): a price of 5000.0 is one of 5000.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same_member =
                |(name, a): (&String, &Value)| b.get(name).is_some_and(|b| same(a, b));
            a.len() == b.len() && a.iter().all(same_member)
        }
        (a, b) => a == b,
    }
}

/// Whether a value has no more levels and no more values than this.
fn fits(value: &Value, levels: usize, values: &mut usize) -> bool {
    let Some(rest) = values.checked_sub(1) else {
        return false;
    };
    *values = rest;
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|v| fits(v, levels - 1, values)),
        Value::Object(members) => {
            levels > 0 && members.values().all(|v| fits(v, levels - 1, values))
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => true,
    }
}

#[cfg(test)]
mod tests;
