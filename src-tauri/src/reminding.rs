//! Looks again at what a device tells its person by itself: when something changed, when the app comes to the front, and
//! when the next moment has come. What is told, and that it is told once, is decided behind the desk
//! (`alongside_api::reminder`); how it is shown is the [`Notifier`]'s.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alongside_api::reminder::{Said, Sleep};
use alongside_api::{Actor, Desk};
use chrono::{DateTime, FixedOffset};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::session::blocking;

/// The longest time between two looks: a machine that slept, or whose clock was set, is caught up with.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Shows sentences as the platform does. Where it cannot, nothing happens: the badges say the same.
pub trait Notifier: Send + Sync {
    /// Shows a sentence now. May wait for the person, who is asked for permission once.
    fn show(&self, sentence: &str);

    /// Shows these at their moments, whether or not the app is awake then, in place of all that were to be shown later.
    fn foretell(&self, _ahead: &[(DateTime<FixedOffset>, String)]) {}
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unseen;

impl Notifier for Unseen {
    fn show(&self, _: &str) {}
}

/// The looking again of one space. Ends with it.
pub(crate) struct Reminding {
    look: Arc<Look>,
    task: AbortHandle,
}

struct Look {
    actor: Actor,
    is_shown: Arc<AtomicBool>,
    notifier: Arc<dyn Notifier>,
    again: Arc<Notify>,
    is_sleeping: AtomicBool,
}

impl Reminding {
    /// Begins, inside a tokio runtime, and looks whenever `again` says so. Changes that follow each other within `settle`
    /// are looked at once.
    pub fn start(
        desk: &Arc<Desk>,
        actor: Actor,
        is_shown: Arc<AtomicBool>,
        again: Arc<Notify>,
        notifier: Arc<dyn Notifier>,
        settle: Duration,
    ) -> Self {
        let look = Arc::new(Look {
            actor,
            is_shown,
            notifier,
            again,
            is_sleeping: AtomicBool::new(false),
        });
        let task = tokio::spawn(Arc::clone(&look).run(Arc::clone(desk), settle));
        Self {
            look,
            task: task.abort_handle(),
        }
    }

    /// The app is looked at.
    pub fn front(&self) {
        self.look.is_sleeping.store(false, Ordering::Relaxed);
        self.look.again.notify_one();
    }

    /// The app goes out of sight, and may not run there.
    pub fn back(&self) {
        self.look.is_sleeping.store(true, Ordering::Relaxed);
        self.look.again.notify_one();
    }
}

impl Drop for Reminding {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Look {
    async fn run(self: Arc<Self>, desk: Arc<Desk>, settle: Duration) {
        loop {
            let mut pause = LONGEST;
            if self.is_shown.load(Ordering::Relaxed) {
                let next_at = self.at(&desk).await;
                let until = next_at.map(|next| next.to_utc() - desk.now());
                let until = until.map(|until| until.to_std().unwrap_or_default());
                pause = until.map_or(pause, |until| until.clamp(settle, pause));
            }
            tokio::select! {
                () = self.again.notified() => tokio::time::sleep(settle).await,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Looks once, and answers when to look again.
    async fn at(&self, desk: &Arc<Desk>) -> Option<DateTime<FixedOffset>> {
        let sleep = if self.is_sleeping.load(Ordering::Relaxed) {
            Sleep::Falling
        } else {
            Sleep::Awake
        };
        let (desk, actor) = (Arc::clone(desk), self.actor);
        let notifier = Arc::clone(&self.notifier);
        let looked = blocking(move || {
            let said: Said = desk.remind(&actor, sleep)?;
            for sentence in &said.sentences {
                notifier.show(sentence);
            }
            notifier.foretell(&said.ahead);
            Ok(said.next_at)
        });
        looked.await.unwrap_or_else(|error| {
            // Before a person's own record has come there is nothing to tell them.
            tracing::debug!(code = ?error.code, "what waits was not looked at");
            None
        })
    }
}
