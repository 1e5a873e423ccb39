//! Finding a hub again: a leader's device has another address every day, and the same key.
//!
//! A [`FindingHub`] knocks where the hub was last; where it does not answer (or someone else does), it asks a
//! [`Finder`] who calls themselves this hub now, knocks there under the same pin, and keeps the place that answered.
//! Nothing is believed of what a finder says: only the key decides. What is not found ends with
//! [`SyncError::NotFound`], which asks the person.

use std::collections::BTreeSet;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use alongside_domain::HubId;
use alongside_store::Store;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::{
    Answering, Exchange, Heard, HttpHub, HubAddress, KeyHash, LetterKey, PairAnswer, PairRequest,
    SyncAnswer, SyncError, SyncRequest, joined_hub, notes,
};

/// The most places that are knocked at in one search; whoever answers for more means harm.
const PLACES: usize = 16;
/// How long one of them may take to answer.
const KNOCK_WITHIN: Duration = Duration::from_secs(4);

/// Places on their way.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Vec<SocketAddr>> + Send + 'a>>;

/// Who knows where hubs are: the local network, or a test.
pub trait Finder: Send + Sync {
    /// Where someone says this hub is, which no longer answers at `lost`. It may be anyone.
    fn find(&self, hub: HubId, lost: &HubAddress) -> Finding<'_>;
}

/// A pinned hub that is looked for when it does not answer.
pub struct FindingHub {
    store: Arc<dyn Store>,
    hub: HubId,
    key: KeyHash,
    token: Option<String>,
    way: RwLock<Arc<HttpHub>>,
    finder: Arc<dyn Finder>,
    /// One search at a time.
    search: Mutex<()>,
}

/// The hub that the space in `store` has joined, ready to be spoken to, and looked for with `finder` where its key is
/// pinned; none before it joined one, and none when the hub runs in the same app.
pub fn joined_way(
    store: &Arc<dyn Store>,
    finder: &Arc<dyn Finder>,
) -> Result<Option<Arc<dyn Exchange>>, SyncError> {
    let reader = store.read()?;
    let Some(way) = joined_hub(&*reader)? else {
        return Ok(None);
    };
    let (Some(key), Some(hub)) = (way.address().pin(), notes::hub_id(&*reader)?) else {
        return Ok(Some(way));
    };
    Ok(Some(Arc::new(FindingHub {
        store: Arc::clone(store),
        hub,
        key,
        token: reader.note(notes::HUB_TOKEN)?,
        way: RwLock::new(way),
        finder: Arc::clone(finder),
        search: Mutex::default(),
    })))
}

impl FindingHub {
    /// Where it was last.
    pub fn address(&self) -> HubAddress {
        self.way().address().clone()
    }

    fn way(&self) -> Arc<HttpHub> {
        let way = self.way.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&way)
    }

    /// Looks for the hub, which did not answer at `lost` because of `error`.
    async fn find(&self, lost: &HttpHub, error: SyncError) -> Result<Arc<HttpHub>, SyncError> {
        if !matches!(error, SyncError::Unreachable(_) | SyncError::WrongKey) {
            return Err(error);
        }
        let _search = self.search.lock().await;
        let way = self.way();
        if way.address() != lost.address() {
            // Another call has found it meanwhile.
            return Ok(way);
        }
        let found: BTreeSet<SocketAddr> = self
            .finder
            .find(self.hub, lost.address())
            .await
            .into_iter()
            .collect();
        let places = found.into_iter().take(PLACES);
        let addresses: Vec<HubAddress> = places
            .filter_map(|socket| HubAddress::pinned(socket, self.key).ok())
            // No farther than this network, whatever a finder says.
            .filter(HubAddress::is_local)
            .collect();
        if addresses.contains(lost.address()) && matches!(error, SyncError::Unreachable(_)) {
            // It is where it was, and only slow or cut off.
            return Err(error);
        }
        let mut knocks = JoinSet::new();
        for address in addresses {
            let way = HttpHub::new(address, self.token.clone(), lost.encoding())?;
            knocks.spawn(async move {
                let answered = timeout(KNOCK_WITHIN, way.health()).await;
                matches!(answered, Ok(Ok(_))).then_some(way)
            });
        }
        while let Some(knocked) = knocks.join_next().await {
            if let Ok(Some(way)) = knocked {
                return self.keep(lost, way);
            }
        }
        Err(SyncError::NotFound)
    }

    fn keep(&self, lost: &HttpHub, way: HttpHub) -> Result<Arc<HttpHub>, SyncError> {
        let was = lost.address().to_string();
        let mut writer = self.store.write()?;
        // Another hub may have been joined meanwhile.
        if writer.note(notes::HUB_ADDRESS)?.as_deref() == Some(was.as_str()) {
            writer.note_put(notes::HUB_ADDRESS, Some(&way.address().to_string()))?;
            writer.commit()?;
        }
        let way = Arc::new(way);
        *self.way.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&way);
        tracing::info!("the hub was found again at another address");
        Ok(way)
    }

    /// Calls, and once more where the hub was found. That it may come twice is for `call` to bear; what a hub does once is
    /// asked of it where it never arrived.
    async fn call<'a, T>(
        &'a self,
        call: impl Fn(Arc<HttpHub>) -> Answering<'a, T> + Send + Sync,
    ) -> Result<T, SyncError> {
        let way = self.way();
        match call(Arc::clone(&way)).await {
            Err(error) => call(self.find(&way, error).await?).await,
            answered => answered,
        }
    }
}

impl Exchange for FindingHub {
    fn pair<'a>(&'a self, request: &'a PairRequest) -> Answering<'a, PairAnswer> {
        let way = self.way();
        Box::pin(async move { way.pair(request).await })
    }

    fn exchange<'a>(&'a self, request: &'a SyncRequest) -> Answering<'a, SyncAnswer> {
        Box::pin(self.call(move |way| Box::pin(async move { way.exchange(request).await })))
    }

    fn ask<'a>(&'a self, command: &'a str, request: Value) -> Answering<'a, Value> {
        Box::pin(self.call(move |way| {
            let request = request.clone();
            Box::pin(async move { way.ask(command, request).await })
        }))
    }

    /// Listens where it was last; the sync finds it again.
    fn listen<'a>(&'a self, heard: &'a (dyn Fn(Heard) + Send + Sync)) -> Answering<'a, ()> {
        let way = self.way();
        Box::pin(async move { way.listen(heard).await })
    }

    fn letter<'a>(&'a self, letter: &'a [u8]) -> Answering<'a, Vec<u8>> {
        Box::pin(self.call(move |way| Box::pin(async move { way.letter(letter).await })))
    }

    fn letter_key(&self) -> Answering<'_, LetterKey> {
        Box::pin(self.call(|way| Box::pin(async move { way.letter_key().await })))
    }

    fn encoding(&self) -> Option<String> {
        self.way().encoding()
    }
}
