//! A bad line: a TCP proxy before a hub that counts, delays, and cuts after any byte.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From a device to the hub.
    Up,
    /// From the hub to a device.
    Down,
}

/// No cut is planned.
const NEVER: i64 = i64::MAX;
/// What stands once in the head of every request.
const REQUEST_MARK: &[u8] = b" HTTP/1.1\r\n";

/// The line. Ends when dropped.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    target: Mutex<SocketAddr>,
    up: Counted,
    down: Counted,
    requests: AtomicU64,
    cuts: AtomicU64,
    is_down: AtomicBool,
    round_trip: Duration,
    /// Turned over to end every connection at once.
    broken: watch::Sender<u64>,
}

#[derive(Debug)]
struct Counted {
    bytes: AtomicU64,
    left: AtomicI64,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            bytes: AtomicU64::new(0),
            left: AtomicI64::new(NEVER),
        }
    }
}

impl Line {
    /// A line to `target` on which nothing takes time.
    pub async fn to(target: SocketAddr) -> Self {
        Self::slow(target, Duration::ZERO).await
    }

    /// A line to `target` with this round trip. Opening a connection takes one, as it does on a network.
    pub async fn slow(target: SocketAddr, round_trip: Duration) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            target: Mutex::new(target),
            up: Counted::default(),
            down: Counted::default(),
            requests: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
            is_down: AtomicBool::new(false),
            round_trip,
            broken: watch::Sender::new(0),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self {
            address,
            state,
            task,
        }
    }

    /// Where devices find it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads somewhere else from now on.
    pub fn lead_to(&self, target: SocketAddr) {
        *self.state.target.lock().unwrap() = target;
    }

    /// Cuts the line once, after `bytes` more have passed this way.
    pub fn cut_after(&self, way: Way, bytes: u64) {
        let left = i64::try_from(bytes).unwrap();
        self.state.counted(way).left.store(left, Ordering::SeqCst);
    }

    /// Takes a planned cut back.
    pub fn heal(&self) {
        for way in [Way::Up, Way::Down] {
            self.state.counted(way).left.store(NEVER, Ordering::SeqCst);
        }
    }

    /// How often it was cut.
    pub fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// No network: every connection ends and none is let through until [`restore`](Self::restore).
    pub fn break_down(&self) {
        self.state.is_down.store(true, Ordering::SeqCst);
        self.state.broken.send_modify(|turn| *turn += 1);
    }

    /// The network is back.
    pub fn restore(&self) {
        self.state.is_down.store(false, Ordering::SeqCst);
    }

    /// Bytes that passed this way.
    pub fn bytes(&self, way: Way) -> u64 {
        self.state.counted(way).bytes.load(Ordering::SeqCst)
    }

    /// Requests that passed.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
        self.state.broken.send_modify(|turn| *turn += 1);
    }
}

impl State {
    fn counted(&self, way: Way) -> &Counted {
        match way {
            Way::Up => &self.up,
            Way::Down => &self.down,
        }
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((device, _)) = listener.accept().await {
        if !state.is_down.load(Ordering::SeqCst) {
            tokio::spawn(connect(device, Arc::clone(&state)));
        }
    }
}

async fn connect(device: TcpStream, state: Arc<State>) {
    let mut broken = state.broken.subscribe();
    broken.borrow_and_update();
    let target = *state.target.lock().unwrap();
    let Ok(hub) = TcpStream::connect(target).await else {
        return;
    };
    let (_, _) = (device.set_nodelay(true), hub.set_nodelay(true));
    let (device_in, device_out) = device.into_split();
    let (hub_in, hub_out) = hub.into_split();
    let opened = Instant::now() + state.round_trip;
    tokio::select! {
        () = carry(device_in, hub_out, Way::Up, &state, opened) => {}
        () = carry(hub_in, device_out, Way::Down, &state, opened) => {}
        _ = broken.changed() => {}
    }
}

/// Carries one way until the end of it, or until it is cut.
async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    way: Way,
    state: &State,
    opened: Instant,
) {
    let (sender, mut on_the_way) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let taking = async {
        let mut buffer = vec![0; 64 * 1024];
        let mut seen = Vec::new();
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            if way == Way::Up {
                count_requests(&mut seen, &buffer[..count], state);
            }
            let due = Instant::now().max(opened) + state.round_trip / 2;
            if sender.send((due, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
        drop(sender);
        // What is on the way still arrives; the other task ends this one.
        std::future::pending::<()>().await;
    };
    let giving = async {
        let counted = state.counted(way);
        while let Some((due, bytes)) = on_the_way.recv().await {
            if due > Instant::now() {
                sleep_until(due).await;
            }
            let length = i64::try_from(bytes.len()).unwrap();
            let left = counted.left.load(Ordering::SeqCst);
            let passing = if left == NEVER {
                length
            } else {
                left.min(length)
            };
            let passed = &bytes[..usize::try_from(passing).unwrap()];
            counted
                .bytes
                .fetch_add(passed.len() as u64, Ordering::SeqCst);
            if to.write_all(passed).await.is_err() {
                return;
            }
            if left != NEVER {
                if passing < length || left == passing {
                    counted.left.store(NEVER, Ordering::SeqCst);
                    state.cuts.fetch_add(1, Ordering::SeqCst);
                    return;
                }
                counted.left.store(left - passing, Ordering::SeqCst);
            }
        }
    };
    tokio::select! {
        () = taking => {}
        () = giving => {}
    }
    // One end of the connection closed: give what went the other way a moment to arrive.
    if state.round_trip > Duration::ZERO {
        sleep(state.round_trip / 2).await;
    }
}

fn count_requests(seen: &mut Vec<u8>, bytes: &[u8], state: &State) {
    seen.extend_from_slice(bytes);
    let found = seen
        .windows(REQUEST_MARK.len())
        .filter(|window| *window == REQUEST_MARK)
        .count();
    state.requests.fetch_add(found as u64, Ordering::SeqCst);
    let kept = seen.len().min(REQUEST_MARK.len() - 1);
    seen.drain(..seen.len() - kept);
}
