//! What a leader hands over: where the hub is, and a one-time code. People type it, paste it, or get it in one piece.

/// What the key of a hub follows, in a link and in an address.
const KEY: &str = "key=";

/// An address and a code, as far as they were given. Neither is checked here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invitation {
    /// Where the hub is, with the key it is to be known by (`#key=…`) and nothing else after its path; empty when it was
    /// not given.
    pub address: String,
    /// The one-time code; empty when it was not given.
    pub code: String,
}

impl Invitation {
    /// Reads an invitation in one piece: `ADDRESS#CODE`, or the link a hub makes, `ADDRESS/#/join/CODE`, which goes on with
    /// `?key=KEY` when its key is to be pinned. An address may also carry its key by itself, `ADDRESS#key=KEY`.
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        let (address, rest) = text.split_once('#').unwrap_or((text, ""));
        let is_end = |c: char| matches!(c, '/' | '?' | '&' | '#');
        let code = rest.rsplit_once("join/").map_or(rest, |(_, code)| code);
        let code = if rest.starts_with(KEY) { "" } else { code };
        let key = rest
            .split(is_end)
            .find_map(|part| part.trim().strip_prefix(KEY));
        let address = address.trim_end_matches('/');
        Self {
            address: match key {
                Some(key) => format!("{address}#{KEY}{key}"),
                None => address.to_owned(),
            },
            code: code
                .split(is_end)
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned(),
        }
    }

    /// Reads what was typed into two fields. A whole link in either of them gives what the other one lacks.
    pub fn typed(address: &str, code: &str) -> Self {
        let (address, code) = (address.trim(), code.trim());
        let from_address = Self::read(address);
        if code.contains("://") || code.contains('#') {
            let from_code = Self::read(code);
            return Self {
                address: if address.is_empty() {
                    from_code.address
                } else {
                    from_address.address
                },
                code: from_code.code,
            };
        }
        Self {
            code: if code.is_empty() {
                from_address.code
            } else {
                code.to_owned()
            },
            ..from_address
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(address: &str, code: &str) -> Invitation {
        Invitation {
            address: address.into(),
            code: code.into(),
        }
    }

    #[test]
    fn an_invitation_comes_in_one_piece() {
        let hub = "http://192.0.2.7:8420";
        assert_eq!(
            Invitation::read(&format!("{hub}#ABCD-EFGH")),
            invitation(hub, "ABCD-EFGH")
        );
        assert_eq!(
            Invitation::read(&format!(" {hub}/#/join/ABCD-EFGH ")),
            invitation(hub, "ABCD-EFGH")
        );
        assert_eq!(
            Invitation::read(&format!("{hub}/walks/#/join/ABCD-EFGH/?a")),
            invitation(&format!("{hub}/walks"), "ABCD-EFGH")
        );
        assert_eq!(
            Invitation::read("192.0.2.7:8420"),
            invitation("192.0.2.7:8420", "")
        );
    }

    #[test]
    fn the_key_in_a_link_stays_with_the_address() {
        let hub = "https://192.0.2.7:8420";
        let link = format!("{hub}/#/join/ABCD-EFGH?key=KEY_-9");
        let whole = invitation(&format!("{hub}#key=KEY_-9"), "ABCD-EFGH");
        assert_eq!(Invitation::read(&link), whole);
        assert_eq!(Invitation::typed("", &link), whole);
        assert_eq!(Invitation::typed(&link, ""), whole);
        assert_eq!(Invitation::typed(&whole.address, &whole.code), whole);
        assert_eq!(
            Invitation::read(&whole.address),
            invitation(&whole.address, "")
        );
    }

    #[test]
    fn a_link_in_either_field_gives_both() {
        let hub = "http://192.0.2.7:8420";
        let link = format!("{hub}/#/join/ABCD-EFGH");
        let whole = invitation(hub, "ABCD-EFGH");
        assert_eq!(Invitation::typed("", &link), whole);
        assert_eq!(Invitation::typed(&link, ""), whole);
        assert_eq!(
            Invitation::typed(&link, "abcd efgh"),
            invitation(hub, "abcd efgh")
        );
        assert_eq!(
            Invitation::typed(hub, &format!("http://other.example/#/join/{}", whole.code)),
            whole
        );
        assert_eq!(
            Invitation::typed("192.0.2.7:8420", "ABCD-EFGH"),
            invitation("192.0.2.7:8420", "ABCD-EFGH")
        );
    }
}
