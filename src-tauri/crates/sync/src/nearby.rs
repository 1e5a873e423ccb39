//! Who is nearby: hubs in the local network, by multicast DNS.
//!
//! A hub calls itself `_alongside._tcp.local.` with its id and nothing else: no school and no person. Anyone can call
//! themselves so; only the key that answers tells who it is.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use alongside_domain::HubId;
use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent};
use tokio::time::{Instant, timeout_at};

use crate::HubAddress;
use crate::finder::{Finder, Finding};

/// What hubs are called in a local network.
pub const SERVICE: &str = "_alongside._tcp.local.";
/// The name of what says which hub it is.
pub const HUB_PROPERTY: &str = "hub";
/// How long hubs have to say that they are there.
const LISTEN_FOR: Duration = Duration::from_secs(3);
/// The most hubs that are listened to in one search.
const MOST: usize = 64;

/// A hub that calls itself so, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearby {
    /// Which it says it is.
    pub hub: HubId,
    /// Where, most likely first.
    pub sockets: Vec<SocketAddr>,
}

/// The local network as a [`Finder`].
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalNetwork;

impl Finder for LocalNetwork {
    /// A hub on this machine is not looked for in the network.
    fn find(&self, hub: HubId, lost: &HubAddress) -> Finding<'_> {
        let is_here = lost.is_this_machine();
        Box::pin(async move {
            if is_here {
                return Vec::new();
            }
            let all = nearby().await;
            let same = all.into_iter().filter(|nearby| nearby.hub == hub);
            same.flat_map(|nearby| nearby.sockets).collect()
        })
    }
}

/// Listens for the hubs of this network for three seconds. None where the network or the system does not allow it.
pub async fn nearby() -> Vec<Nearby> {
    match listen().await {
        Ok(heard) => heard,
        Err(error) => {
            tracing::info!(%error, "the local network cannot be asked for hubs");
            Vec::new()
        }
    }
}

async fn listen() -> Result<Vec<Nearby>, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    let events = daemon.browse(SERVICE)?;
    let until = Instant::now() + LISTEN_FOR;
    let mut heard: Vec<Nearby> = Vec::new();
    while heard.len() < MOST
        && let Ok(Ok(event)) = timeout_at(until, events.recv_async()).await
    {
        if let ServiceEvent::ServiceResolved(service) = event
            && let Some(nearby) = read(&service)
        {
            heard.push(nearby);
        }
    }
    // It ends by itself; nobody waits for it.
    let _ = daemon.shutdown();
    Ok(heard)
}

/// What a hub says of itself. None when it is not one of ours.
fn read(service: &ResolvedService) -> Option<Nearby> {
    let hub = service
        .get_property_val_str(HUB_PROPERTY)?
        .parse::<HubId>()
        .ok()?;
    let addresses: BTreeSet<(u8, IpAddr)> = service
        .get_addresses()
        .iter()
        .map(|scoped| scoped.to_ip_addr())
        .map(|ip| (rank(ip), ip))
        .collect();
    let sockets: Vec<SocketAddr> = addresses
        .into_iter()
        .map(|(_, ip)| SocketAddr::new(ip, service.get_port()))
        .collect();
    (!sockets.is_empty() && service.get_port() != 0).then_some(Nearby { hub, sockets })
}

/// The machine's addresses at which others in the local network reach it, most likely first: private ones of version 4,
/// then of version 6. Loopback only where there is no other; never link-local ones, which do not fit into a link.
pub fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        tracing::warn!(%error, "the addresses of this machine cannot be read");
        Vec::new()
    });
    usable(
        interfaces
            .iter()
            .filter(|one| one.is_oper_up())
            .map(|one| one.ip()),
    )
}

fn usable(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let is_link_local = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let ranked: BTreeSet<(u8, IpAddr)> = addresses
        .filter(|ip| !is_link_local(ip) && !ip.is_unspecified() && !ip.is_multicast())
        .map(|ip| (rank(ip), ip))
        .collect();
    let has_others = ranked.iter().any(|(_, ip)| !ip.is_loopback());
    ranked
        .into_iter()
        .map(|(_, ip)| ip)
        .filter(|ip| !(has_others && ip.is_loopback()))
        .collect()
}

fn rank(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(ip) if ip.is_private() => 0,
        IpAddr::V4(ip) if !ip.is_loopback() => 1,
        IpAddr::V6(ip) if ip.is_unique_local() => 2,
        IpAddr::V6(ip) if !ip.is_loopback() => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceInfo;
    use uuid::Uuid;

    use super::*;

    fn service(addresses: &str, port: u16, properties: &[(&str, &str)]) -> ResolvedService {
        ServiceInfo::new(SERVICE, "one", "one.local.", addresses, port, properties)
            .unwrap()
            .as_resolved_service()
    }

    #[test]
    fn what_a_hub_says_of_itself_is_read() {
        let hub = HubId::from_uuid(Uuid::from_u128(7));
        let id = hub.to_string();
        let said = service("fd00::7,203.0.113.9,192.168.1.7", 41234, &[("hub", &id)]);
        assert_eq!(
            read(&said),
            Some(Nearby {
                hub,
                sockets: vec![
                    "192.168.1.7:41234".parse().unwrap(),
                    "203.0.113.9:41234".parse().unwrap(),
                    "[fd00::7]:41234".parse().unwrap(),
                ],
            })
        );
    }

    #[test]
    fn what_is_no_hub_of_ours_is_passed_over() {
        let id = Uuid::from_u128(7).to_string();
        assert_eq!(read(&service("192.168.1.7", 1, &[])), None);
        assert_eq!(read(&service("192.168.1.7", 1, &[("hub", "x")])), None);
        assert_eq!(read(&service("192.168.1.7", 0, &[("hub", &id)])), None);
        assert_eq!(read(&service("", 1, &[("hub", &id)])), None);
    }

    #[test]
    fn own_addresses_are_those_that_others_reach() {
        let read = |texts: &[&str]| usable(texts.iter().map(|text| text.parse().unwrap()));
        let shown: Vec<String> = read(&[
            "::1",
            "fe80::1",
            "fd00::2",
            "127.0.0.1",
            "169.254.3.3",
            "192.168.1.7",
            "192.168.1.7",
        ])
        .iter()
        .map(ToString::to_string)
        .collect();
        assert_eq!(shown, ["192.168.1.7", "fd00::2"]);
        assert_eq!(
            read(&["127.0.0.1", "fe80::1"]).len(),
            1,
            "loopback if alone"
        );
    }
}
