//! Who may say by which address the client knows us.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

/// The proxies and gateways before us, by address or network. The default is this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address and no network; write it as 192.0.2.7, 10.0.0.0/8 or fd00::/8")]
pub struct NotANetwork(String);

impl TrustedProxies {
    /// Addresses and networks, e.g. `192.0.2.7` and `10.0.0.0/8`.
    ///
    /// # Errors
    /// [`NotANetwork`] for the first that is neither.
    pub fn read<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> Result<Self, NotANetwork> {
        list.into_iter().map(|one| network(one.as_ref())).collect()
    }

    /// These, and this machine.
    #[must_use]
    pub fn and_loopback(&self) -> Self {
        let ours = Self::default();
        self.0.iter().chain(ours.0.iter()).copied().collect()
    }

    /// Whether a peer is one of them.
    pub fn contain(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }

    /// As they can be [read](Self::read) again.
    pub fn list(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }
}

impl Default for TrustedProxies {
    fn default() -> Self {
        let loopback = [
            (IpAddr::V4(Ipv4Addr::LOCALHOST), 8),
            (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
        ];
        loopback
            .into_iter()
            .filter_map(|(address, length)| IpNet::new(address, length).ok())
            .map(|network| network.trunc())
            .collect()
    }
}

impl FromIterator<IpNet> for TrustedProxies {
    fn from_iter<T: IntoIterator<Item = IpNet>>(networks: T) -> Self {
        Self(networks.into_iter().collect())
    }
}

fn network(text: &str) -> Result<IpNet, NotANetwork> {
    let text = text.trim();
    let wrong = || NotANetwork(text.to_owned());
    if text.contains('/') {
        return IpNet::from_str(text).map_err(|_| wrong());
    }
    let address = IpAddr::from_str(text).map_err(|_| wrong())?;
    // Peers are compared as what they are, however they came.
    Ok(IpNet::from(address.to_canonical()))
}
