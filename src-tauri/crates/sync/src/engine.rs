//! One sync, from the first question to the comparison at its end.
//!
//! Push what waits, batch by batch, the last batch together with the question for what is new, so that a usual sync is
//! one call; pull the pages that follow, each kept while the next is under way; then, when nothing waits, compare both
//! sides. Nothing to do costs one call, no write and no digest. A difference is repaired once by pulling from the start
//! (`repair`); a second one is reported, never looped on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use alongside_domain::{DeviceId, Field, Kind, RecordId, field::parse_time};
use alongside_store::{SetAside, Store};
use tokio::time::Instant;

use crate::apply::{self, Applied};
use crate::compare::{Care, Checked, Compared, Terms, compare, stands};
use crate::plan::{self, Limits, Planned};
use crate::repair::{self, Seen};
use crate::wire::value_size;
use crate::{DeviceClock, Exchange, SyncAnswer, SyncError, SyncRequest, notes, refused};

/// How often what a hub finds stamped ahead is stamped anew within one sync.
const RESTAMPS: u32 = 2;

/// A value below so many bytes is set aside by no 413: a proxy may answer it to anything.
const SMALL: usize = 4 * 1024;

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Calls made.
    pub requests: u32,
    /// Fields the hub now holds.
    pub pushed: u64,
    /// Records that came.
    pub pulled: u64,
    /// Fields that were refused and set aside.
    pub refused: u64,
    /// Fields that were stamped anew.
    pub restamped: u64,
    /// Records that read otherwise than before.
    pub changed: Vec<(RecordId, Kind)>,
    /// Fields that wait now: written meanwhile, or found ahead of time.
    pub waiting: u64,
    /// When the hub last answered, in milliseconds since 1970 on its clock.
    pub received_at: u64,
    /// How far this device's clock is behind the hub's (ahead, when negative), when it is over two minutes.
    pub skew_ms: Option<i64>,
    /// How the comparison went.
    pub checked: Checked,
}

/// The device's side of a sync over one store.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<DeviceClock>,
    device: DeviceId,
    disk: Disk,
}

/// Where the disk is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    /// Away from the threads that serve the network.
    OnItsOwnThread,
    /// On the caller's.
    Here,
}

/// Called after every transaction of a sync that changed something.
pub type Heeding<'a> = &'a (dyn Fn(&Applied) + Send + Sync);

impl Engine {
    /// An engine for the install `device`, over its store and clock.
    pub fn new(store: Arc<dyn Store>, clock: Arc<DeviceClock>, device: DeviceId) -> Self {
        Self {
            store,
            clock,
            device,
            disk: Disk::OnItsOwnThread,
        }
    }

    /// The same engine, which waits for the disk on the thread that calls it: one thing after another, so that a run can be
    /// made to happen again.
    #[must_use]
    pub fn on_one_thread(mut self) -> Self {
        self.disk = Disk::Here;
        self
    }

    /// The store that is synced.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The clock of this install.
    pub(crate) fn clock(&self) -> &DeviceClock {
        &self.clock
    }

    /// Syncs once. Cut off anywhere, it is simply called again; the caller never runs two at a time over one store.
    ///
    /// `heed` hears of each transaction as it is committed, so that screens fill while a long pull goes on.
    pub async fn sync(
        &self,
        hub: &dyn Exchange,
        care: Care,
        heed: Heeding<'_>,
    ) -> Result<Summary, SyncError> {
        let mut run = Run {
            engine: self,
            hub,
            care,
            heed,
            limits: Limits::default(),
            requests: AtomicU32::new(0),
            summary: Summary::default(),
            mark: None,
            has_offered: false,
        };
        self.deliver_letters(hub).await?;
        run.sync().await?;
        if run.summary.waiting == 0 {
            self.forget_overtaken_letters().await?;
        }
        let Run {
            requests,
            mut summary,
            ..
        } = run;
        summary.requests = requests.into_inner();
        summary.skew_ms = self.clock.skew_ms();
        summary.received_at = self.clock.now_ms();
        summary.changed.sort();
        summary.changed.dedup();
        Ok(summary)
    }

    /// Lets what an older hub did not know wait again. Returns how many writings that were.
    pub async fn offer_again(&self) -> Result<u64, SyncError> {
        self.offer(&[refused::UNKNOWN_KIND]).await
    }

