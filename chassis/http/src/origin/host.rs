//! A host and its port, as `Host`, `X-Forwarded-Host`, `Forwarded` and whole addresses name them.

use std::net::Ipv6Addr;

/// As long as a domain name may be, in bytes (RFC 1035 §2.3.4); ports are shorter than what this
/// leaves over.
const LONGEST: usize = 255;

/// A host, an IPv6 address in its brackets, with the port if it is named (RFC 3986 §3.2.2, §3.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Host<'a> {
    pub(crate) name: &'a str,
    pub(crate) port: Option<u16>,
}

impl<'a> Host<'a> {
    /// Stricter than RFC 3986: nothing percent-encoded, no empty label, no port 0. What is `None` here
    /// could break out of a link, or leads nowhere.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, after) = rest.split_once(']')?;
                address.parse::<Ipv6Addr>().ok()?;
                let port = match after {
                    "" => None,
                    after => Some(after.strip_prefix(':')?),
                };
                (text.get(..address.len() + 2)?, port)
            }
            None => {
                let (name, port) = match text.split_once(':') {
                    Some((name, port)) => (name, Some(port)),
                    None => (text, None),
                };
                is_name(name).then_some((name, port))?
            }
        };
        let port = match port {
            // RFC 3986 §3.2.3: a colon with nothing after it is the scheme's port.
            None | Some("") => None,
            Some(digits) => Some(port_of(digits)?),
        };
        Some(Self { name, port })
    }
}

/// A port: digits alone, from 1 to 65535.
pub(super) fn port_of(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|port| *port != 0);
    port.filter(|_| digits)
}

/// Labels with dots between them, one dot at the end allowed. Names of containers have underscores.
fn is_name(name: &str) -> bool {
    let labels = name.strip_suffix('.').unwrap_or(name);
    labels.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte))
    })
}

#[cfg(test)]
mod tests;
