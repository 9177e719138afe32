//! What a server says of itself when it stops or cannot serve yet.

use http::{HeaderMap, HeaderName, HeaderValue};

/// On every answer of a server that has been told to stop, or cannot serve yet: who asks should go
/// elsewhere for now. Of one hop. Its value is a [`Leaving`].
pub const LEAVING: HeaderName = HeaderName::from_static("x-leaving");

/// The values of [`LEAVING`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// The server is about to stop and still accepts connections.
    Soon,
    /// The server accepts no connections any more; those that are open end with their next answer.
    Now,
    /// The server does not serve yet. This request was not carried out and can be sent again.
    NotTaken,
}

impl Leaving {
    /// As it stands in the header.
    pub fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Soon => "1",
            Self::Now => "now",
            Self::NotTaken => "not-taken",
        })
    }

    /// What an answer says. A value that is not known is the weakest of them.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(LEAVING)?;
        let known = [Self::Now, Self::NotTaken];
        let known = known.into_iter().find(|leaving| leaving.value() == value);
        Some(known.unwrap_or(Self::Soon))
    }
}
