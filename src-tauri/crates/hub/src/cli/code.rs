//! How a one-time code is shown: as letters, as a link, as a QR code in the terminal, and as JSON.

use std::io::IsTerminal as _;

use alongside_api::{Desk, FreshCode, wire_time};
use alongside_domain::PersonId;
use alongside_hub::HubError;
use fast_qr::QRBuilder;
use serde_json::{Value, json};

use super::SERVED_AT;
use super::tls::parted;

/// Where a hub is reached when nobody has said otherwise.
const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8420";

/// A code for one person, with its link.
pub(super) struct Invitation {
    person: PersonId,
    fresh: FreshCode,
    link: String,
}

impl Invitation {
    /// Makes one. The link leads to `address`, else to where the hub was last served.
    pub(super) fn make(
        desk: &Desk,
        person: PersonId,
        address: Option<String>,
    ) -> Result<Self, HubError> {
        let served_at = desk.store().read()?.note(SERVED_AT)?;
        // Wherever people reach it, the key is the one it is served with.
        let key = served_at.as_deref().and_then(|address| parted(address).1);
        let address = address
            .or(served_at)
            .unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
        let (place, own_key) = parted(&address);
        let fresh = desk.code_for(person)?;
        let mut link = format!("{}/#/join/{}", place.trim_end_matches('/'), fresh.code);
        if let Some(key) = own_key.or(key) {
            link.push_str(&format!("?key={key}"));
        }
        Ok(Self {
            person,
            fresh,
            link,
        })
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "person": self.person,
            "code": self.fresh.code,
            "link": self.link,
            "expires_at": wire_time(self.fresh.expires_at),
        })
    }

    /// Shows it to the person at the terminal.
    pub(super) fn print(&self) {
        say!(
            "  code   {}   (once, until {})",
            self.fresh.code,
            local_time(&self.fresh)
        );
        say!("  link   {}", self.link);
        if std::io::stdout().is_terminal()
            && let Ok(drawn) = QRBuilder::new(self.link.as_str()).build()
        {
            say!("");
            for line in with_margin(&drawn.to_str()) {
                // White on black whatever the terminal's own colours are, or the code would be its own negative.
                say!("  \u{1b}[97;40m{line}\u{1b}[0m");
            }
        }
    }
}

/// A drawn code with a margin that a phone finds.
fn with_margin(drawn: &str) -> Vec<String> {
    const MARGIN: &str = "███";
    let width = drawn
        .lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
        + 2 * 3;
    let blank = "█".repeat(width);
    // The first line is the upper half of a margin already.
    let lines = drawn
        .lines()
        .skip(1)
        .map(|line| format!("{MARGIN}{line}{MARGIN}"));
    [blank.clone(), blank.clone()]
        .into_iter()
        .chain(lines)
        .chain([blank])
        .collect()
}

/// Until when a code works, on the clock of whoever reads it.
pub(super) fn local_time(fresh: &FreshCode) -> String {
    fresh
        .expires_at
        .with_timezone(&chrono::Local)
        .format("%H:%M")
        .to_string()
}
