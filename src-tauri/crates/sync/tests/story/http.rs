//! The way to a hub over HTTP, against a listener on loopback that answers what a test tells it to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use alongside_sync::{Exchange, Heard, HttpHub, SyncError, SyncRequest, WireRecord};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::record;

/// What was asked: the head as text, and the body.
type Asked = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Listens and gives one answer after another, each on a connection of its own.
async fn listener(answers: Vec<Vec<u8>>) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked: Asked = Arc::default();
    let hears = Arc::clone(&asked);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read(&mut stream).await;
            hears.lock().unwrap().push(request);
            stream.write_all(&answer).await.unwrap();
        }
    });
    (address, asked)
}

async fn read(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let head_end = loop {
        stream.read_buf(&mut bytes).await.unwrap();
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec())
        .unwrap()
        .to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    while bytes.len() < head_end + length {
        stream.read_buf(&mut bytes).await.unwrap();
    }
    (head, bytes[head_end..].to_vec())
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

fn good() -> Vec<u8> {
    let body = json!({"results": [], "cursor": 7, "time": "2026-11-17T09:00:00.000Z"}).to_string();
    answer(
        "200 OK",
        "Content-Type: application/json\r\nAccept-Encoding: zstd, gzip\r\n",
        &body,
    )
}

async fn hub(answers: Vec<Vec<u8>>) -> (HttpHub, Asked) {
    let (address, asked) = listener(answers).await;
    let token = Some("a-token".to_owned());
    (
        HttpHub::new(address.parse().unwrap(), token, None).unwrap(),
        asked,
    )
}

fn large() -> SyncRequest {
    let field = alongside_domain::Field {
        value: json!("calm and busy ".repeat(200)),
        stamp: "1794906000000-0000-0123456789ab".parse().unwrap(),
    };
    SyncRequest {
        after: Some(3),
        records: vec![WireRecord {
            id: record(1),
            kind: alongside_domain::Kind::Observation,
            version: None,
            fields: [("overall".to_owned(), field)].into(),
        }],
        ..SyncRequest::default()
    }
}

#[tokio::test]
async fn a_call_bears_its_token_and_is_compressed_once_the_hub_has_said_that_it_reads_that() {
    let (hub, asked) = hub(vec![good(), good(), good()]).await;
    let request = large();
    assert_eq!(hub.exchange(&request).await.unwrap().cursor, Some(7));
    assert_eq!(hub.encoding().as_deref(), Some("zstd, gzip"));
    hub.exchange(&request).await.unwrap();
    hub.exchange(&SyncRequest::default()).await.unwrap();

    let asked = asked.lock().unwrap();
    let [(plain, text), (packed, bytes), (small, _)] = &asked[..] else {
        panic!("{} calls", asked.len());
    };
    assert!(plain.starts_with("post /v1/sync http/1.1\r\n"));
    assert!(plain.contains("authorization: bearer a-token\r\n"));
    assert!(plain.contains("accept-encoding: "));
    assert!(!plain.contains("content-encoding"));
    assert_eq!(
        serde_json::from_slice::<SyncRequest>(text).unwrap(),
        request
    );
    assert!(packed.contains("content-encoding: zstd\r\n"));
    assert!(bytes.len() < text.len() / 4);
    let unpacked = zstd::bulk::decompress(bytes, 1 << 20).unwrap();
    assert_eq!(
        serde_json::from_slice::<SyncRequest>(&unpacked).unwrap(),
        request
    );
    assert!(!small.contains("content-encoding"));
}

#[tokio::test]
async fn a_refusal_of_the_whole_call_is_told_apart_by_its_status() {
    let words = json!({"code": "some_code", "message": "What to do."}).to_string();
    let statuses = [
        "401 Unauthorized",
        "413 Large",
        "429 Busy",
        "409 No",
        "500 Broken",
    ];
    let mut answers: Vec<_> = statuses
        .iter()
        .map(|status| answer(status, "Retry-After: 90\r\n", &words))
        .collect();
    answers.push(answer("502 Bad Gateway", "", "<html>"));
    let school = json!({"code": "foreign_school", "message": "Another school."}).to_string();
    answers.push(answer("409 No", "", &school));
    let (hub, _) = hub(answers).await;
    let request = SyncRequest::default();
    let mut errors = Vec::new();
    for _ in 0..7 {
        errors.push(hub.exchange(&request).await.unwrap_err());
    }
    assert!(matches!(errors[0], SyncError::Unauthorised(_)));
    assert!(matches!(errors[1], SyncError::TooLarge(_)));
    let pause = Some(Duration::from_secs(90));
    assert!(matches!(errors[2], SyncError::Busy { retry_after, .. } if retry_after == pause));
    assert_eq!(
        (errors[3].code(), &*errors[3].message()),
        ("some_code", "What to do.")
    );
    assert!(errors[4].is_transient() && !errors[3].is_transient());
    assert_eq!(errors[5].code(), "http_502");
    assert!(errors[5].message().contains("502"));
    assert!(matches!(errors[6], SyncError::ForeignSchool(_)));
}

#[tokio::test]
async fn a_token_is_not_carried_to_where_an_answer_points() {
    let (elsewhere, asked_elsewhere) = listener(vec![good()]).await;
    let to = format!("Location: http://{elsewhere}/v1/sync\r\n");
    let (hub, _) = hub(vec![answer("307 Temporary Redirect", &to, "")]).await;
    assert!(hub.exchange(&SyncRequest::default()).await.is_err());
    assert!(asked_elsewhere.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_answer_of_a_hub_is_said_to_be_none() {
    let long = "x".repeat(9 * 1024 * 1024);
    let (hub, _) = hub(vec![
        answer(
            "200 OK",
            "Content-Type: text/html\r\n",
            "<html>Sign in to this Wi-Fi</html>",
        ),
        answer("200 OK", "", &long),
        answer("200 OK", "Content-Encoding: zstd\r\n", "not zstd"),
    ])
    .await;
    for _ in 0..3 {
        let error = hub.exchange(&SyncRequest::default()).await.unwrap_err();
        assert!(matches!(error, SyncError::Garbled(_)), "{error:?}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn an_answer_cut_at_any_byte_is_an_error_that_is_tried_again() {
    let whole = good();
    let cuts: Vec<_> = (0..whole.len()).step_by(7).collect();
    let (hub, _) = hub(cuts.iter().map(|at| whole[..*at].to_vec()).collect()).await;
    for at in cuts {
        let error = hub.exchange(&SyncRequest::default()).await.unwrap_err();
        assert!(error.is_transient(), "cut at {at}: {error:?}");
    }
}

#[tokio::test]
async fn a_hub_that_is_not_there_is_unreachable_and_its_address_is_in_no_error_text() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let hub = HttpHub::new(address.parse().unwrap(), Some("a-token".into()), None).unwrap();
    let error = hub.exchange(&SyncRequest::default()).await.unwrap_err();
    assert!(matches!(error, SyncError::Unreachable(_)));
    assert!(!format!("{error} {}", error.message()).contains("127.0.0.1"));
}

#[tokio::test]
async fn commands_are_asked_by_their_name_alone() {
    let (hub, asked) = hub(vec![answer("200 OK", "", "{\"code\":\"abc\"}")]).await;
    let invite = hub
        .ask("person_invite", json!({"person": "x"}))
        .await
        .unwrap();
    assert_eq!(invite, json!({"code": "abc"}));
    assert!(
        asked.lock().unwrap()[0]
            .0
            .starts_with("post /rpc/person_invite ")
    );
    assert!(hub.ask("../v1/sync", json!({})).await.is_err());
}

#[tokio::test]
async fn events_are_heard_as_they_come() {
    let stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: still here\n\n\
                  event: changed\nid: 9\ndata: {\"version\":9,\"kinds\":[\"visit\"]}\n\n";
    let (hub, asked) = hub(vec![stream.as_bytes().to_vec()]).await;
    let heard = Mutex::new(Vec::new());
    hub.listen(&|what| heard.lock().unwrap().push(what))
        .await
        .unwrap();
    assert_eq!(*heard.lock().unwrap(), [Heard::Open, Heard::Changed(9)]);
    assert!(asked.lock().unwrap()[0].0.starts_with("get /v1/events "));
}

#[tokio::test]
async fn the_health_of_a_hub_is_asked_without_a_person() {
    let body =
        json!({"status": "ok", "version": "0.1.0", "time": "2026-11-17T09:00:00Z"}).to_string();
    let (address, _) = listener(vec![answer("200 OK", "", &body)]).await;
    let hub = HttpHub::new(address.parse().unwrap(), None, None).unwrap();
    assert_eq!(hub.health().await.unwrap().version, "0.1.0");
}
