//! `serve --tls-…`: which certificate the hub shows, read again when the system asks.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use alongside_domain::HubId;
use alongside_hub::{Announced, Hub, HubError, Identity, Tls, announce};
use alongside_sync::{KeyHash, own_addresses};

/// What the key of a hub follows, in an address.
const PIN: &str = "#key=";

#[derive(clap::Args, Clone)]
pub(super) struct TlsOptions {
    /// Speaks TLS 1.3 with this certificate, its chain after it, in PEM form; read again at SIGHUP
    #[arg(
        long,
        value_name = "FILE",
        requires = "tls_key",
        conflicts_with = "demo_sign_ins"
    )]
    tls_cert: Option<PathBuf>,
    /// The key of that certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Speaks TLS 1.3 with a key made here, kept with the records; invitations carry its hash
    #[arg(long, conflicts_with_all = ["tls_cert", "demo_sign_ins"])]
    tls_self_signed: bool,
}

impl TlsOptions {
    /// What the hub shows; none where it speaks plain HTTP.
    pub(super) fn tls(&self, hub: &Hub) -> Result<Option<Tls>, HubError> {
        self.identity(hub)?
            .map(|identity| Tls::new(&identity))
            .transpose()
    }

    fn identity(&self, hub: &Hub) -> Result<Option<Identity>, HubError> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Identity::from_files(certificate, key).map(Some),
            _ if self.tls_self_signed => Identity::of_hub(&**hub.desk().store()).map(Some),
            _ => Ok(None),
        }
    }

    /// Where people reach the hub by default, and how.
    pub(super) fn address_of(&self, listens_on: SocketAddr) -> String {
        let is_tls = self.tls_self_signed || self.tls_cert.is_some();
        let scheme = if is_tls { "https" } else { "http" };
        let ip = match listens_on.ip() {
            ip if !ip.is_unspecified() => ip,
            // Where the key is pinned, who else answers at the address is of no use to them.
            ip if self.tls_self_signed => own_addresses().first().copied().unwrap_or(ip),
            // Nobody can be sent to "every address"; this one works at least here.
            IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(_) => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
        };
        format!("{scheme}://{}", SocketAddr::new(ip, listens_on.port()))
    }

    /// The address with the key it is to be known by, where no authority vouches for it.
    pub(super) fn pinned(&self, address: String, tls: Option<&Tls>) -> String {
        match tls {
            Some(tls) if self.tls_self_signed => format!("{address}{PIN}{}", tls.key_hash()),
            _ => address,
        }
    }

    /// Says in the local network where the hub is, when its key is one that devices pin.
    pub(super) fn announce(&self, hub: HubId, listens_on: SocketAddr) -> Option<Announced> {
        if !self.tls_self_signed {
            return None;
        }
        let addresses = match listens_on.ip() {
            ip if ip.is_unspecified() => own_addresses(),
            ip => vec![ip],
        };
        announce(hub, &addresses, listens_on.port()).unwrap_or_else(|error| {
            tracing::warn!(%error, "the hub is not announced in the local network");
            None
        })
    }

    /// Reads the certificate again each time the system asks (SIGHUP); one that cannot be used leaves the one before.
    /// Without TLS there is nothing to read, and a SIGHUP ends nothing either.
    pub(super) async fn read_again_when_asked(self, tls: Option<Tls>, hub: Arc<Hub>) {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut asked = match signal(SignalKind::hangup()) {
                Ok(asked) => asked,
                Err(error) => {
                    return tracing::error!(%error, "SIGHUP cannot be heard");
                }
            };
            while asked.recv().await.is_some() {
                let Some(tls) = &tls else { continue };
                let shown = self
                    .identity(&hub)
                    .and_then(|identity| identity.map_or(Ok(()), |identity| tls.show(&identity)));
                match shown {
                    Ok(()) => {
                        tracing::info!(key = %tls.key_hash(), "the certificate was read again")
                    }
                    Err(error) => {
                        tracing::error!(%error, "the certificate could not be read again; the one before is still shown");
                    }
                }
            }
        }
        #[cfg(not(unix))]
        drop((self, tls, hub));
        std::future::pending::<()>().await;
    }
}

/// An address without the key that may follow it, and the key.
pub(super) fn parted(address: &str) -> (&str, Option<KeyHash>) {
    match address.split_once(PIN) {
        Some((place, key)) => (place, key.parse().ok()),
        None => (address, None),
    }
}
