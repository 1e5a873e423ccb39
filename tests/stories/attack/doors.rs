//! The hub's door itself: whose name a request bears, which page asks, with which cookie, by which method, on which path.
//! Lines are written by hand, since every honest client would tidy them up.

use std::net::SocketAddr;

use alongside_tests::{Cast, Outsider, RunningHub, School, http};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Says `lines` to the hub, and returns all it answers.
async fn say(address: SocketAddr, lines: &str) -> String {
    let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
    // The hub may hang up on nonsense before it has all of it.
    let _ = line.write_all(lines.as_bytes()).await;
    let mut bytes = Vec::new();
    let _ = line.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_not_the_hubs_opens_nothing_however_it_is_said() {
    let hub = School::on_the_day().await;
    let (at, port) = (hub.address(), hub.address().port());
    let token = Outsider::let_in(&hub, Cast::HEAD).await.token;
    let ask = |target: &str, hosts: &[&str], more: &str| {
        let hosts: String = hosts
            .iter()
            .map(|host| format!("Host: {host}\r\n"))
            .collect();
        format!(
            "POST {target} HTTP/1.1\r\n{hosts}{more}Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        )
    };
    let path = "/rpc/walk_list";
    for good in [
        format!("127.0.0.1:{port}"),
        "127.0.0.1".into(),
        "localhost".into(),
        format!("LOCALHOST.:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("teacher.localhost:{port}"),
    ] {
        assert_eq!(
            status(&say(at, &ask(path, &[&good], "")).await),
            200,
            "{good}"
        );
    }
    let evil = format!("evil.example:{port}");
    let bad_hosts: Vec<String> = vec![
        evil.clone(),
        "evil.example".into(),
        "evil.example.".into(),
        "localhost.evil.example".into(),
        format!("127.0.0.1.evil.example:{port}"),
        format!("127.0.0.1@{evil}"),
        format!("localhost:{port}@evil.example"),
        format!("localhost@{evil}"),
        format!("[::1].evil.example:{port}"),
        format!("[::1]evil.example:{port}"),
        "0.0.0.0".into(),
        "192.0.2.7".into(),
        "[fe80::1]".into(),
        "[::1%25eth0]".into(),
        "2130706433.evil.example".into(),
        "evil.example/localhost".into(),
        "evil.example#localhost".into(),
        "evil.example\\.localhost/".into(),
        "localhost,evil.example".into(),
        "localhost evil.example".into(),
        String::new(),
        "\u{ff4c}ocalhost.example".into(),
    ];
    for bad in &bad_hosts {
        let answer = say(at, &ask(path, &[bad], "")).await;
        assert!([400, 421].contains(&status(&answer)), "{bad}: {answer}");
        assert!(!answer.contains("Autumn walk"), "{bad}");
    }
    // What says two things is not believed in either.
    let own = format!("127.0.0.1:{port}");
    for hosts in [
        [own.as_str(), evil.as_str()],
        [evil.as_str(), own.as_str()],
        [own.as_str(), own.as_str()],
    ] {
        let answer = say(at, &ask(path, &hosts, "")).await;
        assert_eq!(status(&answer), 400, "{hosts:?}: {answer}");
    }
    for (target, host) in [
        (format!("http://evil.example{path}"), own.as_str()),
        (format!("http://{own}{path}"), evil.as_str()),
        (format!("http://{own}@evil.example{path}"), own.as_str()),
        (
            format!("http://localhost:1@evil.example{path}"),
            "localhost:1@evil.example",
        ),
    ] {
        let answer = say(at, &ask(&target, &[host], "")).await;
        assert!(
            [400, 421].contains(&status(&answer)),
            "{target} for {host}: {answer}"
        );
    }
    let same = format!("http://{own}{path}");
    assert_eq!(
        status(&say(at, &ask(&same, &[&own], "")).await),
        200,
        "as a proxy asks"
    );
    // Whatever somebody before the hub says the name was, is not asked.
    for header in [
        "X-Forwarded-Host: localhost",
        "Forwarded: host=localhost",
        "X-Host: localhost",
        "X-Original-Host: localhost",
    ] {
        let answer = say(at, &ask(path, &[&evil], &format!("{header}\r\n"))).await;
        assert_eq!(status(&answer), 421, "{header}");
    }
    let no_host = ask(path, &[], "");
    assert_eq!(status(&say(at, &no_host).await), 400);
}

/// A browser that is signed in to a hub: its cookie.
async fn signed_in(hub: &RunningHub) -> String {
    let code = hub.desk().code_for(Cast::HEAD).unwrap().code;
    let answer = http()
        .post(hub.url("/rpc/device_join"))
        .header("content-type", "application/json")
        .header("origin", hub.url(""))
        .body(json!({ "address": null, "code": code, "device": "A browser" }).to_string())
        .send()
        .await
        .unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_from_elsewhere_does_nothing_with_somebody_elses_cookie() {
    let hub = School::on_the_day().await;
    let other = School::on_the_day().await;
    let cookie = signed_in(&hub).await;
    let version = || hub.desk().store().read().unwrap().version().unwrap();
    let before = version();
    let ask = async |path: &str, headers: &[(&str, &str)], body: &str| {
        let mut request = http().post(hub.url(path)).header("cookie", &cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
            .body(body.to_owned())
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    let put = json!({ "room": null, "name": "Hall", "place": "", "route": 9 }).to_string();
    let json = ("content-type", "application/json");
    let own = hub.url("");
    let near = format!("http://localhost:{}", hub.address().port());
    let other_port = other.url("");
    let suffix = format!("{own}.evil.example");
    for origin in [
        "http://evil.example",
        "null",
        "",
        "https://127.0.0.1",
        "file://",
        "http://127.0.0.1",
        near.as_str(),
        other_port.as_str(),
        suffix.as_str(),
    ] {
        let got = ask("/rpc/room_put", &[json, ("origin", origin)], &put).await;
        assert!([400, 403].contains(&got), "{origin}: {got}");
    }
    for site in [
        "cross-site",
        "same-site",
        "",
        "same-origin, cross-site",
        "SAME-ORIGIN",
    ] {
        // `none`, a person's own typing, is the browser's word alone: no page can say it.
        let headers = [
            json,
            ("sec-fetch-site", site),
            ("origin", "http://evil.example"),
        ];
        let got = ask("/rpc/room_put", &headers, &put).await;
        assert!([400, 403].contains(&got), "{site}: {got}");
    }
    // What a form or an image can send without being asked first.
    for content in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "text/json",
    ] {
        let got = ask(
            "/rpc/room_put",
            &[("content-type", content), ("origin", &own)],
            &put,
        )
        .await;
        assert!([400, 415].contains(&got), "{content}: {got}");
    }
    // No word of the page it comes from: a browser of the last years always says one.
    assert_eq!(ask("/rpc/room_put", &[json], &put).await, 403);
    // The cookie of one hub is nothing at another, and is no device's token.
    let at_other = http()
        .post(other.url("/rpc/room_put"))
        .header("cookie", &cookie)
        .header("content-type", "application/json")
        .header("origin", other.url(""))
        .body(put.clone());
    assert_eq!(at_other.send().await.unwrap().status().as_u16(), 401);
    let (_, value) = cookie.split_once('=').unwrap();
    for (path, body) in [
        ("/v1/sync", r#"{"after":0}"#),
        ("/rpc/room_put", put.as_str()),
    ] {
        let renamed = http()
            .post(other.url(path))
            .bearer_auth(value)
            .header("content-type", "application/json")
            .body(body.to_owned());
        assert_eq!(
            renamed.send().await.unwrap().status().as_u16(),
            401,
            "{path}"
        );
    }
    assert_eq!(
        ask("/v1/sync", &[json, ("origin", &own)], r#"{"after":0}"#).await,
        401
    );
    assert_eq!(version(), before, "nothing was written");
    assert_eq!(
        ask("/rpc/room_put", &[json, ("origin", &own)], &put).await,
        200
    );
    assert_ne!(version(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_method_or_path_reaches_a_command_or_a_file() {
    let hub = School::on_the_day().await;
    let (at, host) = (hub.address(), hub.address().to_string());
    let token = Outsider::let_in(&hub, Cast::HEAD).await.token;
    let before = hub.desk().store().read().unwrap().version().unwrap();
    let body = r#"{"room":null,"name":"Hall","place":"","route":9}"#;
    let ask = |method: &str, path: &str, more: &str| {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    for method in [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", "X",
    ] {
        let answer = say(at, &ask(method, "/rpc/room_put", "")).await;
        assert!((400..500).contains(&status(&answer)), "{method}: {answer}");
        assert!(
            !answer.to_lowercase().contains("access-control-allow"),
            "{method}: {answer}"
        );
    }
    for header in [
        "X-HTTP-Method-Override: POST",
        "X-HTTP-Method: POST",
        "X-Original-URL: /rpc/room_put",
        "X-Rewrite-URL: /rpc/room_put",
    ] {
        let answer = say(at, &ask("GET", "/rpc/room_put", &format!("{header}\r\n"))).await;
        assert!((400..500).contains(&status(&answer)), "{header}: {answer}");
    }
    for path in [
        "/rpc/room_put/",
        "/rpc//room_put",
        "//rpc/room_put",
        "/RPC/room_put",
        "/rpc/ROOM_PUT",
        "/rpc/../rpc/room_put",
        "/rpc/./room_put",
        "/rpc/room_put%00",
        "/rpc/%2e%2e/room_put",
        "/v1/../rpc/room_put",
        "/rpc/room_put;x",
        "/rpc\\room_put",
    ] {
        let answer = say(at, &ask("POST", path, "")).await;
        assert!((400..500).contains(&status(&answer)), "{path}: {answer}");
    }
    for path in [
        "/../hub.sqlite",
        "/..%2fhub.sqlite",
        "/%2e%2e/hub.sqlite",
        "/%2e%2e%2fhub.sqlite",
        "/%252e%252e%252fhub.sqlite",
        "/..%5chub.sqlite",
        "/..\\hub.sqlite",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/assets/../../hub.sqlite",
        "/assets/..%2f..%2fhub.sqlite",
        "/hub.sqlite",
        "/hub.sqlite-wal",
        "/index.html%00.png",
        "/.%00./hub.sqlite",
        "/%c0%ae%c0%ae/hub.sqlite",
        "/\u{ff0e}\u{ff0e}/hub.sqlite",
        "/./hub.sqlite",
        "/%ff",
        "/..;/hub.sqlite",
        "/~root",
        "/.env",
        "/.git/config",
        "file:///etc/passwd",
        "http://127.0.0.1/../hub.sqlite",
    ] {
        let answer = say(at, &ask("GET", path, "")).await;
        assert!((400..500).contains(&status(&answer)), "{path}: {answer}");
        for taken in ["SQLite format", "root:x", "[core]"] {
            assert!(!answer.contains(taken), "{path}: {answer}");
        }
    }
    // Two lengths, and a body within a body: nothing after the first request is read as another.
    for smuggled in [
        format!(
            "POST /rpc/walk_list HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nContent-Length: 90\r\n\r\n{{}}"
        ),
        format!(
            "POST /rpc/walk_list HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nConnection: close\r\n\r\n0\r\n\r\n"
        ),
        format!(
            "POST /rpc/walk_list HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\n0\r\n\r\n"
        ),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n X-Folded: a\r\n\r\n"),
        format!("GET / HTTP/9.9\r\nHost: {host}\r\n\r\n"),
        "\u{0}\u{1}\u{2}\r\n\r\n".to_owned(),
    ] {
        let answer = say(at, &smuggled).await;
        assert!(
            answer.is_empty() || (400..506).contains(&status(&answer)),
            "{smuggled}: {answer}"
        );
        assert!(!answer.contains("Autumn walk"));
    }
    assert_eq!(
        hub.desk().store().read().unwrap().version().unwrap(),
        before
    );
}
