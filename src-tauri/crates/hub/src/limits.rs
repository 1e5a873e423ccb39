//! Every number that keeps a hub well when many, or the wrong ones, ask at once. Nothing else sets a limit.
//!
//! What one call may carry is part of the wire (`alongside_sync::wire`); what is past it is answered with 413. Past the
//! other limits the answer is 429 with `Retry-After`, never a closed connection.

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
/// The most bytes of a letter that somebody brings, in its envelope.
pub const LETTER_LIMIT: usize = alongside_sync::letter::SEALED_LIMIT + SMALL_BODY;
/// The largest window of a zstd stream, as a power of two: 8 MiB, as RFC 8878 recommends.
pub const ZSTD_WINDOW_LOG: u32 = 23;

/// Connections open at once; further ones wait in the system's queue.
pub const CONNECTIONS: usize = 1024;
/// How long a client may take to send the head of a request.
pub const HEAD_WITHIN: Duration = Duration::from_secs(15);
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
pub const FOLLOWERS: usize = 1024;
/// When to come back when there are too many followers.
pub const FOLLOWERS_RETRY: Duration = Duration::from_secs(60);
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

/// Answers smaller than this many bytes are not compressed.
pub const COMPRESSED_FROM: u64 = 512;
/// How often the hub looks whether something is to be shown or destroyed (R20): often enough that it goes on its day.
pub const RETENTION_EVERY: Duration = Duration::from_secs(60 * 60);
/// How often what is remembered of devices is written down.
pub const CONTACTS_KEPT_EVERY: Duration = Duration::from_secs(30);
