//! What the place itself answers: who is here, starting a school, joining a hub, and the state of the sync.

use std::sync::Arc;
use std::time::Duration;

use alongside_api::install::{
    DeviceJoin, HubConnect, Install, Me, SchoolStart, SetAsideDrop, SetAsideLine, Space,
    SpaceChoose, SyncState,
};
use alongside_api::letter::{LetterFile, LetterMake, LetterTake, LetterTaken, Letters};
use alongside_api::{ApiError, Code, Desk, Place};
use alongside_domain::{DeviceId, PersonId, SchoolId};
use alongside_store::sqlite::SqliteStore;
use alongside_store::{Store, StoreError};
use alongside_sync::wire::{PairDevice, PairSchool};
use alongside_sync::{
    DeviceClock, HttpHub, HubAddress, Joined, PairRequest, SyncError, join, join_inner, notes,
};
use uuid::Uuid;

use crate::inner_hub::InnerHub;
use crate::keys::key_or_new;
use crate::mend::{self, Unopened};
use crate::session::{Known, Session, blocking, code};
use crate::{App, Invitation};

/// How long someone who has joined waits for their own record before the screen goes on without it.
pub(crate) const MEETING: Duration = Duration::from_secs(15);
/// What a device is called that was not given a name.
pub(crate) const DEVICE_NAME: &str = if cfg!(any(target_os = "android", target_os = "ios")) {
    "Tablet"
} else {
    "Computer"
};

impl App {
    /// Who is here and who could be.
    pub async fn install_get(&self) -> Result<Install, ApiError> {
        let (mut me, mut trouble) = (None, self.trouble());
        if let Some(session) = self.current() {
            let own = session.actor().person;
            let listed = self.spaces.get(own);
            me = Some(match session.known().await? {
                Known::As(me) => {
                    self.spaces.update(Space {
                        id: own,
                        name: me.name.clone(),
                        school: me.school.clone(),
                    });
                    me
                }
                Known::NotYet => nobody_yet(own, listed),
                Known::Gone(error) => {
                    trouble.get_or_insert(error.message);
                    nobody_yet(own, listed)
                }
            });
        }
        let spaces = self.spaces.list();
        Ok(Install {
            place: Place::Device,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            me,
            has_school: !spaces.is_empty(),
            spaces,
            is_demo: false,
            trouble: trouble.or_else(|| self.settings.keys.notice()),
            locks: self.space_locks().await?,
            key_store: Some(self.settings.keys.kind()),
        })
    }

    /// Starts a school on this device. Needs no network: everything waits until a hub is connected.
    pub async fn school_start(&self, request: SchoolStart) -> Result<Install, ApiError> {
        let school = PairSchool {
            id: SchoolId::from_uuid(Uuid::now_v7()),
            name: request.school.trim().to_owned(),
            person: PersonId::from_uuid(Uuid::now_v7()),
            person_name: request.person.trim().to_owned(),
        };
        let person = school.person;
        let space = Space {
            id: person,
            name: school.person_name.clone(),
            school: school.name.clone(),
        };
        let path = self.spaces.make(person).map_err(|error| not_made(&error))?;
        let (wall, keys) = (
            Arc::clone(&self.settings.wall),
            Arc::clone(&self.settings.keys),
        );
        let founded = blocking(move || {
            let key = key_or_new(&*keys, &person.to_string())
                .map_err(|error| Unopened::from(error).told())?;
            let opened = SqliteStore::open(&path, &key).map_err(|error| not_opened(&error))?;
            let store: Arc<dyn Store> = Arc::new(opened);
            let device = DeviceId::from_uuid(Uuid::now_v7());
            let clock = Arc::new(DeviceClock::new(device, wall, None, 0));
            Desk::new(Arc::clone(&store), Place::Device, clock, |_| {})
                .school_create(&school, device)?;
            let mut writer = store.write()?;
            writer.note_put(notes::DEVICE, Some(&device.to_string()))?;
            writer.note_put(notes::SCHOOL, Some(&school.id.to_string()))?;
            // Last: a store that names no person is nobody's, and is passed over at the next start.
            writer.note_put(notes::PERSON, Some(&person.to_string()))?;
            Ok(writer.commit()?)
        })
        .await;
        if let Err(error) = founded {
            self.spaces.unmake(person);
            return Err(error);
        }
        self.spaces.put(space);
        self.choose(person).await?;
        self.install_get().await
    }

