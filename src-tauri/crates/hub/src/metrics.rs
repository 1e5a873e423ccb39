//! What an operator watches: counts and times in the text form that Prometheus reads, and never who or what.
//!
//! A label is a route, a class of status, a code or the name of a limit: all from lists that are part of the program, so
//! no person, device, school or word can get into one. They are told on a listener of their own ([`serve_metrics`]), so
//! that the open door does not tell them.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use alongside_sync::SyncAnswer;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

mod listener;

pub use listener::serve_metrics;

/// The limits, as they are counted when someone comes up against one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Limit {
    Codes,
    Syncs,
    Commands,
    Pages,
    Queue,
    Followers,
    Connections,
    Size,
    SlowHead,
    SlowBody,
    SlowReader,
    SlowAnswer,
}

impl Limit {
    const ALL: [Self; 12] = [
        Self::Codes,
        Self::Syncs,
        Self::Commands,
        Self::Pages,
        Self::Queue,
        Self::Followers,
        Self::Connections,
        Self::Size,
        Self::SlowHead,
        Self::SlowBody,
        Self::SlowReader,
        Self::SlowAnswer,
    ];
}

impl Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Codes => "codes",
            Self::Syncs => "syncs",
            Self::Commands => "commands",
            Self::Pages => "pages",
            Self::Queue => "queue",
            Self::Followers => "followers",
            Self::Connections => "connections",
            Self::Size => "size",
            Self::SlowHead => "slow_head",
            Self::SlowBody => "slow_body",
            Self::SlowReader => "slow_reader",
            Self::SlowAnswer => "slow_answer",
        })
    }
}

impl EncodeLabelValue for Limit {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        write!(encoder, "{self}")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Hit {
    limit: Limit,
}

/// Everything that is counted of one hub.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    request_seconds: Family<Route, Histogram>,
    pushes: Counter,
    accepted: Counter,
    superseded: Counter,
    refused: Family<Code, Counter>,
    commits: Histogram,
    commit_seconds: Histogram,
    limits: Family<Hit, Counter>,
    pub(crate) wrong_codes: Counter,
    pub(crate) connections: Gauge,
    followers: Gauge,
    queue: Gauge,
    ready: Gauge,
    store_bytes: Gauge,
    disk_bytes: Gauge,
    log_lines: Gauge,
    backup_seconds: Gauge,
}

/// What is read of a hub when it is asked for its metrics.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) followers: usize,
    pub(crate) queue: usize,
    pub(crate) is_ready: bool,
    pub(crate) store_bytes: u64,
    pub(crate) disk_bytes: u64,
    pub(crate) log_lines: u64,
    /// Seconds since 1970; 0 when no backup was ever made.
    pub(crate) backup_seconds: i64,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        // From a millisecond to a minute, after which a request is ended.
        let seconds = || {
            Histogram::new([
                0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
            ])
        };
        let mut all = Self {
            registry: Registry::with_prefix("alongside"),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(seconds),
            pushes: Counter::default(),
            accepted: Counter::default(),
            superseded: Counter::default(),
            refused: Family::default(),
            commits: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]),
            commit_seconds: seconds(),
            limits: Family::default(),
            wrong_codes: Counter::default(),
            connections: Gauge::default(),
            followers: Gauge::default(),
            queue: Gauge::default(),
            ready: Gauge::default(),
            store_bytes: Gauge::default(),
            disk_bytes: Gauge::default(),
            log_lines: Gauge::default(),
            backup_seconds: Gauge::default(),
        };
        all.register();
        // What has never happened is told as 0, so that its first time is seen.
        for limit in Limit::ALL {
            all.limits.get_or_create(&Hit { limit });
        }
        all
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        all.register("build", "The version of the hub", Info::new(version));
        all.register(
            "requests",
            "Requests answered, by route and class of status",
            self.requests.clone(),
        );
        all.register_with_unit(
            "request",
            "How long requests took to the head of their answer, by route",
            Unit::Seconds,
            self.request_seconds.clone(),
        );
        all.register("pushes", "Syncs that brought changes", self.pushes.clone());
        all.register("fields_accepted", "Fields kept", self.accepted.clone());
        all.register(
            "fields_superseded",
            "Fields for which a later value was here already",
            self.superseded.clone(),
        );
        all.register(
            "fields_refused",
            "Fields refused, by code",
            self.refused.clone(),
        );
        all.register(
            "commit_pushes",
            "Pushes that shared one durable commit",
            self.commits.clone(),
        );
        all.register_with_unit(
            "commit",
            "How long such a commit took, with judging what was in it",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        all.register(
            "limits_hit",
            "Requests and connections that came up against a limit, by limit",
            self.limits.clone(),
        );
        all.register(
            "wrong_codes",
            "Pairing codes tried that do not work",
            self.wrong_codes.clone(),
        );
        all.register(
            "connections",
            "Connections open now",
            self.connections.clone(),
        );
        all.register(
            "followers",
            "Lines of events open now",
            self.followers.clone(),
        );
        all.register(
            "queue_length",
            "Pushes that wait for the writer now",
            self.queue.clone(),
        );
        all.register(
            "ready",
            "1 when the hub can take in what is sent, 0 when it cannot or is stopping",
            self.ready.clone(),
        );
        all.register_with_unit(
            "store",
            "Size of the store's files",
            Unit::Bytes,
            self.store_bytes.clone(),
        );
        all.register_with_unit(
            "disk_free",
            "Room on the disk that the store is on",
            Unit::Bytes,
            self.disk_bytes.clone(),
        );
        all.register("log_lines", "Lines of the log", self.log_lines.clone());
        all.register_with_unit(
            "last_backup_timestamp",
            "When the last backup was made, since 1970; 0 when there is none",
            Unit::Seconds,
            self.backup_seconds.clone(),
        );
    }

    /// A request was answered. `route` is the pattern it matched, never its path.
    pub(crate) fn answered(&self, route: Option<&str>, status: u16, took: Duration) {
        let route = route.unwrap_or("page").to_owned();
        let status = match status / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.request_seconds
            .get_or_create(&Route {
                route: route.clone(),
            })
            .observe(took.as_secs_f64());
        self.requests
            .get_or_create(&Answered { route, status })
            .inc();
    }

    /// Someone came up against a limit.
    pub(crate) fn hit(&self, limit: Limit) {
        self.limits.get_or_create(&Hit { limit }).inc();
    }

    /// A push was answered.
    pub(crate) fn pushed(&self, answer: &SyncAnswer) {
        self.pushes.inc();
        for result in &answer.results {
            self.accepted.inc_by(count(result.accepted.len()));
            self.superseded.inc_by(count(result.superseded.len()));
            for refused in &result.refused {
                let code = refused.code.clone();
                self.refused.get_or_create(&Code { code }).inc();
            }
        }
    }

    /// So many pushes were committed together.
    pub(crate) fn committed(&self, pushes: usize, took: Duration) {
        self.commits
            .observe(f64::from(u32::try_from(pushes).unwrap_or(u32::MAX)));
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Everything, as text.
    pub(crate) fn text(&self, reading: &Reading) -> Result<String, std::fmt::Error> {
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.followers.set(signed(count(reading.followers)));
        self.queue.set(signed(count(reading.queue)));
        self.ready.set(i64::from(reading.is_ready));
        self.store_bytes.set(signed(reading.store_bytes));
        self.disk_bytes.set(signed(reading.disk_bytes));
        self.log_lines.set(signed(reading.log_lines));
        self.backup_seconds.set(reading.backup_seconds);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
