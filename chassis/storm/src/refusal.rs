//! A real no: the decision's reason, for people and for programs.

use serde::Serialize;

/// What sort of no it is. It decides the HTTP status, and whether a policy tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RefusalKind {
    /// The request cannot be read as what it should be: 400.
    Unreadable,
    /// The request reads well and breaks a rule: 422.
    Invalid,
    /// There is no such thing: 404.
    NotFound,
    /// It cannot be done in the state that things are in: 409.
    Conflict,
    /// What this command acts on is not there *yet*: 409 for a person; a policy tries again,
    /// because another context's event may still be on its way.
    NotYet,
    /// Another context, which had to be asked, did not answer, and nothing has happened: 503 with
    /// `Retry-After`.
    Unavailable,
    /// Another context was asked and did not answer: what was asked may have been done. 503 with
    /// `Retry-After`.
    InDoubt,
}

/// Why a command was refused. Nothing has changed, except perhaps at another context where it is
/// [in doubt](RefusalKind::InDoubt).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// The sort of no.
    pub kind: RefusalKind,
    /// For programs: stable, kebab-case, e.g. `order-delivered`.
    pub code: String,
    /// For people: one English sentence that says what to do.
    pub reason: String,
    /// The same sentence in Korean, where there is one.
    pub reason_ko: Option<String>,
    /// Where in the request the fault is, e.g. `qty` or `lines[2].price`.
    pub field: Option<String>,
}

impl Refusal {
    fn new(kind: RefusalKind, code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.into(),
            reason: reason.into(),
            reason_ko: None,
            field: None,
        }
    }

    /// The body cannot be read: where, and what was expected there.
    pub fn unreadable(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(RefusalKind::Unreadable, "unreadable", reason)
        }
    }

    /// The value of a field breaks a rule.
    pub fn invalid(
        field: impl Into<String>,
        code: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(RefusalKind::Invalid, code, reason)
        }
    }

    /// There is no such thing.
    pub fn not_found(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotFound, code, reason)
    }

    /// It cannot be done as things stand.
    pub fn conflict(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(RefusalKind::Conflict, code, reason)
    }

    /// What it acts on has not arrived yet; a policy tries again.
    pub fn not_yet(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotYet, code, reason)
    }

    /// Someone who had to be asked did not answer. Nothing has happened.
    pub fn unavailable(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(RefusalKind::Unavailable, code, reason)
    }

    /// Someone who had to be asked did not answer, and may have done what was asked. `{instance}` in
    /// the sentence stands for the address that the request was sent to.
    pub fn in_doubt(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(RefusalKind::InDoubt, code, reason)
    }

    /// Adds the sentence in Korean.
    #[must_use]
    pub fn ko(mut self, reason: impl Into<String>) -> Self {
        self.reason_ko = Some(reason.into());
        self
    }
}
