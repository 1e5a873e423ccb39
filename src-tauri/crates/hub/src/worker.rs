//! One thread that writes: pushes that arrive together share one durable commit.
//!
//! When fifty tablets come home at once, the disk is asked to keep its promise once, not fifty times. The queue is
//! bounded; a device that finds it full is told when to come back. What only pulls does not pass here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use alongside_api::{Actor, ApiError, Code, Desk};
use alongside_sync::{SyncAnswer, SyncRequest};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::answer::Failed;
use crate::limits;
use crate::metrics::{Limit, Metrics};

/// The way to the thread that writes. The thread ends when the queue is dropped.
pub(crate) struct Queue {
    sender: mpsc::Sender<Waiting>,
}

struct Waiting {
    actor: Actor,
    request: SyncRequest,
    answer: oneshot::Sender<Result<SyncAnswer, ApiError>>,
}

impl Queue {
    /// Starts the thread.
    pub(crate) fn start(desk: Arc<Desk>, metrics: Arc<Metrics>) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(limits::QUEUE);
        thread::Builder::new()
            .name("commit".into())
            .spawn(move || work(&desk, &metrics, receiver))?;
        Ok(Self { sender })
    }

    /// How many wait in it now.
    pub(crate) fn length(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }

    /// Waits in line with one call and returns its answer.
    pub(crate) async fn push(
        &self,
        actor: Actor,
        request: SyncRequest,
    ) -> Result<SyncAnswer, Failed> {
        let (answer, answered) = oneshot::channel();
        match self.sender.try_send(Waiting {
            actor,
            request,
            answer,
        }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(Failed::too_many(
                    Limit::Queue,
                    "Many devices are sending at once. Nothing is lost; this one sends again in a moment.",
                    limits::QUEUE_RETRY,
                ));
            }
            Err(TrySendError::Closed(_)) => return Err(lost().into()),
        }
        match answered.await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(lost().into()),
        }
    }
}

fn lost() -> ApiError {
    ApiError::new(
        Code::Internal,
        "The hub lost this call. Nothing of it was kept; sync again.",
    )
}

fn work(desk: &Desk, metrics: &Metrics, mut receiver: mpsc::Receiver<Waiting>) {
    while let Some(first) = receiver.blocking_recv() {
        let mut calls = vec![(first.actor, first.request)];
        let mut answers = vec![first.answer];
        while calls.len() < limits::COMMIT_TOGETHER
            && let Ok(next) = receiver.try_recv()
        {
            calls.push((next.actor, next.request));
            answers.push(next.answer);
        }
        let (together, began) = (calls.len(), Instant::now());
        tracing::debug!(calls = together, "committing together");
        // A panic must not take the thread, and with it every later push, away; its callers hear that it was lost.
        let Ok(results) = catch_unwind(AssertUnwindSafe(|| desk.exchange_all(calls))) else {
            tracing::error!("taking in pushes panicked");
            continue;
        };
        metrics.committed(together, began.elapsed());
        for (answer, result) in answers.into_iter().zip(results) {
            // The device may have gone meanwhile; it will ask again and learn that its push counts.
            let _ = answer.send(result);
        }
    }
}
