//! A stream whose reader has to go on reading: who takes an answer too slowly is let go.
//!
//! Only the side that writes is watched. What is too slow to arrive is answered in words (`conversation`, `body`); an
//! answer that is under way cannot be followed by another.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::limits;

/// A stream that fails with [`io::ErrorKind::TimedOut`] when its reader takes less than [`limits::ANSWER_STEP`] within
/// the time given, once it has kept us waiting.
pub(crate) struct Paced<S> {
    stream: S,
    within: Duration,
    /// Until when the reader has to take the next step; none while nothing waits.
    step: Option<Pin<Box<Sleep>>>,
    taken: usize,
    was_slow: Arc<AtomicBool>,
}

impl<S> Paced<S> {
    /// Watches `stream`; `was_slow` turns true when its reader is let go.
    pub(crate) fn new(stream: S, within: Duration, was_slow: Arc<AtomicBool>) -> Self {
        Self {
            stream,
            within,
            step: None,
            taken: 0,
            was_slow,
        }
    }

    /// The stream itself.
    pub(crate) fn into_inner(self) -> S {
        self.stream
    }

    fn watch(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.taken = self.taken.saturating_add(bytes);
                if self.taken >= limits::ANSWER_STEP {
                    self.rest();
                }
                Poll::Ready(Ok(bytes))
            }
            Poll::Pending => {
                let within = self.within;
                let step = self
                    .step
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
                ready!(step.as_mut().poll(context));
                self.was_slow.store(true, Ordering::Relaxed);
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            failed => failed,
        }
    }

    /// Nothing waits for the reader.
    fn rest(&mut self) {
        self.step = None;
        self.taken = 0;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        // All that there was has gone out: the next answer has all its time.
        self.rest();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