    /// Joins a hub with a code from a leader. The space is made only once the hub has let this device in.
    pub async fn device_join(&self, request: DeviceJoin) -> Result<Install, ApiError> {
        let invitation = Invitation::typed(
            request.address.as_deref().unwrap_or_default(),
            &request.code,
        );
        self.join(invitation, Some(&request.device), request.instead_of)
            .await?;
        self.install_get().await
    }

    /// Takes up an invitation and shows the space of the person it was for.
    ///
    /// For `instead_of` see [`take_in`](Self::take_in).
    pub(crate) async fn join(
        &self,
        invitation: Invitation,
        device: Option<&str>,
        instead_of: Option<PersonId>,
    ) -> Result<(), ApiError> {
        let device = PairDevice {
            // Whose space it will be is known only afterwards, and another's id would take their place at the hub.
            id: DeviceId::from_uuid(Uuid::now_v7()),
            name: device
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .unwrap_or(DEVICE_NAME)
                .to_owned(),
        };
        let joined = pair(
            &invitation,
            PairRequest {
                code: invitation.code.clone(),
                device: device.clone(),
                school: None,
            },
        )
        .await?;
        let session = self.take_in(device.id, joined, instead_of).await?;
        session.meet(MEETING).await;
        Ok(())
    }

    /// Keeps what this device learnt when it was let in, in the space of the person it was let in for, and shows that.
    ///
    /// The space is made only now. Someone who has one here already goes on with it, and with what waits in it: their
    /// device keeps the id that its stamps carry, so that what it wrote is still its own should the hub have lost it.
    /// Where that space is locked it goes only when `instead_of` names its person, who has forgotten the PIN and knows
    /// what is lost.
    pub(crate) async fn take_in(
        &self,
        device: DeviceId,
        joined: Joined,
        instead_of: Option<PersonId>,
    ) -> Result<Arc<Session>, ApiError> {
        let person = joined.answer.person.id;
        let space = Space {
            id: person,
            name: joined.answer.person.name.clone(),
            school: joined.answer.school.name.clone(),
        };
        if self.spaces.get(person).is_some() && self.is_locked(person).await? {
            if instead_of != Some(person) {
                return Err(ApiError::new(
                    Code::Locked,
                    "You have a space on this device already, behind a PIN. Open it with the PIN. If you have forgotten it, choose your name and then “I have forgotten my PIN”, with another code from a leader.",
                ));
            }
            self.remove_locked(person).await?;
        }
        let is_new = self.spaces.get(person).is_none();
        if is_new {
            let path = self.spaces.make(person).map_err(|error| not_made(&error))?;
            let kept = joined.clone();
            let (wall, keys) = (
                Arc::clone(&self.settings.wall),
                Arc::clone(&self.settings.keys),
            );
            let made = blocking(move || {
                let opened =
                    mend::open(&path, person, &*keys, &*wall).map_err(|error| error.told())?;
                let mut writer = opened.store.write()?;
                writer.note_put(notes::DEVICE, Some(&device.to_string()))?;
                writer.commit()?;
                kept.keep(&opened.store).map_err(|error| joining(&error))
            })
            .await;
            if let Err(error) = made {
                self.spaces.unmake(person);
                return Err(error);
            }
            self.spaces.put(space);
        }
        if is_new {
            self.choose(person).await
        } else {
            self.rejoin(person, joined).await
        }
    }

    async fn rejoin(&self, person: PersonId, joined: Joined) -> Result<Arc<Session>, ApiError> {
        let session = self.opened(person).await?;
        session
            .at_desk(move |desk| {
                joined
                    .keep(&**desk.store())
                    .map_err(|error| joining(&error))
            })
            .await?;
        session.take_up_hub();
        self.choose(person).await
    }

    /// Moves a school that was started on this device in with an empty hub. All that waits goes there.
    pub async fn hub_connect(&self, request: HubConnect) -> Result<Install, ApiError> {
        let session = self.session()?;
        let school = moving_school(&session).await?;
        let invitation = Invitation::typed(&request.address, &request.code);
        let asked = PairRequest {
            code: invitation.code.clone(),
            device: moving_device(&session).await?,
            school: Some(school),
        };
        let joined = pair(&invitation, asked).await?;
        self.move_in(&session, joined).await?;
        self.install_get().await
    }

