//! The floor: the least that could do the job, with none of the rules. Bare SQLite (WAL, synchronous FULL, one row for
//! each edit, kept) on both sides, and one plain HTTP request for each device with JSON in zstd.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::workload::Written;

const LEVEL: i32 = 3;

/// A row for each edit, kept.
pub struct Edits(Connection);

/// One edit on its way.
#[derive(Debug, Serialize, Deserialize)]
pub struct Edit(pub Uuid, pub String, pub Value, pub u64);

impl Edits {
    /// Opens the file.
    pub fn open(path: &Path) -> Self {
        let conn = Connection::open(path).unwrap();
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS edits (
                 n INTEGER PRIMARY KEY, record BLOB NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
                 stamp INTEGER NOT NULL
             ) STRICT;
             CREATE TABLE IF NOT EXISTS sent (n INTEGER NOT NULL) STRICT;",
        )
        .unwrap();
        Self(conn)
    }

    /// One durable tick.
    pub fn tick(&self, record: Uuid, field: &str, value: &Value, stamp: u64) {
        self.insert(record, field, value, stamp);
    }

    fn insert(&self, record: Uuid, field: &str, value: &Value, stamp: u64) {
        self.0
            .prepare_cached(
                "INSERT INTO edits (record, field, value, stamp) VALUES (?1, ?2, ?3, ?4)",
            )
            .unwrap()
            .execute(params![
                record.as_bytes(),
                field,
                value.to_string(),
                stamp as i64
            ])
            .unwrap();
    }

    /// Keeps many edits in one commit.
    pub fn keep(&self, edits: &[Edit]) {
        self.0.execute_batch("BEGIN IMMEDIATE").unwrap();
        for Edit(record, field, value, stamp) in edits {
            self.insert(*record, field, value, *stamp);
        }
        self.0.execute_batch("COMMIT").unwrap();
    }

    /// Everything after a place, and the last place.
    pub fn after(&self, n: i64) -> (Vec<Edit>, i64) {
        let mut statement = self
            .0
            .prepare_cached(
                "SELECT record, field, value, stamp, n FROM edits WHERE n > ?1 ORDER BY n",
            )
            .unwrap();
        let mut last = n;
        let edits = statement
            .query_map([n], |row| {
                last = row.get(4)?;
                let record: [u8; 16] = row.get(0)?;
                let value: String = row.get(2)?;
                let value = serde_json::from_str(&value).unwrap();
                Ok(Edit(
                    Uuid::from_bytes(record),
                    row.get(1)?,
                    value,
                    row.get::<_, i64>(3)? as u64,
                ))
            })
            .unwrap()
            .map(Result::unwrap)
            .collect();
        (edits, last)
    }

    /// Remembers, durably, up to where the server has everything.
    fn note_sent(&self, n: i64) {
        self.0
            .execute("INSERT INTO sent (n) VALUES (?1)", [n])
            .unwrap();
    }

    /// Everything in the one file.
    pub fn checkpoint(&self) {
        self.0
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
    }
}

/// Edits of a workload, in the order of writing.
pub fn edits(written: &[Written]) -> Vec<Edit> {
    let mut stamp = alongside_tests::START_MS;
    let mut pauses = crate::words::Writer::new(17);
    let mut edits = Vec::new();
    for observation in written {
        for commit in &observation.commits {
            stamp += 2_000 + pauses.below(25_000) as u64;
            for (name, value) in commit {
                edits.push(Edit(
                    observation.id.uuid(),
                    name.clone(),
                    value.clone(),
                    stamp,
                ));
            }
        }
    }
    edits
}

fn packed(value: &impl Serialize) -> Vec<u8> {
    zstd::bulk::compress(&serde_json::to_vec(value).unwrap(), LEVEL).unwrap()
}

fn unpacked<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    serde_json::from_slice(&zstd::stream::decode_all(bytes).unwrap()).unwrap()
}

/// A plain server over a file.
pub async fn serve(path: &Path) -> SocketAddr {
    let edits = Arc::new(Mutex::new(Edits::open(path)));
    let app = Router::new()
        .route("/push", post(push))
        .route("/pull", get(pull))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(edits);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

type Kept = State<Arc<Mutex<Edits>>>;

async fn push(State(kept): Kept, body: Bytes) -> &'static str {
    tokio::task::spawn_blocking(move || {
        let edits: Vec<Edit> = unpacked(&body);
        kept.lock().unwrap().keep(&edits);
    })
    .await
    .unwrap();
    "{}"
}

#[derive(Deserialize)]
struct After {
    after: i64,
}

async fn pull(State(kept): Kept, Query(After { after }): Query<After>) -> Vec<u8> {
    tokio::task::spawn_blocking(move || {
        let new = kept.lock().unwrap().after(after);
        packed(&new)
    })
    .await
    .unwrap()
}

/// A device of the floor.
pub struct FloorDevice {
    edits: Edits,
    client: reqwest::Client,
    base: String,
    seen: i64,
}

impl FloorDevice {
    /// A device over `path` that speaks to `address`.
    pub fn open(path: &Path, address: SocketAddr) -> Self {
        Self {
            edits: Edits::open(path),
            client: alongside_tests::http(),
            base: format!("http://{address}"),
            seen: 0,
        }
    }

    /// What it keeps.
    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// Sends everything.
    pub async fn push(&self) {
        let (edits, last) = self.edits.after(0);
        self.send(packed(&edits)).await;
        self.edits.note_sent(last);
    }

    /// Ends the connection, as a pause between two syncs does.
    pub fn hang_up(&mut self) {
        self.client = alongside_tests::http();
    }

    /// Sends what is packed already.
    pub async fn send(&self, body: Vec<u8>) {
        let request = self.client.post(format!("{}/push", self.base)).body(body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success());
        answer.bytes().await.unwrap();
    }

    /// Fetches what is new, and keeps it. Returns how much that was.
    pub async fn pull(&mut self) -> usize {
        let request = self
            .client
            .get(format!("{}/pull?after={}", self.base, self.seen));
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        let (edits, last): (Vec<Edit>, i64) = unpacked(&answer);
        if !edits.is_empty() {
            self.edits.keep(&edits);
        }
        self.seen = last;
        edits.len()
    }
}

/// What one push of one observation carries.
pub fn body(written: &Written) -> Vec<u8> {
    packed(&edits(std::slice::from_ref(written)))
}
