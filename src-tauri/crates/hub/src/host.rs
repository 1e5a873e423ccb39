//! Under which names the hub may be asked.
//!
//! A page from elsewhere can point its own name at this machine and then read what it likes (DNS rebinding); the
//! browser tells the name in `Host`. So only names are let through that nobody else can own: addresses, `localhost`,
//! and those the hub was told of.

use std::net::IpAddr;

/// The names of one hub.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    address: IpAddr,
    names: Vec<String>,
}

impl Hosts {
    /// The names of a hub that listens on `address` and was told `names`.
    pub(crate) fn new(address: IpAddr, names: &[String]) -> Self {
        let names = names
            .iter()
            .map(|name| name.trim().trim_end_matches('.').to_ascii_lowercase())
            .collect();
        Self {
            address: address.to_canonical(),
            names,
        }
    }

    /// Whether a request to `host` (with or without a port) is meant for this hub.
    pub(crate) fn allow(&self, host: &str) -> bool {
        let name = without_port(host)
            .trim_end_matches('.')
            .to_ascii_lowercase();
        if self.names.contains(&name) {
            return true;
        }
        let is_local = self.address.is_loopback() || self.address.is_unspecified();
        match name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
        {
            Ok(asked) => {
                let asked = asked.to_canonical();
                self.address.is_unspecified()
                    || asked == self.address
                    || (is_local && asked.is_loopback())
            }
            // Names under localhost never leave the machine; the demo gives each of its people one.
            Err(_) => is_local && (name == "localhost" || name.ends_with(".localhost")),
        }
    }
}

/// A host without its port. What follows the colon and is no number is no port: `localhost:1@elsewhere` is elsewhere.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_nobody_else_can_own_are_let_through() {
        let hosts = Hosts::new(
            IpAddr::from([127, 0, 0, 1]),
            &["walks.school.example".to_owned()],
        );
        for good in [
            "127.0.0.1:8420",
            "localhost:8420",
            "LOCALHOST",
            "teacher.localhost:8420",
            "[::1]:8420",
            "walks.school.example",
            "Walks.School.Example:443",
        ] {
            assert!(hosts.allow(good), "{good}");
        }
        for bad in [
            "evil.example",
            "evil.example:8420",
            "localhost.evil.example",
            "192.0.2.7:8420",
            "",
            "127.0.0.1.evil.example",
            "localhost:8420@evil.example",
            "localhost@evil.example",
        ] {
            assert!(!hosts.allow(bad), "{bad}");
        }
    }

    #[test]
    fn a_hub_on_one_address_answers_to_that_address() {
        let hosts = Hosts::new(IpAddr::from([192, 0, 2, 7]), &[]);
        assert!(hosts.allow("192.0.2.7:8420"));
        assert!(!hosts.allow("localhost:8420"));
    }
}
