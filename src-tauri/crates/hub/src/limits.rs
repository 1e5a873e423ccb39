//! Every number that keeps a hub well when many, or the wrong ones, ask at once. Nothing else sets a limit.
//!
//! What one call may carry is part of the wire (`alongside_sync::wire`); what is past it is answered with 413. Who asks
//! too often is answered with 429, who is too slow with 408, and when there is no place left with 503: each with a
//! sentence and `Retry-After`, and never by a closed connection where HTTP lets one answer. `docs/limits.md` lists them
//! for people; a test holds the two together.

use std::num::NonZeroU32;
use std::time::Duration;

pub use alongside_api::SESSION_DAYS;
pub use alongside_sync::wire::{BODY_LIMIT, RECORDS_LIMIT};

/// The most bytes someone who is not signed in may send, before and after decompression.
pub const STRANGER_BODY_LIMIT: usize = 64 * 1024;
/// Bodies past this are only read once it is known who sends them.
pub const SMALL_BODY: usize = STRANGER_BODY_LIMIT;
/// How many bodies larger than [`SMALL_BODY`] are held in memory at once; the others wait their turn.
pub const LARGE_BODIES_AT_ONCE: usize = 16;
/// How much of a refused body is read and thrown away, so that its sender gets to read the answer.
pub const DRAINED_AT_MOST: usize = 32 * 1024 * 1024;
/// How long that may take.
pub const DRAINED_WITHIN: Duration = Duration::from_secs(10);
/// The largest window of a zstd stream, as a power of two: 8 MiB, as RFC 8878 recommends.
pub const ZSTD_WINDOW_LOG: u32 = 23;

/// Connections that are served at once.
pub const CONNECTIONS: usize = 1024;
/// Of them, those from one address. A school behind one address has two hundred devices, each with a line for syncs, one
/// for events and a page now and then; still nobody takes all places alone. Behind a proxy, the proxy counts.
pub const CONNECTIONS_BY_ADDRESS: usize = 768;
/// Connections past these limits that are told so at once; further ones wait in the system's queue.
pub const CONNECTIONS_REFUSED: usize = 64;
/// How long it may take to tell them.
pub const REFUSED_WITHIN: Duration = Duration::from_secs(5);
/// When to come back when there is no place for a connection.
pub const CONNECTIONS_RETRY: Duration = Duration::from_secs(15);
/// How long a client may take to send the head of a request.
pub const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// How many bytes of a body have to come, or its end, in each [`BODY_STEP_WITHIN`].
pub const BODY_STEP: usize = 4 * 1024;
/// How long a body may take for each [`BODY_STEP`]: a tablet at the edge of the network does it, a trickle does not.
pub const BODY_STEP_WITHIN: Duration = Duration::from_secs(10);
/// How many bytes of an answer have to be taken, once a reader keeps us waiting, in each [`ANSWER_STEP_WITHIN`].
pub const ANSWER_STEP: usize = 16 * 1024;
/// How long a reader may take for each [`ANSWER_STEP`]. Past it the line is closed: the answer is under way already.
pub const ANSWER_STEP_WITHIN: Duration = Duration::from_secs(30);
/// How long a request may take from its head to the head of its answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How long open requests may go on once the hub is asked to stop.
pub const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Pushes that wait for the writer.
pub const QUEUE: usize = 256;
/// Pushes that share one durable commit.
pub const COMMIT_TOGETHER: usize = 64;
/// When to come back to a full queue.
pub const QUEUE_RETRY: Duration = Duration::from_secs(2);

/// Screens and devices that follow events at once.
pub const FOLLOWERS: usize = 768;
/// When to come back when there are too many followers.
pub const FOLLOWERS_RETRY: Duration = Duration::from_secs(60);
/// Of them, those of one device or session: a browser with many tabs is one session.
pub const FOLLOWERS_BY_DEVICE: usize = 16;
/// How often a follower hears that the hub is still there, and is asked for again whether they are let in.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many changes a slow follower may be behind before they are told to read everything again.
pub const HAPPENINGS_KEPT: usize = 1024;

/// Wrong pairing codes from one address in one minute.
pub const WRONG_CODES_BY_ADDRESS: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Wrong pairing codes from everywhere in one minute.
pub const WRONG_CODES_OVERALL: NonZeroU32 = NonZeroU32::new(120).unwrap();
/// Codes looked at in the same moment; the others wait their turn.
pub const CODES_AT_ONCE: usize = 4;

/// Syncs of one device in one minute. A device that is used all day asks a few times a minute, one that pulls ten years
/// a few dozen times.
pub const SYNCS_BY_DEVICE: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// Commands of one session or device in one minute.
pub const COMMANDS_BY_DEVICE: NonZeroU32 = NonZeroU32::new(2400).unwrap();
/// Files of the screens for one address in one minute: two hundred browsers that open them all in one minute are served.
pub const PAGES_BY_ADDRESS: NonZeroU32 = NonZeroU32::new(6000).unwrap();

/// The least room on the disk with which the hub says that it is ready.
pub const DISK_LEAST: u64 = 64 * 1024 * 1024;
/// How long the store may take to show that it can be written.
pub const READY_WITHIN: Duration = Duration::from_secs(2);
/// How long what was found of store and disk holds, however often it is asked for.
pub const READY_HOLDS: Duration = Duration::from_secs(1);

/// Answers smaller than this many bytes are not compressed.
pub const COMPRESSED_FROM: u64 = 512;
/// How often the hub looks whether something is to be shown or destroyed (R20): often enough that it goes on its day.
pub const RETENTION_EVERY: Duration = Duration::from_secs(60 * 60);
/// How often what is remembered of devices is written down.
pub const CONTACTS_KEPT_EVERY: Duration = Duration::from_secs(30);

/// Those of the numbers that a hub can be given others for, so that a test need not wait or send thousands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// [`CONNECTIONS`].
    pub connections: usize,
    /// [`CONNECTIONS_BY_ADDRESS`].
    pub connections_by_address: usize,
    /// [`HEAD_WITHIN`].
    pub head_within: Duration,
    /// [`BODY_STEP_WITHIN`].
    pub body_step_within: Duration,
    /// [`ANSWER_STEP_WITHIN`].
    pub answer_step_within: Duration,
    /// [`FOLLOWERS`].
    pub followers: usize,
    /// [`FOLLOWERS_BY_DEVICE`].
    pub followers_by_device: usize,
    /// [`SYNCS_BY_DEVICE`].
    pub syncs_by_device: NonZeroU32,
    /// [`COMMANDS_BY_DEVICE`].
    pub commands_by_device: NonZeroU32,
    /// [`PAGES_BY_ADDRESS`].
    pub pages_by_address: NonZeroU32,
    /// [`DISK_LEAST`], in bytes.
    pub disk_least: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            connections_by_address: CONNECTIONS_BY_ADDRESS,
            head_within: HEAD_WITHIN,
            body_step_within: BODY_STEP_WITHIN,
            answer_step_within: ANSWER_STEP_WITHIN,
            followers: FOLLOWERS,
            followers_by_device: FOLLOWERS_BY_DEVICE,
            syncs_by_device: SYNCS_BY_DEVICE,
            commands_by_device: COMMANDS_BY_DEVICE,
            pages_by_address: PAGES_BY_ADDRESS,
            disk_least: DISK_LEAST,
        }
    }
}
