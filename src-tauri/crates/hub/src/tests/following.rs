//! Events, packing, and stopping.

use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::{Value, json};

use super::house::{HEAD, House, TEACHER, ask, person};

struct Line {
    response: Response,
    text: String,
}

impl Line {
    async fn open(house: &House, cookie: &str, path: &str) -> Self {
        let response = house
            .get(path)
            .header("cookie", cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
        }
    }

    /// What is said of the next change; none when the line ends.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if event
                    .lines()
                    .any(|line| line.strip_prefix("event:").map(str::trim) == Some("changed"))
                {
                    let said = event
                        .lines()
                        .find_map(|line| line.strip_prefix("data:"))
                        .unwrap();
                    return Some(serde_json::from_str(said).unwrap());
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            let chunk = chunk.expect("an event within 20 seconds").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn a_change_is_told_to_those_it_concerns() {
    let house = House::school().await;
    let teacher = house.cookie(TEACHER).await;
    let mut line = Line::open(&house, &teacher, "/v1/events").await;
    let token = house.token(HEAD, 1).await;
    ask(house.sync(
        &token,
        json!({ "records": [house.class(1, 1)] }).to_string(),
    ))
    .await
    .is_done();
    let said = line.next().await.unwrap();
    assert_eq!(said["kinds"], json!(["class"]));
    let version = said["version"].as_u64().unwrap();
    let after = json!({ "after": version });
    let answer = ask(house.sync(&house.token(TEACHER, 2).await, after.to_string()))
        .await
        .is_done();
    assert_eq!(
        answer["records"],
        json!([]),
        "the version is that of their feed"
    );
}

#[tokio::test]
async fn who_says_where_they_stand_hears_at_once_that_there_is_more() {
    let house = House::school().await;
    let teacher = house.cookie(TEACHER).await;
    let newest = Line::open(&house, &teacher, "/v1/events?after=0")
        .await
        .next()
        .await
        .unwrap();
    assert!(newest["version"].as_u64().unwrap() > 0);
    assert_eq!(newest["kinds"], json!([]));
    let path = format!("/v1/events?after={}", newest["version"]);
    let mut line = Line::open(&house, &teacher, &path).await;
    house.put_person(21, "Cal Teacher");
    assert_eq!(
        line.next().await.unwrap()["kinds"],
        json!(["person"]),
        "and nothing before it"
    );
}

#[tokio::test]
async fn the_line_of_someone_let_out_ends() {
    let house = House::school().await;
    let cookie = house.cookie(TEACHER).await;
    let mut line = Line::open(&house, &cookie, "/v1/events").await;
    ask(house.rpc(&cookie, "space_leave", &json!({})))
        .await
        .is_done();
    assert_eq!(line.next().await, None);
    let refused = ask(house.get("/v1/events").header("cookie", &cookie)).await;
    refused.is_refused(401, "sign_in_first");
}

#[tokio::test]
async fn someone_who_has_left_the_school_hears_nothing_more() {
    let house = House::school().await;
    let cookie = house.cookie(TEACHER).await;
    let mut line = Line::open(&house, &cookie, "/v1/events").await;
    let token = house.token(HEAD, 1).await;
    let left = json!({ "is_active": { "value": false, "stamp": house.stamp(1) } });
    let records =
        json!({ "records": [{ "id": person(TEACHER), "kind": "person", "fields": left }] });
    let answer = ask(house.sync(&token, records.to_string())).await.is_done();
    assert_eq!(answer["results"][0]["accepted"], json!(["is_active"]));
    assert_eq!(line.next().await, None);
}

#[tokio::test]
async fn a_hub_that_stops_ends_the_lines_and_then_itself() {
    let house = House::school().await;
    let cookie = house.cookie(TEACHER).await;
    let mut line = Line::open(&house, &cookie, "/v1/events").await;
    let stopping = tokio::spawn(house.stop());
    assert_eq!(line.next().await, None);
    stopping.await.unwrap();
}

#[tokio::test]
async fn bodies_are_packed_both_ways() {
    let house = House::school().await;
    let token = house.token(HEAD, 1).await;
    let records: Vec<Value> = (0..50).map(|n| house.class(n, 1)).collect();
    let packed = zstd::encode_all(json!({ "records": records }).to_string().as_bytes(), 3).unwrap();
    let answer = ask(house
        .sync(&token, packed)
        .header("content-encoding", "zstd"))
    .await
    .is_done();
    assert_eq!(answer["results"].as_array().unwrap().len(), 50);

    let pull = json!({ "after": 0 }).to_string();
    let other = house.token(TEACHER, 2).await;
    // A client that leaves what it receives as it is.
    let client = Client::builder()
        .no_proxy()
        .no_gzip()
        .no_zstd()
        .tls_certs_only(std::iter::empty());
    let client = client.build().unwrap();
    let asked = |encoding: &str| {
        let (client, request) = (
            client.clone(),
            house.sync(&other, pull.clone()).build().unwrap(),
        );
        let mut request = request;
        request
            .headers_mut()
            .insert("accept-encoding", encoding.parse().unwrap());
        async move {
            let response = client.execute(request).await.unwrap();
            let encoding = response.headers().get("content-encoding").cloned();
            (encoding, response.bytes().await.unwrap())
        }
    };
    let (encoding, plain) = asked("identity").await;
    assert_eq!(encoding, None);
    let (encoding, packed) = asked("zstd, gzip").await;
    assert_eq!(encoding.unwrap(), "zstd");
    assert!(
        packed.len() < plain.len() / 2,
        "{} of {}",
        packed.len(),
        plain.len()
    );
    let unpacked: Value = serde_json::from_slice(&zstd::decode_all(&*packed).unwrap()).unwrap();
    assert_eq!(
        unpacked["records"],
        serde_json::from_slice::<Value>(&plain).unwrap()["records"]
    );
    let (encoding, packed) = asked("gzip").await;
    assert_eq!(encoding.unwrap(), "gzip");
    assert!(
        packed.len() < plain.len() / 2,
        "{} of {}",
        packed.len(),
        plain.len()
    );
}
