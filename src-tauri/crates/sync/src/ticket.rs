//! What the QR code at a leader's door holds: where, whose, which key, and the one-time code.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use alongside_domain::HubId;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{DoorCode, HubAddress, KeyHash, crockford};

/// How a ticket's text begins.
const BEGINS: &str = "ALONGSIDE:";
/// The form of what follows.
const VERSION: u8 = 1;
/// Bytes of the check at the end.
const CHECK: usize = 4;
/// The most addresses a ticket carries; with more the QR code would be too fine to scan across a table.
pub const ADDRESSES_LIMIT: usize = 6;
/// The longest text that is looked at.
const TEXT_LIMIT: usize = 1024;

/// What a device may do at this door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Join this hub and sync with it.
    Join,
    /// Hand over what waits for the school's hub, which this device is not.
    Collect,
}

/// What is scanned at a leader's door. It holds a secret (the code), so it is shown and never logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What a device may do here.
    pub purpose: Purpose,
    /// Whose records: this hub, or the school's hub that is collected for.
    pub hub: HubId,
    /// The key that answers at this door.
    pub key: KeyHash,
    /// Where it may be reached, best first; six at the most.
    pub addresses: Vec<IpAddr>,
    /// The port at each of them.
    pub port: u16,
    /// The one-time code.
    pub code: DoorCode,
    /// Until when the code works, in seconds since 1970, on the clock of whoever shows it.
    pub expires_at: u64,
}

/// Why a text is no ticket; a sentence for the one who scanned it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Something else was scanned.
    #[error(
        "This is not a code of Alongside's. Scan the one on the leader's screen under Collect devices."
    )]
    Foreign,
    /// A part is missing or wrong.
    #[error("This code did not come through whole. Scan it again, or type the groups below it.")]
    Damaged,
    /// It was made by a later version.
    #[error(
        "This code was made by a newer Alongside. Update the app on this device, or type the groups below the code."
    )]
    Newer,
}

impl Ticket {
    /// What the QR code holds, in the letters that it packs most tightly.
    pub fn text(&self) -> String {
        let addresses = self.addresses.iter().take(ADDRESSES_LIMIT);
        let count = u8::try_from(addresses.len()).unwrap_or_default();
        let mut bytes = vec![
            VERSION,
            match self.purpose {
                Purpose::Join => 0,
                Purpose::Collect => 1,
            },
        ];
        bytes.extend(self.hub.uuid().as_bytes());
        bytes.extend(self.key.0);
        bytes.extend(self.port.to_be_bytes());
        bytes.extend(self.expires_at.to_be_bytes());
        bytes.extend(self.code.bits());
        bytes.push(count);
        for address in addresses {
            match address {
                IpAddr::V4(ip) => {
                    bytes.push(4);
                    bytes.extend(ip.octets());
                }
                IpAddr::V6(ip) => {
                    bytes.push(6);
                    bytes.extend(ip.octets());
                }
            }
        }
        bytes.extend(check(&bytes));
        let symbols = crockford::values(&bytes).into_iter().map(crockford::symbol);
        BEGINS.chars().chain(symbols).collect()
    }

    /// Whether the code has run out at `now`, in seconds since 1970. Only a hint on a device, whose clock may be wrong:
    /// the door decides.
    pub fn has_expired(&self, now: u64) -> bool {
        now >= self.expires_at
    }

    /// Where to knock, each pinned to the key.
    pub fn hub_addresses(&self) -> Vec<HubAddress> {
        self.addresses
            .iter()
            .filter_map(|&ip| HubAddress::pinned(SocketAddr::new(ip, self.port), self.key).ok())
            .collect()
    }
}

impl FromStr for Ticket {
    type Err = TicketError;

    /// Reads what was scanned or pasted. Whether its code has run out is not asked here.
    fn from_str(text: &str) -> Result<Self, TicketError> {
        let text = text.trim();
        let symbols = text
            .get(..BEGINS.len())
            .filter(|begins| begins.eq_ignore_ascii_case(BEGINS))
            .and_then(|_| text.get(BEGINS.len()..))
            .ok_or(TicketError::Foreign)?;
        if symbols.len() > TEXT_LIMIT {
            return Err(TicketError::Damaged);
        }
        let values: Option<Vec<u8>> = symbols
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(crockford::value)
            .collect();
        let bytes = values
            .and_then(crockford::bytes)
            .ok_or(TicketError::Damaged)?;
        let end = bytes.len().checked_sub(CHECK).ok_or(TicketError::Damaged)?;
        let (told, said) = bytes.split_at_checked(end).ok_or(TicketError::Damaged)?;
        if check(told) != said {
            return Err(TicketError::Damaged);
        }
        let mut rest = Rest(told);
        if rest.take::<1>()? != [VERSION] {
            return Err(TicketError::Newer);
        }
        let purpose = match rest.take()? {
            [0] => Purpose::Join,
            [1] => Purpose::Collect,
            _ => return Err(TicketError::Newer),
        };
        let hub = HubId::from_uuid(Uuid::from_bytes(rest.take()?));
        let key = KeyHash(rest.take()?);
        let port = u16::from_be_bytes(rest.take()?);
        let expires_at = u64::from_be_bytes(rest.take()?);
        let code = DoorCode::new(rest.take()?);
        let [count] = rest.take()?;
        if usize::from(count) > ADDRESSES_LIMIT {
            return Err(TicketError::Damaged);
        }
        let mut addresses = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            addresses.push(match rest.take()? {
                [4] => IpAddr::from(rest.take::<4>()?),
                [6] => IpAddr::from(rest.take::<16>()?),
                _ => return Err(TicketError::Newer),
            });
        }
        // What a later version may add comes after this, and is passed over.
        Ok(Self {
            purpose,
            hub,
            key,
            addresses,
            port,
            code,
            expires_at,
        })
    }
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], TicketError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(TicketError::Damaged)?;
        self.0 = rest;
        Ok(*taken)
    }
}

