//! Too much, too often, too many at once: answered with 413 and 429, never by a closed connection.

use std::io::Read as _;

use serde_json::{Value, json};

use super::house::{HEAD, House, TEACHER, ask};
use crate::limits;

#[tokio::test]
async fn an_oversized_body_is_answered_not_cut_off() {
    let house = House::school().await;
    let token = house.token(TEACHER, 1).await;
    for megabytes in [5, 20] {
        let body = vec![b' '; megabytes * 1024 * 1024];
        ask(house.sync(&token, body.clone()))
            .await
            .is_refused(413, "too_large");
        ask(house
            .post("/rpc/import_preview", body.clone())
            .bearer_auth(&token))
        .await
        .is_refused(413, "too_large");
        ask(house.post("/v1/pair", body.clone()))
            .await
            .is_refused(413, "too_large");
        ask(house.sync("stale", body))
            .await
            .is_refused(401, "sign_in_first");
    }
}

#[tokio::test]
async fn a_body_that_only_grows_when_unpacked_is_refused_too() {
    let house = House::school().await;
    let token = house.token(TEACHER, 1).await;
    let bomb = zstd::encode_all(std::io::repeat(b' ').take(200 * 1024 * 1024), 1).unwrap();
    let request = house
        .sync(&token, bomb.clone())
        .header("content-encoding", "zstd");
    ask(request).await.is_refused(413, "too_large");
    let request = house
        .post("/v1/pair", bomb)
        .header("content-encoding", "zstd");
    ask(request).await.is_refused(413, "too_large");
}

#[tokio::test]
async fn more_records_than_a_call_carries_are_refused() {
    let house = House::school().await;
    let token = house.token(HEAD, 1).await;
    let records: Vec<Value> = (0..=limits::RECORDS_LIMIT as u128)
        .map(|n| house.class(n, 1))
        .collect();
    let said = ask(house.sync(&token, json!({ "records": records }).to_string()))
        .await
        .is_refused(413, "too_large");
    assert!(said.contains("500"), "{said}");
}

#[tokio::test]
async fn one_value_that_is_too_large_is_refused_alone() {
    let house = House::school().await;
    let token = house.token(HEAD, 1).await;
    let mut large = house.class(1, 1);
    large["fields"]["year_group"] =
        json!({ "value": "x".repeat(70 * 1024), "stamp": house.stamp(1) });
    let records = json!({ "records": [large, house.class(2, 1)] });
    let answer = ask(house.sync(&token, records.to_string())).await.is_done();
    assert_eq!(answer["results"][0]["refused"][0]["field"], "year_group");
    assert_eq!(answer["results"][0]["accepted"], json!(["name"]));
    assert_eq!(answer["results"][1]["accepted"], json!(["name"]));
}

#[tokio::test]
async fn too_many_wrong_codes_have_to_wait() {
    let house = House::school().await;
    for _ in 0..=limits::WRONG_CODES_BY_ADDRESS.get() {
        ask(house.pair("WRNG-CDEX", 1))
            .await
            .is_refused(403, "code_unknown");
    }
    let waits = ask(house.pair("WRNG-CDEX", 1)).await;
    let said = waits.is_refused(429, "too_many");
    let seconds: u64 = waits.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(said.contains("seconds"), "{said}");
    ask(house.pair(&house.code(TEACHER), 1))
        .await
        .is_refused(429, "too_many");
    let join = json!({ "address": null, "code": "WRNG-CDEX", "device": "" });
    let through_the_screen = ask(house.post("/rpc/device_join", join.to_string())).await;
    through_the_screen.is_refused(429, "too_many");
    assert!(!through_the_screen.header("retry-after").is_empty());
}

#[tokio::test]
async fn behind_a_proxy_each_caller_is_counted_alone() {
    let house = House::with(|config| config.is_behind_proxy = true).await;
    house.found();
    let from = |address: &str, code: &str| {
        house
            .pair(code, 1)
            .header("x-forwarded-for", address.to_owned())
    };
    for _ in 0..=limits::WRONG_CODES_BY_ADDRESS.get() {
        ask(from("203.0.113.9, 192.0.2.1", "WRNG-CDEX"))
            .await
            .is_refused(403, "code_unknown");
    }
    // What a caller puts down before the proxy does not count.
    ask(from("203.0.113.77, 192.0.2.1", "WRNG-CDEX"))
        .await
        .is_refused(429, "too_many");
    ask(from("203.0.113.9, 192.0.2.2", &house.code(TEACHER)))
        .await
        .is_done();
}

#[tokio::test]
async fn fifty_devices_at_once_are_all_answered() {
    let house = House::school().await;
    let mut tokens = Vec::new();
    for n in 0..50 {
        tokens.push(house.token(HEAD, 100 + n).await);
    }
    let calls = tokens.iter().zip(100u128..).map(|(token, n)| {
        let records = json!({ "after": 0, "records": [house.class(n, n)] });
        ask(house.sync(token, records.to_string()))
    });
    for answer in futures_util::future::join_all(calls).await {
        let answer = answer.is_done();
        assert_eq!(answer["results"][0]["accepted"], json!(["name"]));
        assert!(answer["check"]["count"].as_u64().unwrap() > 0);
    }
}
