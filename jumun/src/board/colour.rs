//! The colours of event storming.

/// What a sticker is, by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Pink: what is asked of another context.
    Ask,
    /// Blue.
    Command,
    /// Yellow.
    Aggregate,
    /// Orange.
    Event,
    /// A command that an aggregate sends to itself later.
    Deadline,
    /// Lilac.
    Policy,
    /// Lilac with a thick rim: a policy that acts in the commit of its event.
    AtOnce,
    /// Pink: what is told to people.
    Notification,
    /// Green.
    ReadModel,
}

impl Colour {
    /// All of them, as a story is read.
    pub const ALL: [Self; 9] = [
        Self::Ask,
        Self::Command,
        Self::Aggregate,
        Self::Event,
        Self::Deadline,
        Self::AtOnce,
        Self::Policy,
        Self::Notification,
        Self::ReadModel,
    ];

    /// What it stands for.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ask => "external call",
            Self::Command => "command",
            Self::Aggregate => "aggregate",
            Self::Event => "event",
            Self::Deadline => "deadline",
            Self::Policy => "policy",
            Self::AtOnce => "policy at once",
            Self::Notification => "notification",
            Self::ReadModel => "read model",
        }
    }

    /// Its name in Mermaid classes.
    pub fn class(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Command => "command",
            Self::Aggregate => "aggregate",
            Self::Event => "event",
            Self::Deadline => "deadline",
            Self::Policy => "policy",
            Self::AtOnce => "atOnce",
            Self::Notification => "notification",
            Self::ReadModel => "readModel",
        }
    }

    /// The paper's colour. Black text on it has a contrast of at least 7 (WCAG 2.2, AAA).
    pub fn paper(self) -> &'static str {
        match self {
            Self::Ask => "#f6b3d0",
            Self::Command => "#a6cdf5",
            Self::Aggregate => "#fbe98a",
            Self::Event => "#fbb565",
            Self::Deadline => "#e4e0d8",
            Self::Policy | Self::AtOnce => "#d0b8ee",
            Self::Notification => "#fcd9e6",
            Self::ReadModel => "#b4dfa4",
        }
    }

    /// The rim's colour and width.
    pub fn rim(self) -> (&'static str, &'static str) {
        match self {
            Self::AtOnce => ("#4b2a86", "2.5"),
            Self::Notification => ("#a3275f", "1"),
            _ => ("#777", "0.5"),
        }
    }

    /// The nearest of a terminal's 256 colours.
    pub fn of_terminal(self) -> u8 {
        match self {
            Self::Ask => 211,
            Self::Command => 75,
            Self::Aggregate => 221,
            Self::Event => 214,
            Self::Deadline => 250,
            Self::Policy => 141,
            Self::AtOnce => 99,
            Self::Notification => 218,
            Self::ReadModel => 114,
        }
    }
}
