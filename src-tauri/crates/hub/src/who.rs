//! Who asks: the bearer token of a device, or the session cookie of a browser.

use alongside_domain::HubId;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Uri};

use crate::limits;

/// What a request shows to be let in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A device's token.
    Bearer(String),
    /// A browser's session.
    Session(String),
    /// Nothing.
    Nothing,
}

/// The name of a hub's cookie: a cookie does not know its port, so two hubs on one machine must not share a name.
pub(crate) fn cookie_name(hub: HubId) -> String {
    let id = hub.to_string();
    format!(
        "alongside_{}",
        id.get(id.len().saturating_sub(8)..).unwrap_or_default()
    )
}

impl Key {
    /// The key of a request. A token counts before a cookie.
    pub(crate) fn of(headers: &HeaderMap, cookie_name: &str) -> Self {
        let bearer = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Self::Bearer(token.trim().to_owned()));
        bearer
            .or_else(|| session(headers, cookie_name).map(Self::Session))
            .unwrap_or(Self::Nothing)
    }
}

fn session(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(own, _)| *own == name)
        .map(|(_, value)| value.to_owned())
}

/// Whether the browser said which page asks. (That it is one of ours, the layer against forged requests has checked.)
pub(crate) fn names_its_page(headers: &HeaderMap) -> bool {
    let says = |name: &str| headers.get(name).is_some_and(|value| !value.is_empty());
    says("sec-fetch-site") || says(ORIGIN.as_str())
}

/// Whether the page was opened over TLS, which then ends at a proxy before this hub.
pub(crate) fn is_secure(headers: &HeaderMap) -> bool {
    let begins = |name: &str, start: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with(start))
    };
    begins("x-forwarded-proto", "https") || begins(ORIGIN.as_str(), "https://")
}

/// The cookie that keeps a browser signed in.
pub(crate) fn cookie(name: &str, token: &str, is_secure: bool) -> Option<HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let seconds = limits::SESSION_DAYS * 24 * 60 * 60;
    let text =
        format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).ok()
}

/// The cookie that signs a browser out.
pub(crate) fn no_cookie(name: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!(
        "{name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    ))
    .ok()
}

/// The host a request was sent to, with its port if it has one. `None` where it says none, or two that are not the same:
/// then a proxy before the hub may have read another than the hub would.
pub(crate) fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut said = headers.get_all(HOST).into_iter();
    let first = said.next().map(|host| host.to_str().ok());
    if said.next().is_some() {
        return None;
    }
    match (uri.authority(), first) {
        (Some(authority), Some(host)) => {
            let authority = authority.as_str();
            (host? == authority).then_some(authority)
        }
        (Some(authority), None) => Some(authority.as_str()),
        (None, host) => host?,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_token_counts_before_a_cookie() {
        let both = headers(&[
            ("authorization", "bearer abc"),
            ("cookie", "x=1; alongside=def"),
        ]);
        assert!(Key::of(&both, "alongside") == Key::Bearer("abc".into()));
        let cookie = headers(&[("cookie", "x=1; alongside=def")]);
        assert!(Key::of(&cookie, "alongside") == Key::Session("def".into()));
        assert!(Key::of(&cookie, "other") == Key::Nothing);
    }

    #[test]
    fn a_session_is_kept_from_scripts_and_other_sites() {
        let cookie = cookie("alongside", "abc", true).unwrap();
        let text = cookie.to_str().unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Secure"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
