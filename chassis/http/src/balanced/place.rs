//! Addresses as they are configured.

use std::net::{IpAddr, SocketAddr};

use http::Uri;
use http::uri::{Authority, Scheme};

use super::roster::At;

/// An address that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the address of `{context}` is `{address}`; write it as http://HOST:PORT, several with commas between them"
)]
pub struct AddressError {
    /// Whose address.
    pub context: String,
    /// What was given.
    pub address: String,
}

/// One of several base URLs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// As it is written, for the header `Host`.
    pub(super) authority: Authority,
    /// A name, or an address.
    pub(super) host: String,
    pub(super) port: u16,
    /// What is put before a request's path.
    pub(super) prefix: String,
}

impl Place {
    /// Where it is, if that needs no looking up.
    pub(super) fn known(&self) -> Option<SocketAddr> {
        let ip: IpAddr = self.host.parse().ok()?;
        Some(SocketAddr::new(ip, self.port))
    }
}

/// All base URLs of a list.
pub(super) fn all(context: &str, list: &str) -> Result<Vec<Place>, AddressError> {
    let wrong = |address: &str| AddressError {
        context: context.to_owned(),
        address: address.to_owned(),
    };
    let places = list.split(',').map(str::trim);
    places
        .map(|address| one(address).ok_or_else(|| wrong(address)))
        .collect()
}

/// Those that need no looking up.
pub(super) fn known(places: &[Place]) -> Vec<At> {
    let places = places.iter().enumerate();
    places
        .filter_map(|(index, place)| Some(At::new(index, place.known()?)))
        .collect()
}

fn one(address: &str) -> Option<Place> {
    let uri: Uri = address.parse().ok()?;
    let authority = uri.authority()?.clone();
    let plain = uri.scheme() == Some(&Scheme::HTTP) && uri.query().is_none();
    if !plain || authority.as_str().contains('@') {
        return None;
    }
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    Some(Place {
        port: authority.port_u16().unwrap_or(80),
        prefix: uri.path().trim_end_matches('/').to_owned(),
        authority,
        host,
    })
}
