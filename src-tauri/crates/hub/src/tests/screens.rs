//! The screens as files, and what every answer says about itself.

use serde_json::json;

use super::house::{HEAD, House, ask};
use crate::Pages;

const FILES: &[(&str, &[u8])] = &[
    ("index.html", b"<!doctype html><title>Alongside</title>"),
    ("assets/index-Ab12.js", b"export {}"),
];

#[tokio::test]
async fn the_screens_are_served_with_lasting_names_and_a_fresh_start() {
    let house = House::with(|config| config.pages = Pages::built(FILES)).await;
    let start = ask(house.get("/")).await;
    assert_eq!(
        (start.status, start.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert_eq!(start.header("cache-control"), "no-cache");
    let known = ask(house.get("/").header("if-none-match", start.header("etag"))).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let script = ask(house.get("/assets/index-Ab12.js")).await;
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(
        script.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    ask(house.get("/assets/index-Cd34.js"))
        .await
        .is_refused(404, "not_found");
    ask(house.post("/", "{}"))
        .await
        .is_refused(405, "bad_request");
}

#[tokio::test]
async fn a_folder_of_screens_does_not_lead_out_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("ui")).unwrap();
    std::fs::write(folder.path().join("ui/index.html"), "here").unwrap();
    std::fs::write(folder.path().join("secret.txt"), "there").unwrap();
    let house = House::with(|config| config.pages = Pages::folder(folder.path().join("ui"))).await;
    assert_eq!(ask(house.get("/")).await.text, "here");

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//etc/passwd",
        "/ui/../../secret.txt",
    ] {
        // A client would tidy the path up, so it is written by hand.
        let mut line = tokio::net::TcpStream::connect(house.url.strip_prefix("http://").unwrap())
            .await
            .unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        line.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        line.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 404 "), "{path}: {text}");
    }
}

#[tokio::test]
async fn every_answer_keeps_others_out() {
    let house = House::with(|config| config.pages = Pages::built(FILES)).await;
    house.found();
    let cookie = house.cookie(HEAD).await;
    let answers = [
        ask(house.get("/")).await,
        ask(house.get("/health")).await,
        ask(house.get("/nowhere")).await,
        ask(house.get("/").header("host", "elsewhere.example")).await,
        ask(house.rpc(&cookie, "walk_list", &json!({}))).await,
    ];
    for answer in &answers {
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{answer:?}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("accept-encoding"), "zstd, gzip");
    }
    assert_eq!(answers[4].header("cache-control"), "no-store");
}