    /// Lets what was refused with one of these codes wait again. Returns how many writings that were.
    async fn offer(&self, codes: &'static [&'static str]) -> Result<u64, SyncError> {
        let store = Arc::clone(&self.store);
        self.at_disk(move || {
            let is_meant = |aside: &SetAside| codes.contains(&aside.code.as_str());
            if !store.read()?.set_aside()?.iter().any(is_meant) {
                return Ok(0);
            }
            let mut writer = store.write()?;
            let mut offered = 0;
            for code in codes {
                offered += writer.offer_again(code)?;
            }
            writer.commit()?;
            Ok(offered)
        })
        .await
    }
}

/// An answer, and the offset of the clock that follows from it.
struct Received {
    answer: SyncAnswer,
    offset_ms: i64,
}

struct Run<'a> {
    engine: &'a Engine,
    hub: &'a dyn Exchange,
    care: Care,
    heed: Heeding<'a>,
    limits: Limits,
    requests: AtomicU32,
    summary: Summary,
    /// The place in the hub's log that its last answer told.
    mark: Option<String>,
    /// Whether what was refused for want of something has been offered again in this sync.
    has_offered: bool,
}

impl Run<'_> {
    async fn sync(&mut self) -> Result<(), SyncError> {
        let mut is_repaired = false;
        loop {
            match self.push_and_pull(is_repaired).await? {
                Compared::As(checked) => {
                    self.summary.checked = checked;
                    return Ok(());
                }
                Compared::Different => return Err(SyncError::Diverged),
                Compared::ToRepair => {
                    tracing::warn!("the hub and this device differ; pulling from the start");
                    self.pull_from_start().await?;
                    is_repaired = true;
                }
            }
        }
    }

    /// Pushes until nothing waits and pulls until nothing is new. Returns how both sides compare then.
    async fn push_and_pull(&mut self, is_repaired: bool) -> Result<Compared, SyncError> {
        let mut restamps = 0;
        loop {
            let Planned {
                request, is_last, ..
            } = self.plan(is_repaired).await?;
            if request.records.is_empty() && !is_last {
                continue;
            }
            let received = match self.call(&request).await {
                Err(SyncError::TooLarge(error)) => {
                    self.shrink(&request, error).await?;
                    continue;
                }
                received => received?,
            };
            if received.answer.has_lost {
                self.begin_anew().await?;
                continue;
            }
            self.mark.clone_from(&received.answer.mark);
            let (applied, compared) = self.take(request, received, is_repaired).await?;
            if applied.unanswered > 0 {
                return Err(SyncError::Garbled("a record without its receipt".into()));
            }
            if applied.ahead > 0 {
                restamps += 1;
                if restamps > RESTAMPS {
                    return Ok(Compared::As(Checked::NotNow));
                }
                continue;
            }
            if is_last {
                if self.offer_what_wanted().await? {
                    continue;
                }
                return Ok(compared);
            }
        }
    }

    async fn plan(&self, is_repaired: bool) -> Result<Planned, SyncError> {
        let (store, limits) = (Arc::clone(&self.engine.store), self.limits);
        let now_ms = self.engine.clock.now_ms();
        let terms = self.terms(is_repaired);
        let planned = self
            .engine
            .at_disk(move || {
                let reader = store.read()?;
                let mut planned = plan::plan(&*reader, limits, now_ms)?;
                planned.request.check = (!terms.is_due(&*reader, now_ms)?).then_some(false);
                drop(reader);
                put_aside(&*store, &planned.too_large)?;
                Ok(planned)
            })
            .await?;
        self.heed_aside(planned.too_large.clone());
        Ok(planned)
    }

    /// The hub does not have what it told this device before. Nothing of its answer is kept: all is asked for again, and
    /// what this device wrote and the hub has lost is offered again.
    async fn begin_anew(&self) -> Result<(), SyncError> {
        tracing::warn!("the hub was brought back from before it last answered; beginning anew");
        let store = Arc::clone(&self.engine.store);
        self.engine
            .at_disk(move || {
                let mut writer = store.write()?;
                notes::begin_anew(&mut *writer)?;
                writer.commit()?;
                Ok(())
            })
            .await
    }

    /// What was refused for want of something that others bring may pass now that more has come: it is offered again, once
    /// in a sync. Returns whether anything was.
    async fn offer_what_wanted(&mut self) -> Result<bool, SyncError> {
        if self.has_offered || self.summary.pulled == 0 {
            return Ok(false);
        }
        self.has_offered = true;
        let offered = self.engine.offer(refused::WANTING).await?;
        Ok(offered > 0)
    }

    fn terms(&self, is_repaired: bool) -> Terms {
        Terms {
            care: self.care,
            is_repaired,
        }
    }

    /// After a 413: half as much from now on, or, when it was a single value, that value is set aside.
    async fn shrink(
        &mut self,
        request: &SyncRequest,
        error: crate::WireError,
    ) -> Result<(), SyncError> {
        if let Some(limits) = self.limits.halved(request) {
            self.limits = limits;
            return Ok(());
        }
        let Some(record) = request.records.first() else {
            return Err(SyncError::TooLarge(error));
        };
        let size = |field: &Field| value_size(&field.value);
        if record.fields.values().map(size).sum::<usize>() < SMALL {
            // Whatever finds this too large finds everything too large; it says nothing of what was written.
            return Err(SyncError::TooLarge(error));
        }
        let now_ms = self.engine.clock.now_ms();
        let aside: Vec<_> = record
            .fields
            .iter()
            .map(|(name, field)| {
                plan::too_large_aside(record.id, &record.kind, name.clone(), field.clone(), now_ms)
            })
            .collect();
        let store = Arc::clone(&self.engine.store);
        let kept = aside.clone();
        self.engine
            .at_disk(move || put_aside(&*store, &kept))
            .await?;
        self.limits = Limits::default();
        self.summary.refused += aside.len() as u64;
        self.heed_aside(aside);
        Ok(())
    }

    fn heed_aside(&self, set_aside: Vec<SetAside>) {
        if !set_aside.is_empty() {
            let changed = set_aside
                .iter()
                .map(|aside| (aside.record, aside.kind.clone()))
                .collect();
            (self.heed)(&Applied {
                set_aside,
                changed,
                ..Applied::default()
            });
        }
    }

    async fn call(&self, request: &SyncRequest) -> Result<Received, SyncError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let asked = Instant::now();
        let answer = self.hub.exchange(request).await?;
        apply::validate(request, &answer)?;
        let hub_ms = parse_time(&answer.time)
            .and_then(|time| u64::try_from(time.timestamp_millis()).ok())
            .ok_or_else(|| SyncError::Garbled("no time".into()))?;
        let offset_ms = self.engine.clock.measure(hub_ms, asked.elapsed());
        Ok(Received { answer, offset_ms })
    }

    /// Applies an answer and pulls the pages after it. The next page is asked for while one is being kept.
    async fn take(
        &mut self,
        request: SyncRequest,
        received: Received,
        is_repaired: bool,
    ) -> Result<(Applied, Compared), SyncError> {
        let (held, waiting, check) = (request.held, request.waiting, request.check);
        let (mut request, mut received) = (request, received);
        let mut first: Option<Applied> = None;
        loop {
            let next = SyncRequest {
                after: received.answer.cursor,
                mark: received.answer.mark.clone(),
                held,
                waiting,
                check,
                ..SyncRequest::default()
            };
            if !received.answer.more {
                let is_settled = first.as_ref().is_none_or(Applied::is_settled);
                let terms = is_settled.then(|| self.terms(is_repaired));
                let kept = self.apply(request, received, terms).await?;
                self.count(&kept.applied);
                self.summary.waiting = kept.waiting;
                return Ok((first.unwrap_or(kept.applied), kept.compared));
            }
            let (kept, next_page) =
                tokio::join!(self.apply(request, received, None), self.call(&next));
            let kept = kept?;
            self.count(&kept.applied);
            first.get_or_insert(kept.applied);
            (request, received) = (next, next_page?);
            if received.answer.has_lost {
                return Err(SyncError::Garbled("a page of another hub".into()));
            }
            self.mark.clone_from(&received.answer.mark);
        }
    }

    /// Keeps an answer and, on these `terms`, compares both sides: all in one transaction, since on a tablet a second
    /// one would cost as much as the first.
    async fn apply(
        &self,
        request: SyncRequest,
        received: Received,
        terms: Option<Terms>,
    ) -> Result<Kept, SyncError> {
        let (store, clock) = (
            Arc::clone(&self.engine.store),
            Arc::clone(&self.engine.clock),
        );
        self.engine
            .at_disk(move || {
                let Received { answer, offset_ms } = received;
                let mut settling = clock.settling();
                settling.set_offset(offset_ms);
                let hub = terms.zip(answer.check.as_ref());
                let reader = store.read()?;
                let is_idle = apply::is_idle(&*reader, &request, &answer, &settling)?;
                if is_idle {
                    let now_ms = settling.now_ms();
                    let stands = hub.map_or(Ok(Some(Checked::NotNow)), |(terms, hub)| {
                        stands(&*reader, hub, terms, now_ms)
                    });
                    if let Some(checked) = stands? {
                        return Ok(Kept {
                            applied: Applied::default(),
                            compared: Compared::As(checked),
                            waiting: reader.outbox_count()?,
                        });
                    }
                }
                drop(reader);
                let mut writer = store.write()?;
                let applied = match is_idle {
                    true => Applied::default(),
                    false => apply::apply(&mut *writer, &request, &answer, &mut settling)?,
                };
                let compared = match hub.filter(|_| applied.is_settled()) {
                    Some((terms, hub)) => compare(&mut *writer, hub, terms, settling.now_ms())?,
                    None => Compared::As(Checked::NotNow),
                };
                let waiting = writer.outbox_count()?;
                writer.commit()?;
                clock.take_over(settling);
                if applied.forgotten > 0 {
                    forget_for_good(&*store);
                }
                Ok(Kept {
                    applied,
                    compared,
                    waiting,
                })
            })
            .await
    }

    fn count(&mut self, applied: &Applied) {
        self.summary.pushed += applied.delivered;
        self.summary.pulled += applied.pulled;
        self.summary.refused += applied.set_aside.len() as u64;
        self.summary.restamped += applied.restamped;
        self.summary.changed.extend(applied.changed.clone());
        if *applied != Applied::default() {
            (self.heed)(applied);
        }
    }

    async fn pull_from_start(&mut self) -> Result<(), SyncError> {
        let mut request = SyncRequest {
            after: Some(0),
            held: Some(0),
            mark: self.mark.clone(),
            ..SyncRequest::default()
        };
        let mut seen = Seen::default();
        loop {
            let Received { answer, .. } = self.call(&request).await?;
            if answer.has_lost {
                return Err(SyncError::Garbled("a page of another hub".into()));
            }
            self.mark.clone_from(&answer.mark);
            request.mark.clone_from(&answer.mark);
            let (more, cursor) = (answer.more, answer.cursor.unwrap_or(0));
            let engine = self.engine.clone();
            let applied;
            (seen, applied) = self
                .engine
                .at_disk(move || engine.keep_page(seen, &answer))
                .await?;
            self.count(&applied);
            if !more {
                return Ok(());
            }
            request.after = Some(cursor);
        }
    }
}

