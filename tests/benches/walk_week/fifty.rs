//! (f) Fifty tablets that come home at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alongside_sync::{SyncRequest, WireRecord, wire};
use alongside_tests::{Device, RunningHub, School};
use serde_json::Value;

use crate::floor;
use crate::table::{Aim, Table, Unit, median, percentile};
use crate::workload::{self, COMMITS};

const TABLETS: u128 = 50;

/// (f) Fifty devices push one observation each, all at once.
pub async fn fifty_devices(table: &mut Table) {
    eprintln!("(f) fifty devices at once");
    let rounds = 12;
    let hub = RunningHub::start().await;
    School::found(&hub);
    workload::open_classes(&hub);
    workload::hire(&hub, TABLETS);
    let mut tokens = Vec::new();
    for number in 0..TABLETS {
        let device = Device::join(&hub, workload::observer(number)).await;
        tokens.push((device.token(), device.actor.device));
    }
    let folder = tempfile::tempdir().unwrap();
    let floor_at = floor::serve(&folder.path().join("hub")).await;
    let client = alongside_tests::http();
    let (mut ours, mut floor) = (Fifty::default(), Fifty::default());
    for week in 0..rounds {
        // Twenty-five visits with two observers each.
        let observers = |visit: u128| {
            let first = visit * 2 % TABLETS;
            vec![workload::observer(first), workload::observer(first + 1)]
        };
        workload::plan(&hub, week, &observers);
        hub.clock.pass(3_600_000);
        let mut bodies = Vec::new();
        let mut plain = Vec::new();
        for number in 0..TABLETS {
            let written =
                workload::observation(week, number / 2, workload::observer(number), false);
            let (_, device) = tokens[usize::try_from(number).unwrap()];
            bodies.push(push_body(&hub, &written, device));
            plain.push(floor::body(&written));
        }
        let pushes = bodies.into_iter().zip(&tokens).map(|(body, (token, _))| {
            client
                .post(hub.url("/v1/sync"))
                .bearer_auth(token)
                .header("content-type", "application/json")
                .header("content-encoding", "zstd")
                .header("accept-encoding", "zstd")
                .body(body)
        });
        ours.push(pushes.collect(), week > 0, |answer| {
            let accepted = answer["results"][0]["accepted"].as_array().unwrap().len();
            assert_eq!(accepted, 40, "{answer}");
        })
        .await;
        let pushes = plain
            .into_iter()
            .map(|body| client.post(format!("http://{floor_at}/push")).body(body));
        floor.push(pushes.collect(), week > 0, |_| {}).await;
    }
    let name = "(f) 50 devices push one observation each at once";
    table.add(
        name,
        Unit::PerSecond,
        ours.rate(),
        Some(floor.rate()),
        Aim::AtLeast(0.5),
    );
    let p99 = (
        percentile(&mut ours.times, 0.99),
        percentile(&mut floor.times, 0.99),
    );
    table.add(
        "(f) p99 of one of them",
        Unit::Ms,
        p99.0,
        Some(p99.1),
        Aim::Ratio(2.0),
    );
}

fn push_body(
    hub: &RunningHub,
    written: &workload::Written,
    device: alongside_domain::DeviceId,
) -> Vec<u8> {
    let now = alongside_sync::Wall::now_ms(&hub.clock);
    let mut count = 0;
    let fields = written.commits.iter().flatten().map(|(name, value)| {
        count += 1;
        let stamp = alongside_domain::Stamp::new(now - 600_000 + 9_000 * count, 0, device.tail());
        (
            name.clone(),
            alongside_domain::Field {
                value: value.clone(),
                stamp,
            },
        )
    });
    let record = WireRecord {
        id: written.id,
        kind: alongside_domain::Kind::Observation,
        version: None,
        fields: fields.collect(),
    };
    let request = SyncRequest {
        records: vec![record],
        ..SyncRequest::default()
    };
    let body = serde_json::to_vec(&request).unwrap();
    assert!(body.len() < wire::BODY_LIMIT && written.commits.len() == COMMITS);
    zstd::bulk::compress(&body, 6).unwrap()
}

#[derive(Default)]
struct Fifty {
    walls: Vec<Duration>,
    times: Vec<Duration>,
}

impl Fifty {
    async fn push(
        &mut self,
        requests: Vec<reqwest::RequestBuilder>,
        counts: bool,
        check: impl Fn(&Value),
    ) {
        let gate = Arc::new(tokio::sync::Barrier::new(requests.len() + 1));
        let pushes: Vec<_> = requests
            .into_iter()
            .map(|request| {
                let gate = Arc::clone(&gate);
                tokio::spawn(async move {
                    gate.wait().await;
                    let began = Instant::now();
                    let answer = request.send().await.unwrap();
                    assert!(answer.status().is_success(), "{}", answer.status());
                    let bytes = answer.bytes().await.unwrap();
                    (began.elapsed(), bytes)
                })
            })
            .collect();
        gate.wait().await;
        let began = Instant::now();
        let mut answers = Vec::new();
        for push in pushes {
            answers.push(push.await.unwrap());
        }
        let wall = began.elapsed();
        for (time, bytes) in answers {
            check(&serde_json::from_slice(&bytes).unwrap());
            if counts {
                self.times.push(time);
            }
        }
        if counts {
            self.walls.push(wall);
        }
    }

    /// Observations in a second.
    fn rate(&mut self) -> f64 {
        TABLETS as f64 / (median(&mut self.walls) / 1e3)
    }
}
