//! How often one may ask: syncs and commands of a device, pages for an address. The numbers are in `limits`.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use alongside_domain::DeviceId;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::answer::Failed;
use crate::door::neighbourhood;
use crate::limits::Limits;
use crate::metrics::Limit;

/// Counts what each asks in a minute. Who is over it waits a moment; nothing of theirs is lost.
pub(crate) struct Pace {
    syncs: DefaultKeyedRateLimiter<DeviceId>,
    commands: DefaultKeyedRateLimiter<DeviceId>,
    pages: DefaultKeyedRateLimiter<IpAddr>,
}

impl Pace {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            syncs: a_minute(limits.syncs_by_device),
            commands: a_minute(limits.commands_by_device),
            pages: a_minute(limits.pages_by_address),
        }
    }

    /// Counts a sync of a device that is let in.
    pub(crate) fn sync(&self, device: DeviceId) -> Result<(), Failed> {
        let wait = wait(&self.syncs, &device);
        refused(
            wait,
            Limit::Syncs,
            "This device syncs more often than it can have something to say. Nothing is lost; it goes on by itself in a moment.",
        )
    }

    /// Counts a command of a device or session that is let in.
    pub(crate) fn command(&self, device: DeviceId) -> Result<(), Failed> {
        let wait = wait(&self.commands, &device);
        refused(
            wait,
            Limit::Commands,
            "This screen asks for more than anyone can read. Wait a moment, then go on.",
        )
    }

    /// Counts a file of the screens for whoever is at `address`.
    pub(crate) fn page(&self, address: IpAddr) -> Result<(), Failed> {
        let wait = wait(&self.pages, &neighbourhood(address));
        refused(
            wait,
            Limit::Pages,
            "These pages were asked for too often from here. Wait a moment, then open them again.",
        )
    }

    /// Forgets those who have long been quiet.
    pub(crate) fn forget(&self) {
        self.syncs.retain_recent();
        self.commands.retain_recent();
        self.pages.retain_recent();
    }
}

fn a_minute<K: Hash + Eq + Clone>(most: NonZeroU32) -> DefaultKeyedRateLimiter<K> {
    RateLimiter::keyed(Quota::per_minute(most))
}

fn wait<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Option<Duration> {
    let until = limiter.check_key(key).err()?;
    Some(until.wait_time_from(DefaultClock::default().now()))
}

fn refused(wait: Option<Duration>, limit: Limit, message: &str) -> Result<(), Failed> {
    match wait {
        None => Ok(()),
        Some(wait) => Err(Failed::too_many(limit, message, wait)),
    }
}
