//! How often a stranger may knock: `POST /v1/pair`, and a browser that joins with a code.
//!
//! Only wrong codes count, so that a whole staff can join from behind one address in one meeting.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use alongside_api::{ApiError, Code};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::Failed;
use crate::limits;
use crate::metrics::{Limit, Metrics};

/// Counts wrong codes and closes the door for a while when there are too many.
pub(crate) struct Door {
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    overall: DefaultDirectRateLimiter,
    shut: Mutex<Shut>,
    /// Only a few codes are looked at in one moment, or many could be tried before the first is counted.
    at_once: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Shut {
    to: HashMap<IpAddr, Instant>,
    to_all: Option<Instant>,
}

impl Door {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            by_address: RateLimiter::keyed(Quota::per_minute(limits::WRONG_CODES_BY_ADDRESS)),
            overall: RateLimiter::direct(Quota::per_minute(limits::WRONG_CODES_OVERALL)),
            shut: Mutex::default(),
            at_once: Arc::new(Semaphore::new(limits::CODES_AT_ONCE)),
            metrics,
        }
    }

    /// Waits for a turn at the door.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.at_once).acquire_owned().await.ok()
    }

    /// Tries a code for someone at `address`, unless they have to wait.
    pub(crate) fn knock<T>(
        &self,
        address: IpAddr,
        pair: impl FnOnce() -> Result<T, ApiError>,
    ) -> Result<T, Failed> {
        let address = neighbourhood(address);
        if let Some(wait) = self.wait(address) {
            let seconds = wait.as_secs() + 1;
            return Err(Failed::too_many(
                Limit::Codes,
                format!(
                    "Too many codes that do not work were tried. Try again in {seconds} seconds, and check the code with a leader."
                ),
                wait,
            ));
        }
        let paired = pair();
        if matches!(&paired, Err(error) if error.code == Code::CodeUnknown) {
            self.metrics.wrong_codes.inc();
            self.count_wrong(address);
        }
        Ok(paired?)
    }

    fn wait(&self, address: IpAddr) -> Option<Duration> {
        let now = Instant::now();
        let shut = self.shut.lock().unwrap_or_else(PoisonError::into_inner);
        let until = shut.to.get(&address).copied().max(shut.to_all)?;
        until
            .checked_duration_since(now)
            .filter(|wait| !wait.is_zero())
    }

    fn count_wrong(&self, address: IpAddr) {
        let clock = DefaultClock::default();
        let here = self
            .by_address
            .check_key(&address)
            .err()
            .map(|until| until.wait_time_from(clock.now()));
        let all = self
            .overall
            .check()
            .err()
            .map(|until| until.wait_time_from(clock.now()));
        self.by_address.retain_recent();
        let now = Instant::now();
        let mut shut = self.shut.lock().unwrap_or_else(PoisonError::into_inner);
        shut.to.retain(|_, until| *until > now);
        if let Some(wait) = here {
            tracing::warn!("too many wrong pairing codes from one address");
            shut.to.insert(address, now + wait);
        }
        if let Some(wait) = all {
            tracing::warn!("too many wrong pairing codes");
            shut.to_all = Some(now + wait);
        }
    }
}

/// Who shares an address: one host in version 4, one network in version 6, where a host has many.
pub(crate) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        version4 @ IpAddr::V4(_) => version4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong() -> Result<(), ApiError> {
        Err(ApiError::new(Code::CodeUnknown, "This code does not work."))
    }

    #[test]
    fn wrong_codes_shut_the_door_for_their_address_only() {
        let door = Door::new(Arc::new(Metrics::new()));
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..=limits::WRONG_CODES_BY_ADDRESS.get() {
            assert!(door.knock(one, wrong).is_err());
        }
        assert!(
            door.knock(one, || Ok(())).is_err(),
            "even a right code has to wait now"
        );
        assert!(door.knock(other, || Ok(())).is_ok());
    }

    #[test]
    fn right_codes_are_not_counted() {
        let door = Door::new(Arc::new(Metrics::new()));
        for _ in 0..500 {
            assert!(door.knock(IpAddr::from([192, 0, 2, 1]), || Ok(())).is_ok());
        }
    }

    #[test]
    fn a_network_of_version_6_counts_as_one() {
        let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        assert_eq!(neighbourhood(one), neighbourhood(other));
    }
}
