//! Says in the local network where this hub is, so that a device finds it again at another address.
//!
//! It says which hub it is and nothing else: no school and no person.

use std::net::IpAddr;

use alongside_domain::HubId;
use alongside_sync::nearby::{HUB_PROPERTY, SERVICE};
use mdns_sd::{ServiceDaemon, ServiceInfo};

use crate::HubError;

/// As long as this lives, the hub is announced.
pub struct Announced {
    daemon: ServiceDaemon,
    name: String,
}

/// Announces that `hub` answers at these addresses and this port.
///
/// None, and nothing is sent at all, when no other machine can reach any of them.
pub fn announce(
    hub: HubId,
    addresses: &[IpAddr],
    port: u16,
) -> Result<Option<Announced>, HubError> {
    let reached: Vec<IpAddr> = addresses
        .iter()
        .copied()
        .filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
        .collect();
    if reached.is_empty() {
        return Ok(None);
    }
    let failed = |error: mdns_sd::Error| {
        HubError::Setting(format!(
            "This device cannot say in the local network that it is here: {error}. Scan its code instead."
        ))
    };
    let service = service(hub, &reached, port).map_err(failed)?;
    let name = service.get_fullname().to_owned();
    let daemon = ServiceDaemon::new().map_err(failed)?;
    daemon.register(service).map_err(failed)?;
    Ok(Some(Announced { daemon, name }))
}

fn service(hub: HubId, addresses: &[IpAddr], port: u16) -> Result<ServiceInfo, mdns_sd::Error> {
    let (id, host) = (hub.to_string(), format!("{}.local.", hub.uuid().simple()));
    let properties = [(HUB_PROPERTY, id.as_str())];
    ServiceInfo::new(SERVICE, &id, &host, addresses, port, &properties[..])
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Both are told to a thread of its own, which ends with the second; there is nobody to report to.
        let _ = self.daemon.unregister(&self.name);
        let _ = self.daemon.shutdown();
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_announcement_names_no_school_and_no_person() {
        let hub = HubId::from_uuid(Uuid::from_u128(7));
        let said = service(hub, &[IpAddr::from([192, 168, 1, 7])], 41234).unwrap();
        let id = hub.to_string();
        assert_eq!(said.get_fullname(), format!("{id}.{SERVICE}"));
        assert_eq!(said.get_property_val_str(HUB_PROPERTY), Some(id.as_str()));
        let properties = said.as_resolved_service();
        assert_eq!(properties.get_properties().len(), 1);
    }

    #[test]
    fn a_hub_that_only_this_machine_reaches_is_not_announced() {
        let hub = HubId::from_uuid(Uuid::from_u128(7));
        let loopback = [IpAddr::from([127, 0, 0, 1]), "::1".parse().unwrap()];
        assert!(announce(hub, &loopback, 41234).unwrap().is_none());
    }
}