    /// Makes this device the hub of a school that was started on it and has none, or goes on with one that was begun.
    pub(crate) async fn hub_make(&self, session: &Arc<Session>) -> Result<Arc<InnerHub>, ApiError> {
        let school = moving_school(session).await?;
        let (within, id, person) = (Arc::clone(session), school.id, school.person);
        let (inner, code) = blocking(move || {
            let inner = within.make_inner()?;
            let desk = inner.hub().desk();
            let code = match desk.school_name()? {
                None => desk.setup_code()?,
                // It was begun before and the app was closed in the middle.
                Some((held, _)) if held == id => desk.code_for(person)?,
                Some(_) => {
                    return Err(ApiError::new(
                        Code::ForeignSchool,
                        "The hub on this device holds another school.",
                    ));
                }
            };
            Ok((inner, code.code))
        })
        .await?;
        let asked = PairRequest {
            code,
            device: moving_device(session).await?,
            school: Some(school),
        };
        let joined = join_inner(&inner.inside(None), &asked)
            .await
            .map_err(|error| joining(&error))?;
        self.move_in(session, joined).await?;
        // Whoever comes through the door is to find the school there.
        session.sync().await;
        Ok(inner)
    }

    async fn move_in(&self, session: &Session, joined: Joined) -> Result<(), ApiError> {
        let person = session.actor().person;
        if joined.answer.person.id != person {
            return Err(ApiError::new(
                Code::CodeUnknown,
                "This code lets someone else in. A hub is connected with the setup code that it shows itself.",
            ));
        }
        self.rejoin(person, joined).await?;
        Ok(())
    }

    /// Shows someone's space.
    pub async fn space_choose(&self, request: SpaceChoose) -> Result<Install, ApiError> {
        if self.spaces.get(request.space).is_none() {
            return Err(ApiError::not_found("person"));
        }
        self.choose(request.space).await?;
        self.install_get().await
    }

    /// Shows nobody's space.
    pub async fn space_leave(&self) -> Result<Install, ApiError> {
        self.leave();
        self.install_get().await
    }

    /// Where what was written here stands.
    pub async fn sync_get(&self) -> Result<SyncState, ApiError> {
        match self.current() {
            Some(session) => session.sync_state().await,
            None => Ok(SyncState {
                place: Place::Device,
                waiting: 0,
                received_at: None,
                is_syncing: false,
                set_aside: 0,
                trouble: None,
                hub: None,
                is_hub: false,
                is_cut_off: false,
                skew_seconds: None,
            }),
        }
    }

    /// Syncs now and says where it stands then.
    pub async fn sync_run(&self) -> Result<SyncState, ApiError> {
        if let Some(session) = self.current() {
            session.sync().await;
        }
        self.sync_get().await
    }

    /// What can be sent without a network, and what is on its way.
    pub async fn letter_list(&self) -> Result<Letters, ApiError> {
        let session = self.session()?;
        let actor = session.actor();
        session.at_desk(move |desk| desk.letter_list(&actor)).await
    }

    /// Makes a file to be sent without a network.
    pub async fn letter_make(&self, request: LetterMake) -> Result<LetterFile, ApiError> {
        let session = self.session()?;
        let actor = session.actor();
        session
            .at_desk(move |desk| desk.letter_make(&actor, request))
            .await
    }

    /// Opens a file that came without a network. What is carried from here on goes to the hub at once, if it can.
    pub async fn letter_take(&self, request: LetterTake) -> Result<LetterTaken, ApiError> {
        let session = self.session()?;
        let actor = session.actor();
        let taken = session
            .at_desk(move |desk| desk.letter_take(&actor, &request))
            .await?;
        if taken.letters.to_carry > 0 {
            session.carry();
        }
        Ok(taken)
    }

    /// What the hub refused.
    pub async fn set_aside_list(&self) -> Result<Vec<SetAsideLine>, ApiError> {
        let session = self.session()?;
        let actor = session.actor();
        session
            .at_desk(move |desk| desk.set_aside_list(&actor))
            .await
    }

    /// Lets something go that the hub refused.
    pub async fn set_aside_drop(
        &self,
        request: SetAsideDrop,
    ) -> Result<Vec<SetAsideLine>, ApiError> {
        let session = self.session()?;
        let actor = session.actor();
        session
            .at_desk(move |desk| desk.set_aside_drop(&actor, &request))
            .await
    }
}

/// Someone whose own record has not come yet, or who is not among the school's people any more: their name, no rooms.
fn nobody_yet(person: PersonId, listed: Option<Space>) -> Me {
    let (name, school) = listed
        .map(|space| (space.name, space.school))
        .unwrap_or_default();
    Me {
        person,
        name,
        roles: Vec::new(),
        school,
        is_observer: false,
        is_teacher: false,
        is_leader: false,
        reads_self_evaluation: false,
    }
}