/// Tells a text that was cut off or misread from a whole one; no protection against who means harm, who cannot change
/// what stands on a leader's screen.
fn check(bytes: &[u8]) -> [u8; CHECK] {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default())
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Join => "join",
            Self::Collect => "collect",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            purpose: Purpose::Collect,
            hub: HubId::from_uuid(Uuid::from_u128(7)),
            key: KeyHash([9; 32]),
            addresses: vec![
                IpAddr::from([192, 168, 1, 7]),
                IpAddr::from([10, 0, 0, 3]),
                "fd00::7".parse().unwrap(),
            ],
            port: 41234,
            code: DoorCode::new([0x5a; 16]),
            expires_at: 1_900_000_000,
        }
    }

    #[test]
    fn a_ticket_is_small_and_keeps_to_the_tight_alphabet() {
        let text = ticket().text();
        assert!(text.len() < 220, "{} characters", text.len());
        assert!(
            text.chars()
                .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase() || c == ':')
        );
    }

    #[test]
    fn a_ticket_leads_to_pinned_addresses() {
        let addresses: Vec<String> = ticket()
            .hub_addresses()
            .iter()
            .map(ToString::to_string)
            .collect();
        let key = KeyHash([9; 32]);
        assert_eq!(
            addresses,
            [
                format!("https://192.168.1.7:41234#key={key}"),
                format!("https://10.0.0.3:41234#key={key}"),
                format!("https://[fd00::7]:41234#key={key}"),
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_a_ticket_is_said() {
        let read = |text: &str| text.parse::<Ticket>().map(drop);
        assert_eq!(read("https://school.example"), Err(TicketError::Foreign));
        assert_eq!(read(""), Err(TicketError::Foreign));
        let text = ticket().text();
        assert_eq!(
            read(text.get(..text.len() - 3).unwrap()),
            Err(TicketError::Damaged)
        );
        let mut later = vec![VERSION + 1];
        later.extend(check(&later));
        let later: String = crockford::values(&later)
            .into_iter()
            .map(crockford::symbol)
            .collect();
        assert_eq!(read(&format!("{BEGINS}{later}")), Err(TicketError::Newer));
    }

    prop_compose! {
        fn any_ticket()(
            collects: bool,
            hub: u128,
            key: [u8; 32],
            addresses in proptest::collection::vec(any::<IpAddr>(), 0..=ADDRESSES_LIMIT),
            port: u16,
            code: [u8; 16],
            expires_at: u64,
        ) -> Ticket {
            Ticket {
                purpose: if collects { Purpose::Collect } else { Purpose::Join },
                hub: HubId::from_uuid(Uuid::from_u128(hub)),
                key: KeyHash(key),
                addresses,
                port,
                code: DoorCode::new(code),
                expires_at,
            }
        }
    }

    proptest! {
        #[test]
        fn a_ticket_comes_back_from_its_text(ticket in any_ticket(), lower: bool) {
            let text = ticket.text();
            let text = if lower { text.to_lowercase() } else { text };
            prop_assert_eq!(text.parse(), Ok(ticket));
        }

        #[test]
        fn a_ticket_with_one_wrong_symbol_is_never_taken(ticket in any_ticket(), at: prop::sample::Index, to in 0_u8..32) {
            let mut symbols: Vec<char> = ticket.text().chars().collect();
            let at = BEGINS.len() + at.index(symbols.len() - BEGINS.len());
            let to = crockford::symbol(to);
            prop_assume!(symbols[at] != to);
            symbols[at] = to;
            prop_assert!(symbols.into_iter().collect::<String>().parse::<Ticket>().is_err());
        }

        #[test]
        fn no_text_makes_it_fall_over(text: String, cut in 0_usize..400) {
            let _ = text.parse::<Ticket>();
            let _ = format!("{BEGINS}{text}").parse::<Ticket>();
            let mut bytes = text.into_bytes();
            bytes.truncate(cut);
            bytes.extend(check(&bytes));
            let symbols: String = crockford::values(&bytes).into_iter().map(crockford::symbol).collect();
            let _ = format!("{BEGINS}{symbols}").parse::<Ticket>();
        }
    }
}
