//! How a system's events are wrapped on its topic, so that the originals' services understand them
//! (`wire.md` §5).

/// What stands around an event's own fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// How `timestamp` is written.
    pub timestamp: Timestamp,
    /// Whether `"me":true` comes last: the originals' `validate()` as their JSON library saw it.
    pub me: bool,
    /// Whether the event's name is also in the header `type`. The newer originals pass over records
    /// without it.
    pub type_header: bool,
}

/// When, on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timestamp {
    /// A text, `20210119203304`: UTC, and the calendar's year. (The originals wrote the year of the
    /// week, which is the next one in the last days of December.)
    Digits,
    /// A number: milliseconds since 1970-01-01T00:00Z.
    Millis,
}

impl Envelope {
    /// The older originals: a text for the time, no header `type`.
    pub const OLD: Self = Self {
        timestamp: Timestamp::Digits,
        me: false,
        type_header: false,
    };

    /// The older originals that asked `validate()` of each event.
    pub const OLD_WITH_ME: Self = Self {
        me: true,
        ..Self::OLD
    };

    /// The newer originals: a number for the time, and the header `type`. So are systems that replace
    /// nothing: it says most.
    pub const NEW: Self = Self {
        timestamp: Timestamp::Millis,
        me: false,
        type_header: true,
    };
}
