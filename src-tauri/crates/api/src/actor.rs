//! Who asks: a person on a device, and how they stand in the school.

use alongside_domain::person::{Person, Role};
use alongside_domain::{DeviceId, Kind, PersonId};
use alongside_store::{Audience, Reader};

use crate::device::revoke;
use crate::{ApiError, Code};

/// Who asks, and on what. Every call takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// The device or browser session they ask on.
    pub device: DeviceId,
}

/// An actor as the school knows them now.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Who asks, and on what.
    pub actor: Actor,
    /// The person, with their roles.
    pub person: Person,
}

impl Standing {
    /// Reads how `actor` stands. Someone unknown, or who has left, is asked to sign in; a device that was let out
    /// meanwhile is refused, so that nothing of a call that was under way is taken from it.
    pub fn read(reader: &dyn Reader, actor: Actor) -> Result<Self, ApiError> {
        if let Some(device) = reader.device(actor.device)?
            && device.revoked_at.is_some()
        {
            return Err(revoke::turned_away(&device));
        }
        let person = reader
            .get(actor.person.into())?
            .filter(|record| record.kind == Kind::Person)
            .map(|record| Person::read(&record))
            .filter(|person| person.is_active);
        match person {
            Some(person) => Ok(Self { actor, person }),
            None => Err(ApiError::new(
                Code::SignInFirst,
                "You are not among this school's people any more. Ask a leader for a new code.",
            )),
        }
    }

    /// Whose.
    pub fn id(&self) -> PersonId {
        self.actor.person
    }

    /// Whether they lead.
    pub fn is_leader(&self) -> bool {
        self.person.has(Role::Leader)
    }

    /// Whether they are the head.
    pub fn is_head(&self) -> bool {
        self.person.has(Role::Head)
    }

    /// The groups of readers they belong to.
    pub fn audiences(&self) -> Vec<Audience> {
        let mut audiences = vec![Audience::Everyone, Audience::Person(self.id())];
        if self.is_leader() {
            audiences.push(Audience::Leaders);
        }
        audiences
    }

    /// Refuses everyone who does not lead.
    pub fn must_lead(&self) -> Result<(), ApiError> {
        if self.is_leader() {
            Ok(())
        } else {
            Err(ApiError::not_allowed(
                "Only leaders can do this. Ask a leader of your school.",
            ))
        }
    }
}