/// The school of a leader's space, as it moves in with a hub.
async fn moving_school(session: &Session) -> Result<PairSchool, ApiError> {
    let actor = session.actor();
    session
        .at_desk(move |desk| {
            let me = desk.me(&actor)?;
            if !me.is_leader {
                return Err(ApiError::not_allowed(
                    "Only leaders can connect a hub. Ask a leader of your school.",
                ));
            }
            let (id, name) = desk
                .school_name()?
                .ok_or_else(|| ApiError::not_found("school"))?;
            Ok(PairSchool {
                id,
                name,
                person: me.person,
                person_name: me.name,
            })
        })
        .await
}

/// This device, as it moves in with a hub.
async fn moving_device(session: &Session) -> Result<PairDevice, ApiError> {
    let own = session.actor().device;
    // A hub that has this id already would give its place away to whomever the code is for.
    let has_hub = session
        .at_desk(|desk| Ok(desk.store().read()?.note(notes::HUB_ID)?.is_some()))
        .await?;
    Ok(PairDevice {
        id: match has_hub {
            true => DeviceId::from_uuid(Uuid::now_v7()),
            false => own,
        },
        name: DEVICE_NAME.to_owned(),
    })
}

/// Asks to be let in.
async fn pair(invitation: &Invitation, request: PairRequest) -> Result<Joined, ApiError> {
    if invitation.address.is_empty() {
        return Err(ApiError::new(
            Code::BadRequest,
            "The address of the hub is missing. It stands beside the code; or paste the whole link.",
        ));
    }
    if invitation.code.is_empty() {
        return Err(ApiError::new(
            Code::BadRequest,
            "The code is missing. A leader of your school gives you one.",
        ));
    }
    let address: HubAddress = invitation
        .address
        .parse()
        .map_err(|error| joining(&error))?;
    let hub = HttpHub::new(address.clone(), None, None).map_err(|error| joining(&error))?;
    join(&address, &hub, &request)
        .await
        .map_err(|error| joining(&error))
}

/// Why a device was not let in, for the one who wants in: nothing is at stake yet, so nothing is said of what is kept.
pub(crate) fn joining(error: &SyncError) -> ApiError {
    match error {
        // The hub's own sentence is about the code that was just typed.
        SyncError::Unauthorised(said)
        | SyncError::ForeignSchool(said)
        | SyncError::Refused { error: said, .. }
        | SyncError::Busy { error: said, .. }
            if !said.message.trim().is_empty() =>
        {
            ApiError::new(code(&said.code), said.message.clone())
        }
        // What stands before the hub says so when it does not answer.
        SyncError::Unreachable(_) | SyncError::Refused { status: 500.., .. } => ApiError::new(
            Code::HubUnreachable,
            "There is no answer from this address. Check it, and that this device is in the same network as the hub; then try again.",
        ),
        // Whatever refuses without a word of its own is not a hub: a hub always gives its reason.
        SyncError::Garbled(_) | SyncError::Unauthorised(_) | SyncError::Refused { .. } => {
            ApiError::new(
                Code::HubUnreachable,
                "What answers at this address is not a hub of Alongside. Check the address with a leader.",
            )
        }
        SyncError::WrongKey => ApiError::new(
            Code::HubUnreachable,
            "What answers at this address is not the hub of this link, so nothing was sent. Ask a leader for a new link.",
        ),
        SyncError::Store(error) => not_opened(error),
        error => ApiError::new(code(error.code()), error.message()),
    }
}

fn not_opened(error: &StoreError) -> ApiError {
    tracing::error!(%error, "a space was not made");
    let reason = if error.is_full() {
        Code::NotSaved
    } else {
        Code::Internal
    };
    ApiError::new(reason, mend::sentence(error))
}

fn not_made(error: &std::io::Error) -> ApiError {
    tracing::error!(%error, "the folder of a space was not made");
    let is_full = error.kind() == std::io::ErrorKind::StorageFull;
    let (reason, sentence) = if is_full {
        (
            Code::NotSaved,
            "This device has no space left. Free some space, then try again.",
        )
    } else {
        (
            Code::Internal,
            "Alongside could not make room for you on this device. Restart the device, then try again.",
        )
    };
    ApiError::new(reason, sentence)
}
