//! Callers who send or read too slowly: told so where HTTP lets one, let go where it does not, and never at the price of
//! those who are only far from the access point.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::house::{House, TEACHER};
use crate::{Pages, limits};

const QUICK: Duration = Duration::from_millis(300);
/// More than the system keeps for two ends of a line that nobody reads.
const LARGE: usize = 32 * 1024 * 1024;

async fn line(house: &House) -> TcpStream {
    TcpStream::connect(house.url.strip_prefix("http://").unwrap())
        .await
        .unwrap()
}

async fn rest(line: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), line.read_to_end(&mut text)).await;
    // A line that is reset after its answer has still said it.
    let _ = read.expect("an end within 20 seconds");
    String::from_utf8_lossy(&text).into_owned()
}

#[track_caller]
fn says_come_back(answer: &str, status: &str) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")),
        "{answer}"
    );
    assert!(answer.contains("retry-after: "), "{answer}");
    assert!(answer.contains(r#""message":""#), "{answer}");
}

#[track_caller]
fn was_hit(house: &House, limit: &str) {
    let text = house.hub.metrics.text(&Default::default()).unwrap();
    let line = format!("alongside_limits_hit_total{{limit=\"{limit}\"}} 1");
    assert!(text.contains(&line), "{text}");
}

#[tokio::test]
async fn a_head_that_does_not_end_is_answered() {
    let house = House::with(|config| config.limits.head_within = QUICK).await;
    let mut line = line(&house).await;
    line.write_all(b"GET /health HTTP/1.1\r\nHost: local")
        .await
        .unwrap();
    says_come_back(&rest(&mut line).await, "408");
    was_hit(&house, "slow_head");
}

#[tokio::test]
async fn a_line_on_which_nothing_is_asked_is_closed_without_a_word() {
    let house = House::with(|config| config.limits.head_within = QUICK).await;
    assert_eq!(rest(&mut line(&house).await).await, "");
}

#[tokio::test]
async fn a_body_that_trickles_is_answered() {
    let house = House::with(|config| config.limits.body_step_within = QUICK).await;
    let mut line = line(&house).await;
    let head = "POST /v1/pair HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n";
    line.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = line.split();
    let trickle = async {
        let mut every = tokio::time::interval(Duration::from_millis(20));
        loop {
            every.tick().await;
            if writing.write_all(b" ").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut answer = vec![0; 4096];
    let bytes = tokio::select! {
        bytes = reading.read(&mut answer) => bytes.unwrap(),
        () = trickle => 0,
    };
    says_come_back(&String::from_utf8_lossy(&answer[..bytes]), "408");
    was_hit(&house, "slow_body");
}

#[tokio::test]
async fn a_body_that_comes_slowly_and_steadily_arrives() {
    let house = House::with(|config| config.limits.body_step_within = QUICK).await;
    house.found();
    let code = house.code(TEACHER);
    let said = format!(
        r#"{{"code":"{code}","device":{{"id":"01990000-0000-7000-8000-00000000000a","name":"A tablet"}}}}"#
    );
    let mut body = said.into_bytes();
    body.resize(10 * limits::BODY_STEP, b' ');
    let mut line = line(&house).await;
    let head = format!(
        "POST /v1/pair HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    line.write_all(head.as_bytes()).await.unwrap();
    let mut every = tokio::time::interval(QUICK / 5);
    for step in body.chunks(limits::BODY_STEP) {
        every.tick().await;
        line.write_all(step).await.unwrap();
    }
    let answer = rest(&mut line).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// A hub with one large file.
async fn house_with_a_large_file() -> House {
    let file: &'static [u8] = Vec::leak(vec![b'x'; LARGE]);
    House::with(|config| {
        config.pages = Pages::built(&[("large.txt", file)]);
        config.limits.answer_step_within = QUICK;
    })
    .await
}

#[tokio::test]
async fn a_reader_who_takes_nothing_is_let_go() {
    let house = house_with_a_large_file().await;
    let mut line = line(&house).await;
    line.write_all(b"GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    line.readable().await.unwrap();
    let mut every = tokio::time::interval(Duration::from_millis(20));
    while house.hub.metrics.connections.get() > 0 {
        every.tick().await;
    }
    assert!(rest(&mut line).await.len() < LARGE);
    was_hit(&house, "slow_reader");
}

#[tokio::test]
async fn a_reader_who_takes_their_time_gets_everything() {
    let house = house_with_a_large_file().await;
    let mut line = line(&house).await;
    line.write_all(b"GET /large.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut every = tokio::time::interval(QUICK / 4);
    let mut taken = 0;
    let mut step = vec![0; LARGE / 20];
    loop {
        every.tick().await;
        match line.read_exact(&mut step).await {
            Ok(_) => taken += step.len(),
            Err(_) => break,
        }
    }
    assert!(taken >= LARGE - step.len(), "{taken}");
}
