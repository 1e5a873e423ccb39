//! What whoever looks after a hub asks it: whether it is ready, and how it does.

use std::collections::BTreeMap;

use prometheus_parse::{Sample, Scrape, Value as Told};
use serde_json::json;
use tokio::net::TcpListener;

use super::house::{Answer, HEAD, House, TEACHER, ask};
use crate::{BACKED_UP, STORE_FILE, serve_metrics};

#[track_caller]
fn is_unready(answer: &Answer, code: &str) {
    answer.is_refused(503, code);
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_hub_that_can_take_in_what_is_sent_is_ready() {
    let house = House::empty().await;
    assert_eq!(
        ask(house.get("/ready")).await.is_done(),
        json!({ "status": "ready" })
    );
}

#[tokio::test]
async fn a_hub_with_a_full_disk_is_well_and_not_ready() {
    let house = House::with(|config| config.limits.disk_least = u64::MAX).await;
    is_unready(&ask(house.get("/ready")).await, "disk_full");
    ask(house.get("/health")).await.is_done();
}

#[tokio::test]
async fn a_hub_whose_store_cannot_be_written_is_not_ready() {
    let house = House::empty().await;
    let file = rusqlite::Connection::open(house.folder.path().join(STORE_FILE)).unwrap();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    is_unready(&ask(house.get("/ready")).await, "store");
}

#[tokio::test]
async fn a_hub_that_stops_is_not_ready_from_the_first_moment() {
    let house = House::empty().await;
    ask(house.get("/ready")).await.is_done();
    let operators = operators(&house).await;
    house.hub.stop();
    is_unready(
        &ask(house.client.get(format!("{operators}/ready"))).await,
        "stopping",
    );
}

/// The address at which a hub tells its metrics.
async fn operators(house: &House) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve_metrics(listener, std::sync::Arc::clone(&house.hub)));
    format!("http://{address}")
}

struct Scraped {
    text: String,
    samples: Vec<Sample>,
}

impl Scraped {
    async fn of(house: &House, operators: &str) -> Self {
        let answer = ask(house.client.get(format!("{operators}/metrics"))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(
            answer
                .header("content-type")
                .starts_with("application/openmetrics-text")
        );
        let lines = answer.text.lines().map(|line| Ok(line.to_owned()));
        let scrape = Scrape::parse(lines).unwrap();
        Self {
            text: answer.text,
            samples: scrape.samples,
        }
    }

    /// The value of a sample with these labels.
    #[track_caller]
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let sample = self.samples.iter().find(|sample| {
            sample.metric == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(label) == Some(*value))
        });
        match sample.map(|sample| &sample.value) {
            Some(Told::Counter(value) | Told::Gauge(value) | Told::Untyped(value)) => *value,
            told => panic!("{name} {labels:?} is {told:?} in\n{}", self.text),
        }
    }
}

