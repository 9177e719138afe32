//! Values that people write: pauses, sizes, ranges, secrets.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::time::Duration;

use http_api::forwarded::TrustedProxies;
use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::store::StoreUrl;

/// A length of time, written `610ms`, `10s`, `5m`, `24h` or `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause(pub Duration);

impl FromStr for Pause {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no length of time; write it as 610ms, 10s, 5m or 24h");
        let split = text
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(|| format!("`{text}` lacks its unit; write it as {text}ms or {text}s"))?;
        let (number, unit) = text.split_at(split);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let millis = match unit.trim() {
            "ms" => Some(number),
            "s" => number.checked_mul(1_000),
            "m" | "min" => number.checked_mul(60_000),
            "h" => number.checked_mul(3_600_000),
            "d" => number.checked_mul(86_400_000),
            _ => return Err(wrong()),
        };
        // Sums with the clock must not overflow; nobody waits longer than a century.
        let millis = millis.filter(|millis| *millis <= 100 * 366 * 86_400_000);
        Ok(Self(Duration::from_millis(millis.ok_or_else(wrong)?)))
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let (number, unit) = match millis {
            0 => (0, "s"),
            ms if ms.is_multiple_of(86_400_000) => (ms / 86_400_000, "d"),
            ms if ms.is_multiple_of(3_600_000) => (ms / 3_600_000, "h"),
            ms if ms.is_multiple_of(60_000) => (ms / 60_000, "m"),
            ms if ms.is_multiple_of(1_000) => (ms / 1_000, "s"),
            ms => (ms, "ms"),
        };
        write!(f, "{number}{unit}")
    }
}

/// From one pause to another, written `400-620ms`, `400ms-1s` or, for a fixed one, `500ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseRange {
    /// The shortest.
    pub from: Duration,
    /// The longest.
    pub to: Duration,
}

impl FromStr for PauseRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((from, to)) = text.split_once('-') else {
            let Pause(fixed) = text.trim().parse()?;
            return Ok(Self {
                from: fixed,
                to: fixed,
            });
        };
        let (from, to) = (from.trim(), to.trim());
        let unit: String = to.chars().skip_while(char::is_ascii_digit).collect();
        let Pause(from) = if from.chars().all(|c| c.is_ascii_digit()) {
            format!("{from}{unit}").parse()?
        } else {
            from.parse()?
        };
        let Pause(to) = to.parse()?;
        if from > to {
            return Err(format!(
                "`{text}` ends before it begins; write it as 400-620ms"
            ));
        }
        Ok(Self { from, to })
    }
}

/// A number of bytes, written `65536`, `64KiB` or `1MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub usize);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no size; write it as 65536, 64KiB or 1MiB");
        let split = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let number: usize = number.parse().map_err(|_| wrong())?;
        let factor = match unit.trim() {
            "" | "B" => 1,
            "KiB" | "K" => 1 << 10,
            "MiB" | "M" => 1 << 20,
            // No size may be so large; whoever checks the value says how large it may be.
            "GiB" | "G" => 1 << 30,
            _ => return Err(wrong()),
        };
        number.checked_mul(factor).map(Self).ok_or_else(wrong)
    }
}

/// An address that is listened on: of IPv4, of IPv6, or `localhost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind(pub IpAddr);

impl FromStr for Bind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("localhost") {
            return Ok(Self(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        }
        text.parse().map(Self).map_err(|_| {
            format!("`{text}` is no address to listen on; write 127.0.0.1, ::1, localhost, or 0.0.0.0 for every address of this machine")
        })
    }
}

/// Something that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Gives it away; say where it goes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // What follows `Bearer ` in a header (RFC 6750 §2.1), and enough of it not to be guessed.
        let fits = text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
        if fits && text.len() >= 16 {
            Ok(Self::new(text))
        } else {
            Err("a token has at least 16 letters, digits or -._~+/=".to_owned())
        }
    }
}

/// What proves to a server who we are: any text, as it is.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Password(String);

impl Password {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl From<Password> for Secret {
    fn from(Password(text): Password) -> Self {
        Self(text)
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        // Numbers are not taken: 1_000 and 0x10 would not come out as they were written. They are
        // named here, for the usual message quotes what it found.
        impl Visitor<'_> for Text {
            type Value = Password;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a password in quotes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Password, E> {
                Ok(Password(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Password, E> {
                Err(E::custom("a password stands in quotes"))
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Password, E> {
                Err(E::custom("a password stands in quotes"))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Password, E> {
                Err(E::custom("a password stands in quotes"))
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Password, E> {
                Err(E::custom("a password stands in quotes"))
            }
        }
        from.deserialize_any(Text)
    }
}

/// Proxies and gateways before us, written `127.0.0.0/8, 10.1.2.3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxies(pub(super) TrustedProxies);

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let listed = text.split(',').filter(|one| !one.trim().is_empty());
        let read = TrustedProxies::read(listed);
        read.map(Self).map_err(|error| error.to_string())
    }
}

/// Also as a list.
impl<'de> Deserialize<'de> for Proxies {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Listed;
        impl<'de> Visitor<'de> for Listed {
            type Value = Proxies;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("addresses and networks such as \"127.0.0.0/8, 10.1.2.3\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Proxies, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Proxies, A::Error> {
                let mut all = Vec::<String>::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                let read = TrustedProxies::read(all);
                read.map(Proxies).map_err(de::Error::custom)
            }
        }
        from.deserialize_any(Listed)
    }
}

/// Where a webhook is, `http://sms.example:8080/notices`. It may hold a secret, and is not printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WebhookUrl(pub(super) notifiers::Url);

impl FromStr for WebhookUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = text.parse();
        url.map(Self)
            .map_err(|error: notifiers::UrlError| error.to_string())
    }
}

/// Reads a value from text, and numbers as if they were text.
struct FromText<T>(std::marker::PhantomData<T>, &'static str);

impl<T: FromStr<Err = String>> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.trim().parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        number.to_string().parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        number.to_string().parse().map_err(E::custom)
    }
}

macro_rules! read_from_text {
    ($($value:ty => $expected:literal),+ $(,)?) => {$(
        impl<'de> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(FromText(std::marker::PhantomData, $expected))
            }
        }
    )+};
}

read_from_text! {
    Pause => "a length of time such as \"610ms\", \"10s\" or \"5m\"",
    PauseRange => "a range of time such as \"400-620ms\"",
    Bind => "an address such as \"127.0.0.1\" or \"localhost\"",
    Size => "a size such as 65536 or \"64KiB\"",
    StoreUrl => "a store such as \"sqlite:\" or \"postgres://USER@HOST:5432/DATABASE\"",
    WebhookUrl => "an address such as \"http://sms.example:8080/notices\"",
    Secret => "a token of at least 16 characters",
}
