//! Names that have addresses, several perhaps: a headless service has one for each replica.

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use super::place::Place;

/// The system asks several servers, one after another; requests do not wait for all of them.
const PATIENCE: Duration = Duration::from_secs(2);

/// Addresses on their way.
pub(super) type Found<'a> =
    Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Knows the addresses of names.
pub(super) trait Names: Send + Sync {
    fn look_up<'a>(&'a self, host: &'a str, port: u16) -> Found<'a>;
}

/// Asks the operating system.
pub(super) struct OfSystem;

impl Names for OfSystem {
    fn look_up<'a>(&'a self, host: &'a str, port: u16) -> Found<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Where a place is now.
pub(super) async fn of(place: &Place, names: &dyn Names) -> Result<Vec<SocketAddr>, String> {
    if let Some(known) = place.known() {
        return Ok(vec![known]);
    }
    let asked = tokio::time::timeout(PATIENCE, names.look_up(&place.host, place.port));
    match asked.await {
        Ok(Ok(found)) if found.is_empty() => Err("the name has no address".to_owned()),
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no name server answered in time".to_owned()),
    }
}
