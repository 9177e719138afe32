//! Where a webhook is.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, PathAndQuery};

/// An address that a webhook cannot have. It is not quoted: it may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Encrypted.
    #[error(
        "https is left to a proxy beside jumun; write the proxy's own address, as \"http://127.0.0.1:8443/sms\""
    )]
    Https,
    /// With a name and a password, which would have to be sent in the open.
    #[error(
        "a name and a password in a webhook's address would be sent in the open; leave them to a proxy beside jumun"
    )]
    SignedIn,
    /// Nothing that can be asked.
    #[error("this is no webhook's address; write it as \"http://sms.example:8080/notices\"")]
    Other,
}

const USUAL_PORT: u16 = 80;

/// `http://HOST[:PORT][/PATH][?QUERY]`. Shown without path and query, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    authority: Authority,
    target: PathAndQuery,
}

impl Url {
    /// Host and port.
    pub(crate) fn place(&self) -> (&str, u16) {
        let host = self.authority.host();
        // A numeric IPv6 address stands in brackets, which are not part of it.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (host, self.authority.port_u16().unwrap_or(USUAL_PORT))
    }

    /// Whether the host has an address now.
    ///
    /// # Errors
    /// What the system says.
    pub async fn resolves(&self) -> std::io::Result<()> {
        tokio::net::lookup_host(self.place()).await.map(drop)
    }

    pub(crate) fn target(&self) -> PathAndQuery {
        self.target.clone()
    }
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        let uri: Uri = url.parse().map_err(|_| UrlError::Other)?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(UrlError::Https),
            _ => return Err(UrlError::Other),
        }
        let parts = uri.into_parts();
        let authority = parts.authority.ok_or(UrlError::Other)?;
        if authority.as_str().contains('@') {
            return Err(UrlError::SignedIn);
        }
        // `http` takes a port that is none for no port.
        let port = authority.as_str().strip_prefix(authority.host());
        let port = match port {
            Some("") => Some(USUAL_PORT),
            Some(port) => port.strip_prefix(':').and_then(|port| port.parse().ok()),
            None => None,
        };
        if authority.host().is_empty() || port.is_none_or(|port| port == 0) {
            return Err(UrlError::Other);
        }
        let target = match parts.path_and_query {
            // Written out, it begins with a slash though it is only a query.
            Some(target) => target.to_string().parse().map_err(|_| UrlError::Other)?,
            None => PathAndQuery::from_static("/"),
        };
        Ok(Self { authority, target })
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self}/…)")
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.authority.fmt(f)
    }
}

#[cfg(test)]
mod tests;
