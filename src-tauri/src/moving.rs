//! A hub that moves: out of the app it runs in, as a file for a server; and to another address, where it has to show that
//! it is the same hub, and that it holds what was held here, before anything here lets go of it.

use std::path::Path;
use std::sync::Arc;

use alongside_api::corridor::HubMoved;
use alongside_api::file::FileView;
use alongside_api::install::Install;
use alongside_api::{ApiError, Code, Desk};
use alongside_domain::HubId;
use alongside_sync::{Check, Exchange, HttpHub, HubAddress, SyncRequest, notes};
use uuid::Uuid;

use crate::App;
use crate::inner_hub::InnerHub;
use crate::install;
use crate::session::{Session, blocking};

impl App {
    /// All that the hub in this app holds, as a file for `alongside-hub restore`; for its headteacher.
    pub async fn hub_take_along(&self) -> Result<FileView, ApiError> {
        let session = self.session()?;
        let inner = session.inner().ok_or_else(not_here)?;
        // What was written here a moment ago is to be in it.
        session.sync().await;
        let actor = session.actor();
        blocking(move || {
            let desk = inner.hub().desk();
            desk.take_hub_along(&actor)?;
            let bytes = copied(desk, inner.folder_path())?;
            let day = desk.now().format("%Y-%m-%d");
            Ok(FileView::of_bytes(
                format!("alongside-hub-{day}.sqlite"),
                "application/vnd.sqlite3",
                &bytes,
            ))
        })
        .await
    }

    /// Goes on with the same hub at another address. Where it ran in this app, it is let go of here once the other one has
    /// shown that it holds the same.
    pub async fn hub_moved(&self, request: HubMoved) -> Result<Install, ApiError> {
        let session = self.session()?;
        let address: HubAddress = request
            .address
            .parse()
            .map_err(|error| install::joining(&error))?;
        let (own, token) = session
            .at_desk(|desk| {
                let reader = desk.store().read()?;
                Ok((notes::hub_id(&*reader)?, reader.note(notes::HUB_TOKEN)?))
            })
            .await?;
        let own = own.ok_or_else(|| {
            ApiError::new(
                Code::NoHub,
                "This device has no hub yet that could have moved. Connect one.",
            )
        })?;
        let there = Arc::new(proven(&address, own, token).await?);
        let inner = session.inner();
        if let Some(inner) = &inner {
            // Nothing new comes in while the two are compared.
            session.doors().close(None).await;
            session.sync().await;
            compare(&session, inner, &there).await?;
        } else {
            // That it lets this device in is enough: a device loses nothing by asking elsewhere.
            asked(&session, &*there).await?;
        }
        let encoding = there.encoding();
        session
            .at_desk(move |desk| {
                let mut writer = desk.store().write()?;
                writer.note_put(notes::HUB_ADDRESS, Some(&address.to_string()))?;
                writer.note_put(notes::HUB_ENCODING, encoding.as_deref())?;
                Ok(writer.commit()?)
            })
            .await?;
        session.take_up_hub();
        if inner.is_some() {
            drop(inner);
            session.forget_inner().await;
        }
        self.install_get().await
    }
}

/// The hub at `address`, which is the one of this id. The token is not told to one that is not.
async fn proven(
    address: &HubAddress,
    own: HubId,
    token: Option<String>,
) -> Result<HttpHub, ApiError> {
    let new = |token| {
        HttpHub::new(address.clone(), token, None).map_err(|error| install::joining(&error))
    };
    let health = new(None)?
        .health()
        .await
        .map_err(|error| install::joining(&error))?;
    if health.hub == Some(own) {
        return new(token);
    }
    Err(ApiError::new(
        Code::ForeignSchool,
        "What answers there is another hub. On the server, bring the backup of this hub back with “alongside-hub restore”, start it, and try again.",
    ))
}

/// How a hub stands for one person.
type Stand = (Option<Check>, Option<u64>);

/// The count and digest of all that this person may read there, and its newest version.
async fn asked(session: &Session, hub: &dyn Exchange) -> Result<Stand, ApiError> {
    let request = session
        .at_desk(|desk| {
            let reader = desk.store().read()?;
            Ok(SyncRequest {
                after: Some(notes::cursor(&*reader)?),
                held: Some(notes::held(&*reader)?),
                ..SyncRequest::default()
            })
        })
        .await?;
    let answer = hub
        .exchange(&request)
        .await
        .map_err(|error| install::joining(&error))?;
    Ok((answer.check, answer.cursor))
}

/// Whether the hub over there holds what the one here does.
async fn compare(session: &Session, inner: &InnerHub, there: &HttpHub) -> Result<(), ApiError> {
    let token = session
        .at_desk(|desk| Ok(desk.store().read()?.note(notes::HUB_TOKEN)?))
        .await?;
    let here = asked(session, &inner.inside(token)).await?;
    let there = asked(session, there).await?;
    if here.0.is_some() && here == there && session.waiting().await? == 0 {
        return Ok(());
    }
    Err(ApiError::new(
        Code::Refused,
        "The hub there does not hold all that this one does: something came in after its backup was made. Take the hub along again, bring that backup back on the server, then try again. Nothing was changed here.",
    ))
}

/// A whole copy of the hub's store, read back; it lies beside the store only for that moment.
fn copied(desk: &Desk, folder: &Path) -> Result<Vec<u8>, ApiError> {
    let file = folder.join(format!("{}.copy", Uuid::now_v7()));
    let bytes = desk
        .store()
        .back_up(&file)
        .map_err(ApiError::from)
        .and_then(|()| std::fs::read(&file).map_err(|error| not_read(&error)));
    if let Err(error) = std::fs::remove_file(&file) {
        tracing::warn!(%error, "a copy of the hub still lies in its folder");
    }
    bytes
}

fn not_read(error: &std::io::Error) -> ApiError {
    tracing::error!(%error, "a copy of the hub could not be read back");
    ApiError::new(
        Code::NotSaved,
        "The copy of the hub could not be read back, so it was not given out. See whether this device has room, then try again.",
    )
}

fn not_here() -> ApiError {
    ApiError::new(
        Code::NoHub,
        "This device is not the hub of your school, so there is none to take along.",
    )
}
