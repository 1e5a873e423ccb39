//! Bad input: each refused with its status, code and sentence, and nothing else lost.

use serde_json::json;

use super::house::{HEAD, House, TEACHER, ask};

#[tokio::test]
async fn health_tells_the_version_and_the_time() {
    let house = House::empty().await;
    let health = ask(house.get("/health")).await.is_done();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["time"], "2026-11-02T08:00:00.000Z");
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let house = House::school().await;
    let token = house.token(TEACHER, 1).await;
    let deep = format!(
        r#"{{"after":{}1{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    for body in [
        "",
        "{",
        "nonsense",
        "[]",
        "7",
        r#"{"after":"soon"}"#,
        r#"{"records":{}}"#,
        &deep,
    ] {
        let said = ask(house.sync(&token, body))
            .await
            .is_refused(400, "bad_request");
        assert!(!said.contains("nonsense"), "{said}");
    }
    for body in ["", "{", "nonsense", "[]", &deep] {
        ask(house.post("/v1/pair", body))
            .await
            .is_refused(400, "bad_request");
        ask(house.post("/rpc/walk_list", body).bearer_auth(&token))
            .await
            .is_refused(400, "bad_request");
    }
    ask(house.post("/v1/pair", r#"{"code":7,"device":null}"#))
        .await
        .is_refused(400, "bad_request");
    let wrong = ask(house
        .post("/rpc/walk_get", r#"{"walk":"x"}"#)
        .bearer_auth(&token))
    .await;
    wrong.is_refused(400, "bad_request");
}

#[tokio::test]
async fn what_is_not_called_json_is_refused() {
    let house = House::school().await;
    let token = house.token(TEACHER, 1).await;
    for path in ["/v1/pair", "/v1/sync", "/rpc/walk_list"] {
        let request = house
            .client
            .post(format!("{}{path}", house.url))
            .bearer_auth(&token)
            .body("{}");
        ask(request).await.is_refused(415, "bad_request");
        let request = house
            .client
            .post(format!("{}{path}", house.url))
            .bearer_auth(&token);
        ask(request.header("content-type", "text/plain").body("{}"))
            .await
            .is_refused(415, "bad_request");
    }
    let request = house
        .client
        .post(format!("{}/v1/sync", house.url))
        .bearer_auth(&token);
    ask(request
        .header("content-type", "application/json; charset=utf-8")
        .body("{}"))
    .await
    .is_done();
}

#[tokio::test]
async fn a_packing_the_hub_does_not_know_is_refused() {
    let house = House::school().await;
    let token = house.token(TEACHER, 1).await;
    ask(house.sync(&token, "{}").header("content-encoding", "br"))
        .await
        .is_refused(415, "bad_request");
    ask(house.sync(&token, "{}").header("content-encoding", "zstd"))
        .await
        .is_refused(400, "bad_request");
    ask(house.sync(&token, "{}").header("content-encoding", "gzip"))
        .await
        .is_refused(400, "bad_request");
}

#[tokio::test]
async fn there_is_nothing_at_unknown_addresses() {
    let house = House::school().await;
    let token = house.token(TEACHER, 1).await;
    ask(house.get("/nowhere"))
        .await
        .is_refused(404, "not_found");
    ask(house.get("/v2/sync"))
        .await
        .is_refused(404, "not_found");
    ask(house.post("/nowhere", "{}"))
        .await
        .is_refused(404, "not_found");
    ask(house.post("/rpc/walk_destroy", "{}").bearer_auth(&token))
        .await
        .is_refused(404, "unknown_command");
    ask(house.post("/rpc/", "{}"))
        .await
        .is_refused(404, "not_found");
}

#[tokio::test]
async fn an_address_asked_the_wrong_way_says_how() {
    let house = House::school().await;
    for (path, allow) in [
        ("/v1/sync", "POST"),
        ("/v1/pair", "POST"),
        ("/rpc/walk_list", "POST"),
    ] {
        let refused = ask(house.get(path)).await;
        refused.is_refused(405, "bad_request");
        assert_eq!(refused.header("allow"), allow);
    }
    ask(house.post("/health", "{}"))
        .await
        .is_refused(405, "bad_request");
}

#[tokio::test]
async fn a_name_the_hub_does_not_go_by_is_refused() {
    let house = House::with(|config| config.hosts.push("walks.school.example".into())).await;
    for bad in [
        "elsewhere.example",
        "elsewhere.example:8420",
        "127.0.0.1.elsewhere.example",
        "192.0.2.9",
    ] {
        ask(house.get("/health").header("host", bad))
            .await
            .is_refused(421, "not_allowed");
    }
    for good in ["walks.school.example", "localhost:1", "teacher.localhost"] {
        ask(house.get("/health").header("host", good))
            .await
            .is_done();
    }
}

#[tokio::test]
async fn one_broken_record_does_not_lose_the_rest() {
    let house = House::school().await;
    let token = house.token(HEAD, 1).await;
    let mut broken = house.class(2, 1);
    broken["fields"]["name"]["stamp"] = json!("yesterday");
    let mut wrong = house.class(3, 1);
    wrong["fields"]["is_active"] = json!({ "value": "perhaps", "stamp": house.stamp(1) });
    let mut unknown = house.class(4, 1);
    unknown["kind"] = json!("dinner_menu");
    let mut kindless = house.class(5, 1);
    kindless["kind"] = json!(7);
    let records = json!({ "records": [house.class(1, 1), broken, wrong, unknown, kindless, house.class(6, 1)] });
    let answer = ask(house.sync(&token, records.to_string())).await.is_done();
    let results: Vec<_> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let refused = result["refused"].as_array().unwrap();
            assert!(
                refused
                    .iter()
                    .all(|refusal| refusal["code"].is_string() && refusal["message"].is_string())
            );
            (result["accepted"].as_array().unwrap().len(), refused.len())
        })
        .collect();
    assert_eq!(results, [(1, 0), (0, 1), (1, 1), (0, 1), (0, 1), (1, 0)]);
    for (place, sent) in records["records"].as_array().unwrap().iter().enumerate() {
        assert_eq!(
            answer["results"][place]["id"], sent["id"],
            "results are in the order of sending"
        );
    }
}

#[tokio::test]
async fn a_request_without_a_host_is_refused() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let house = House::empty().await;
    let address = house.url.strip_prefix("http://").unwrap();
    let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
    line.write_all(b"GET /health HTTP/1.0\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    line.read_to_string(&mut text).await.unwrap();
    assert!(
        text.starts_with("HTTP/1.0 400 ") && text.contains(r#""code":"bad_request""#),
        "{text}"
    );
}
