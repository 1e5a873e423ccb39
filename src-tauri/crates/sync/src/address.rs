//! The address of a hub, as a person types it or a code carries it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use reqwest::Url;

use crate::{KeyHash, SyncError};

/// How a pin begins, after the `#`.
const PIN: &str = "key=";

/// Where a hub listens. Over the open network only with TLS; in plain only to this machine or the local network, and
/// never to a hub whose key is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubAddress {
    base: Url,
    is_local: bool,
    pin: Option<KeyHash>,
}

impl HubAddress {
    /// Whether the hub is on this machine or in the local network.
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// Whether the hub is on this machine.
    pub fn is_this_machine(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback(),
            Err(_) => host == "localhost" || host.ends_with(".localhost"),
        }
    }

    /// Whether the line is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The hub with this key at `socket`, wherever that is.
    pub fn pinned(socket: SocketAddr, key: KeyHash) -> Result<Self, SyncError> {
        format!("https://{socket}#{PIN}{key}").parse()
    }

    /// The key that must answer there, if it is pinned.
    pub fn pin(&self) -> Option<KeyHash> {
        self.pin
    }

    /// The same place over TLS, answered by this key only.
    pub(crate) fn with_pin(&self, key: KeyHash) -> Result<Self, SyncError> {
        format!("{}#{PIN}{key}", self.over_tls()?).parse()
    }

    /// The same place over TLS, with no key pinned.
    pub(crate) fn over_tls(&self) -> Result<Self, SyncError> {
        let (place, _) = self.base.as_str().split_once("://").unwrap_or_default();
        let rest = self.base.as_str().get(place.len()..).unwrap_or_default();
        format!("https{rest}").parse()
    }

    /// The address of a call. `path` has no leading slash.
    pub(crate) fn call(&self, path: &str) -> Result<Url, SyncError> {
        self.base
            .join(path)
            .map_err(|_| SyncError::Address("it is not a web address"))
    }
}

impl fmt::Display for HubAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str().trim_end_matches('/'))?;
        match self.pin {
            Some(key) => write!(f, "#{PIN}{key}"),
            None => Ok(()),
        }
    }
}

impl FromStr for HubAddress {
    type Err = SyncError;

    /// Reads an address, with the pin that may follow it: `https://192.168.1.7:41234#key=…`. Without a scheme it is
    /// `https` where a key is pinned, else `http` for the local network and `https` for all else.
    fn from_str(text: &str) -> Result<Self, SyncError> {
        let not_web = SyncError::Address("it is not a web address");
        let text = text.trim();
        if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(not_web);
        }
        let url = |text: &str| {
            Url::parse(text).map_err(|_| SyncError::Address("it is not a web address"))
        };
        let pin = match text
            .split_once('#')
            .and_then(|(_, rest)| rest.strip_prefix(PIN))
        {
            Some(key) => Some(key.parse().map_err(|_| {
                SyncError::Address("the key after # is not whole; copy the whole of it")
            })?),
            None => None,
        };
        let mut base = if text.contains("://") {
            url(text)?
        } else if pin.is_some() {
            url(&format!("https://{text}"))?
        } else {
            let plain = url(&format!("http://{text}"))?;
            if is_local(&plain) {
                plain
            } else {
                url(&format!("https://{text}"))?
            }
        };
        let is_local = is_local(&base);
        match base.scheme() {
            "https" => {}
            "http" if pin.is_some() => {
                return Err(SyncError::Address(
                    "a hub with a key must begin with https://",
                ));
            }
            "http" if is_local => {}
            "http" => {
                return Err(SyncError::Address(
                    "outside the local network it must begin with https://",
                ));
            }
            _ => return Err(not_web),
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(SyncError::Address("it must not hold a name or password"));
        }
        base.set_query(None);
        base.set_fragment(None);
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        Ok(Self {
            base,
            is_local,
            pin,
        })
    }
}

/// Loopback, private and link-local addresses, and names that only the local network resolves.
fn is_local(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        Err(_) => host == "localhost" || host.ends_with(".localhost") || host.ends_with(".local"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<HubAddress>()
            .ok()
            .map(|address| address.to_string())
    }

    #[test]
    fn the_local_network_is_spoken_to_in_plain_and_all_else_encrypted() {
        assert_eq!(
            read("127.0.0.1:8420").as_deref(),
            Some("http://127.0.0.1:8420")
        );
        assert_eq!(
            read(" 192.168.1.7:8420/ ").as_deref(),
            Some("http://192.168.1.7:8420")
        );
        assert_eq!(
            read("hub.local:8420").as_deref(),
            Some("http://hub.local:8420")
        );
        assert_eq!(
            read("http://[::1]:8420").as_deref(),
            Some("http://[::1]:8420")
        );
        assert_eq!(
            read("walks.school.example").as_deref(),
            Some("https://walks.school.example")
        );
        assert_eq!(
            read("https://school.example/walks?x=1#y").as_deref(),
            Some("https://school.example/walks")
        );
    }

    #[test]
    fn what_would_send_a_token_in_plain_over_the_open_network_is_refused() {
        for text in [
            "http://walks.school.example",
            "http://203.0.113.9:8420",
            "http://127.0.0.1.school.example",
            "http://localhost@school.example",
            "ftp://127.0.0.1",
            "https://name:word@school.example",
            "two words",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_pin_comes_back_and_never_goes_with_a_plain_line() {
        let key = KeyHash([7; 32]);
        let pinned = format!("https://192.168.1.7:41234#key={key}");
        assert_eq!(read(&pinned).as_deref(), Some(pinned.as_str()));
        assert_eq!(
            read(&format!("192.168.1.7:41234#key={key}")).as_deref(),
            Some(pinned.as_str())
        );
        let address: HubAddress = pinned.parse().unwrap();
        assert_eq!(address.pin(), Some(key));
        assert!(address.is_encrypted() && address.is_local());
        assert_eq!(
            address.call("v1/sync").unwrap().as_str(),
            "https://192.168.1.7:41234/v1/sync"
        );
        for bad in [
            format!("http://192.168.1.7:41234#key={key}"),
            "https://192.168.1.7:41234#key=short".to_owned(),
            "https://192.168.1.7:41234#key=".to_owned(),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
        let plain: HubAddress = "192.168.1.7:41234".parse().unwrap();
        assert_eq!(plain.with_pin(key).unwrap(), address);
    }

    #[test]
    fn a_hub_under_a_path_is_called_under_it() {
        let address: HubAddress = "https://school.example/walks".parse().unwrap();
        assert_eq!(
            address.call("v1/sync").unwrap().as_str(),
            "https://school.example/walks/v1/sync"
        );
    }
}