impl Engine {
    /// Runs what waits on the disk away from the threads that serve the network.
    pub(crate) async fn at_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, SyncError> + Send + 'static,
    ) -> Result<T, SyncError> {
        if self.disk == Disk::Here {
            return work();
        }
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
            Err(_) => Err(SyncError::Stopped),
        }
    }

    /// Keeps one page of a pull from the start; the last one also settles what was not shown.
    fn keep_page(&self, mut seen: Seen, answer: &SyncAnswer) -> Result<(Seen, Applied), SyncError> {
        let mut applied = Applied::default();
        let mut settling = self.clock.settling();
        let mut writer = self.store.write()?;
        seen.page(&*writer, answer)?;
        apply::keep_pulled(&mut *writer, answer, &mut settling, &mut applied)?;
        writer.note_put(notes::CHECK, None)?;
        if !answer.more {
            let cursor = answer.cursor.unwrap_or(0);
            let own = self.device.tail();
            writer.note_put(notes::MARK, answer.mark.as_deref())?;
            repair::reconcile(
                &mut *writer,
                std::mem::take(&mut seen),
                cursor,
                own,
                &mut applied,
            )?;
        }
        writer.commit()?;
        self.clock.take_over(settling);
        if applied.forgotten > 0 {
            forget_for_good(&*self.store);
        }
        Ok((seen, applied))
    }
}

/// What an answer came to, once it is kept.
struct Kept {
    applied: Applied,
    compared: Compared,
    /// Fields that wait now.
    waiting: u64,
}

fn put_aside(store: &dyn Store, asides: &[SetAside]) -> Result<(), SyncError> {
    if asides.is_empty() {
        return Ok(());
    }
    let mut writer = store.write()?;
    for aside in asides {
        writer.put_aside(aside)?;
    }
    writer.commit()?;
    Ok(())
}

/// What is forgotten is to leave nothing in the file either (R20). It is gone from every screen already, so a failure is
/// told to the log and nobody else.
fn forget_for_good(store: &dyn Store) {
    if let Err(error) = store.scrub() {
        tracing::warn!(%error, "what was forgotten may still be found in the file");
    }
}
