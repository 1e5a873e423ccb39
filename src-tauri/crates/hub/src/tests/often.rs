//! Callers who ask too often or hold too much at once: told when to come back, and nobody else is.

use std::num::NonZeroU32;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::house::{Answer, HEAD, House, TEACHER, ask};
use crate::{Pages, limits};

#[track_caller]
fn says_when(answer: &Answer) {
    answer.is_refused(429, "too_many");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_device_that_syncs_without_end_has_to_wait_and_the_others_do_not() {
    let house = House::school().await;
    let (own, other) = (house.token(HEAD, 1).await, house.token(TEACHER, 2).await);
    // Some are given back while the others are used up.
    for _ in 0..2 * limits::SYNCS_BY_DEVICE.get() {
        let answer = ask(house.sync(&own, "{}")).await;
        if answer.status == 200 {
            continue;
        }
        says_when(&answer);
        ask(house.sync(&other, "{}")).await.is_done();
        return;
    }
    panic!("a device may sync as often as it likes");
}

#[tokio::test]
async fn a_device_that_pulls_for_long_is_not_held_up() {
    let house = House::school().await;
    let token = house.token(HEAD, 1).await;
    let classes: Vec<_> = (0..300).map(|n| house.class(n, 1)).collect();
    let records = json!({ "records": classes });
    ask(house.sync(&token, records.to_string())).await.is_done();
    let other = house.token(TEACHER, 2).await;
    let (mut after, mut pages) = (json!(0), 0);
    loop {
        let page = json!({ "after": after, "limit": 1 }).to_string();
        let answer = ask(house.sync(&other, page)).await.is_done();
        after = answer["cursor"].clone();
        pages += 1;
        if answer["more"] == json!(false) {
            break;
        }
    }
    assert!(pages > 100, "{pages}");
}

#[tokio::test]
async fn a_session_that_asks_without_end_has_to_wait() {
    let five = NonZeroU32::new(5).unwrap();
    let house = House::with(|config| config.limits.commands_by_device = five).await;
    house.found();
    let (own, other) = (house.cookie(HEAD).await, house.cookie(TEACHER).await);
    for _ in 0..5 {
        ask(house.rpc(&own, "install_get", &json!({})))
            .await
            .is_done();
    }
    says_when(&ask(house.rpc(&own, "install_get", &json!({}))).await);
    ask(house.rpc(&other, "install_get", &json!({})))
        .await
        .is_done();
}

#[tokio::test]
async fn pages_asked_for_without_end_wait_and_devices_still_sync() {
    let twenty = NonZeroU32::new(20).unwrap();
    let house = House::with(|config| {
        config.limits.pages_by_address = twenty;
        config.pages = Pages::built(&[("index.html", b"<!doctype html>")]);
        config.is_behind_proxy = true;
    })
    .await;
    house.found();
    let page = |address: &str| house.get("/").header("x-forwarded-for", address.to_owned());
    for _ in 0..20 {
        assert_eq!(ask(page("192.0.2.1")).await.status, 200);
    }
    says_when(&ask(page("192.0.2.1")).await);
    assert_eq!(ask(page("192.0.2.2")).await.status, 200);
    let token = house.token(HEAD, 1).await;
    ask(house.sync(&token, "{}")).await.is_done();
    ask(house.get("/health")).await.is_done();
}

#[tokio::test]
async fn one_session_follows_on_some_lines_and_not_on_all() {
    let house = House::with(|config| config.limits.followers_by_device = 2).await;
    house.found();
    let (own, other) = (house.cookie(HEAD).await, house.cookie(TEACHER).await);
    let follow = |cookie: &str| {
        house
            .get("/v1/events")
            .header("cookie", cookie.to_owned())
            .send()
    };
    let mut open = Vec::new();
    for _ in 0..2 {
        open.push(follow(&own).await.unwrap());
    }
    says_when(&ask(house.get("/v1/events").header("cookie", &own)).await);
    assert_eq!(follow(&other).await.unwrap().status(), 200);
    drop(open);
    // The hub notices a line that is gone when it next has something to say on it.
    let mut answer = follow(&own).await.unwrap();
    let mut every = tokio::time::interval(std::time::Duration::from_millis(50));
    let mut n = 30;
    while answer.status() != 200 {
        n += 1;
        house.put_person(n, "Cal Teacher");
        every.tick().await;
        answer = follow(&own).await.unwrap();
    }
}

/// Asks on `line`, leaves it open, and returns the head of the answer.
async fn ask_on(line: &mut TcpStream) -> String {
    line.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    let mut some = [0; 4096];
    while !text.contains("\r\n\r\n{") || !text.ends_with('}') {
        let bytes = line.read(&mut some).await.unwrap();
        assert!(bytes > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&some[..bytes]));
    }
    text
}

#[tokio::test]
async fn a_connection_for_which_there_is_no_place_is_told_so() {
    for by_address in [false, true] {
        let house = House::with(|config| match by_address {
            true => config.limits.connections_by_address = 2,
            false => config.limits.connections = 2,
        })
        .await;
        let connect = || TcpStream::connect(house.url.strip_prefix("http://").unwrap());
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut line = connect().await.unwrap();
            assert!(ask_on(&mut line).await.starts_with("HTTP/1.1 200 "));
            held.push(line);
        }
        let refused = ask_on(&mut connect().await.unwrap()).await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        assert!(refused.contains("retry-after: 15"), "{refused}");
        assert!(refused.contains("connection: close"), "{refused}");
        assert!(refused.contains(r#""code":"too_many""#), "{refused}");
        drop(held);
        let mut every = tokio::time::interval(std::time::Duration::from_millis(20));
        while !ask_on(&mut connect().await.unwrap())
            .await
            .starts_with("HTTP/1.1 200 ")
        {
            every.tick().await;
        }
    }
}

#[tokio::test]
async fn behind_a_proxy_all_connections_come_from_one_address() {
    let house = House::with(|config| {
        config.limits.connections_by_address = 1;
        config.is_behind_proxy = true;
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..5 {
        let mut line = TcpStream::connect(house.url.strip_prefix("http://").unwrap())
            .await
            .unwrap();
        assert!(ask_on(&mut line).await.starts_with("HTTP/1.1 200 "));
        held.push(line);
    }
}