#[tokio::test]
async fn the_metrics_are_in_the_form_that_prometheus_reads_and_count_what_happened() {
    let house = House::school().await;
    let operators = operators(&house).await;
    let token = house.token(HEAD, 1).await;
    let mut refused = house.class(2, 1);
    refused["fields"]["year_group"] =
        json!({ "value": "x".repeat(70 * 1024), "stamp": house.stamp(1) });
    let records = json!({ "records": [house.class(1, 1), refused] });
    ask(house.sync(&token, records.to_string())).await.is_done();
    ask(house.pair("WRNG-CDEX", 2))
        .await
        .is_refused(403, "code_unknown");
    ask(house.get("/nowhere/Ida"))
        .await
        .is_refused(404, "not_found");
    let cookie = house.cookie(TEACHER).await;
    let followed = house
        .get("/v1/events")
        .header("cookie", &cookie)
        .send()
        .await
        .unwrap();
    let mut writer = house.hub.desk().store().write().unwrap();
    writer.note_put(BACKED_UP, Some("1793606400")).unwrap();
    writer.commit().unwrap();

    let scraped = Scraped::of(&house, &operators).await;
    let told =
        |name: &str, labels: &[(&str, &str)]| scraped.value(&format!("alongside_{name}"), labels);
    assert_eq!(
        told(
            "requests_total",
            &[("route", "/v1/sync"), ("status", "2xx")]
        ),
        1.0
    );
    assert_eq!(
        told(
            "requests_total",
            &[("route", "/v1/pair"), ("status", "4xx")]
        ),
        1.0
    );
    assert_eq!(
        told("requests_total", &[("route", "page"), ("status", "4xx")]),
        1.0
    );
    assert_eq!(told("request_seconds_count", &[("route", "/v1/sync")]), 1.0);
    assert_eq!(told("pushes_total", &[]), 1.0);
    assert_eq!(told("fields_accepted_total", &[]), 2.0);
    assert_eq!(told("fields_superseded_total", &[]), 0.0);
    assert!(
        scraped
            .text
            .contains("alongside_fields_refused_total{code=\""),
        "{}",
        scraped.text
    );
    assert_eq!(told("commit_pushes_count", &[]), 1.0);
    assert_eq!(told("wrong_codes_total", &[]), 1.0);
    assert_eq!(told("followers", &[]), 1.0);
    assert_eq!(told("queue_length", &[]), 0.0);
    assert_eq!(told("ready", &[]), 1.0);
    assert!(told("connections", &[]) >= 1.0);
    assert!(told("store_bytes", &[]) > 0.0 && told("disk_free_bytes", &[]) > 0.0);
    assert!(told("log_lines", &[]) > 1.0);
    assert_eq!(told("last_backup_timestamp_seconds", &[]), 1_793_606_400.0);
    assert_eq!(
        told("build_info", &[("version", env!("CARGO_PKG_VERSION"))]),
        1.0
    );
    drop(followed);
    is_well_formed(&scraped);
}

/// What the conventions of Prometheus ask of names, and what we ask of labels.
fn is_well_formed(scraped: &Scraped) {
    assert!(scraped.text.ends_with("# EOF\n"));
    let mut kinds = BTreeMap::new();
    for line in scraped.text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(
                kinds.insert(name.to_owned(), kind.to_owned()).is_none(),
                "{name} twice"
            );
        }
    }
    let known = ["route", "status", "code", "limit", "version", "le"];
    for sample in &scraped.samples {
        assert!(sample.metric.starts_with("alongside_"), "{}", sample.metric);
        for (label, _) in sample.labels.iter() {
            assert!(
                known.contains(&label.as_str()),
                "{label} of {}",
                sample.metric
            );
        }
    }
    for (name, kind) in &kinds {
        assert!(scraped.text.contains(&format!("# HELP {name} ")), "{name}");
        assert!(!(kind == "gauge" && name.ends_with("_total")), "{name}");
    }
}

#[tokio::test]
async fn no_metric_tells_of_a_person_a_device_a_school_or_a_word() {
    let house = House::school().await;
    let operators = operators(&house).await;
    let token = house.token(HEAD, 1).await;
    let marked = "Zypherine";
    let fields = json!({ marked: { "value": marked, "stamp": house.stamp(1) } });
    let records = json!({ "records": [
        { "id": super::house::person(TEACHER), "kind": "person", "fields": fields },
        { "id": uuid::Uuid::from_u128(0x9000), "kind": marked, "fields": fields },
    ] });
    ask(house.sync(&token, records.to_string())).await;
    ask(house.get(&format!("/{marked}?{marked}"))).await;
    ask(house
        .post(&format!("/rpc/{marked}"), "{}")
        .header("x-forwarded-for", marked))
    .await;
    ask(house.post("/v1/pair", format!(r#"{{"code":"{marked}"}}"#))).await;
    let scraped = Scraped::of(&house, &operators).await;
    for word in [
        marked,
        "Thistle",
        "Ida",
        "Ben",
        &token,
        "127.0.0.1",
        "0000-",
    ] {
        assert!(
            !scraped.text.contains(word),
            "{word} is in\n{}",
            scraped.text
        );
    }
}

#[tokio::test]
async fn the_open_door_tells_no_metrics() {
    let house = House::school().await;
    ask(house.get("/metrics"))
        .await
        .is_refused(404, "not_found");
}

#[tokio::test]
async fn a_page_from_elsewhere_cannot_ask_for_metrics_under_its_own_name() {
    let house = House::empty().await;
    let operators = operators(&house).await;
    let request = house
        .client
        .get(format!("{operators}/metrics"))
        .header("host", "evil.example");
    ask(request).await.is_refused(421, "not_allowed");
}
