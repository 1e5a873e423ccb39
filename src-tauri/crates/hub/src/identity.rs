//! Who a hub is on the line: a certificate with its key, made here or brought along.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use alongside_api::notes;
use alongside_store::Store;
use alongside_sync::KeyHash;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::HubError;

/// The name in every certificate made here: of the program, never of a school or a person.
const NAME: &str = "Alongside";

/// A certificate (with those that vouch for it, if any) and its key. `Debug` shows no key.
#[derive(Clone)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    hash: KeyHash,
    pem: String,
}

impl Identity {
    /// A new one: ECDSA on P-256, signed by itself, and naming no school and no person.
    pub fn make() -> Result<Self, HubError> {
        let not_made = |error: rcgen::Error| {
            HubError::Setting(format!("A key for this hub could not be made: {error}."))
        };
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(not_made)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(not_made)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, NAME);
        let certificate = params.self_signed(&key).map_err(not_made)?;
        Self::from_pem(&format!("{}{}", certificate.pem(), key.serialize_pem()))
    }

    /// Reads what [`to_pem`](Self::to_pem) wrote: certificates, the hub's own first, and one key, in any order.
    ///
    /// Errors with a sentence when something is missing, or the key is not the certificate's.
    pub fn from_pem(pem: &str) -> Result<Self, HubError> {
        let unread = |what: &str| HubError::Setting(format!("This is no {what} in PEM form."));
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| unread("certificate"))?;
        let own = chain.first().ok_or_else(|| unread("certificate"))?;
        let hash = KeyHash::of_certificate(own).ok_or_else(|| unread("certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| unread("key"))?;
        let certified =
            CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| {
                match error {
                    rustls::Error::InconsistentKeys(_) => {
                        HubError::Setting("The key does not belong to the certificate.".into())
                    }
                    error => HubError::Setting(format!("This key cannot be used: {error}.")),
                }
            })?;
        Ok(Self {
            certified: Arc::new(certified),
            hash,
            pem: pem.to_owned(),
        })
    }

    /// Reads a certificate (its chain after it) and its key from two files, as certificate authorities hand them out.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, HubError> {
        let read = |path: &Path| {
            std::fs::read_to_string(path)
                .map_err(HubError::io(format!("Reading {}", path.display())))
        };
        Self::from_pem(&format!("{}\n{}", read(certificate)?, read(key)?)).map_err(|error| {
            HubError::Setting(format!(
                "{} and {} cannot be used together: {error}",
                certificate.display(),
                key.display()
            ))
        })
    }

    /// The one of a hub, made when it has none yet. It is kept with the hub's records, so that a backup carries it and
    /// devices know the hub again wherever it is brought back. Waits for the disk.
    ///
    /// Errors when what is kept cannot be read: a new one would lock out every device that knows the old one.
    pub fn of_hub(store: &dyn Store) -> Result<Self, HubError> {
        if let Some(pem) = store.read()?.note(notes::IDENTITY)? {
            return Self::from_pem(&pem);
        }
        let made = Self::make()?;
        let mut writer = store.write()?;
        writer.note_put(notes::IDENTITY, Some(made.to_pem()))?;
        writer.commit()?;
        Ok(made)
    }

    /// Certificate and key as text. It is a secret.
    pub fn to_pem(&self) -> &str {
        &self.pem
    }

    /// What devices pin.
    pub fn key_hash(&self) -> KeyHash {
        self.hash
    }

    /// As TLS wants it.
    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.hash)
    }
}

#[cfg(test)]
mod tests {
    use alongside_store::StoreKey;
    use alongside_store::sqlite::SqliteStore;

    use super::*;

    #[test]
    fn an_identity_comes_back_from_its_text_and_names_nobody() {
        let made = Identity::make().unwrap();
        let read = Identity::from_pem(made.to_pem()).unwrap();
        assert_eq!(read.key_hash(), made.key_hash());
        assert_eq!(
            format!("{made:?}"),
            format!("Identity({})", made.key_hash())
        );
        assert_ne!(Identity::make().unwrap().key_hash(), made.key_hash());
    }

    #[test]
    fn a_key_that_is_not_the_certificates_is_refused() {
        let (one, other) = (Identity::make().unwrap(), Identity::make().unwrap());
        let (certificate, _) = one.to_pem().split_once("-----BEGIN PRIVATE").unwrap();
        let (_, key) = other.to_pem().split_once("-----BEGIN PRIVATE").unwrap();
        let mixed = format!("{certificate}-----BEGIN PRIVATE{key}");
        let refused = Identity::from_pem(&mixed).unwrap_err().to_string();
        assert!(refused.contains("does not belong"), "{refused}");
        for bad in ["", certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
            assert!(Identity::from_pem(bad).is_err());
        }
    }

    #[test]
    fn it_is_made_once_and_never_replaced_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.sqlite");
        let store = SqliteStore::open(&path, &StoreKey::Plain).unwrap();
        let made = Identity::of_hub(&store).unwrap();
        let again = Identity::of_hub(&store).unwrap();
        assert_eq!(again.key_hash(), made.key_hash());
        let mut writer = store.write().unwrap();
        writer.note_put(notes::IDENTITY, Some("half")).unwrap();
        writer.commit().unwrap();
        assert!(Identity::of_hub(&store).is_err());
    }
}
