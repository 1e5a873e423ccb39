//! Letters and the corridor: what waits on a device goes to the hub in somebody else's bag, as a file or by a leader who
//! collects, and is lost, doubled, late, cut or brought to the wrong door on its way; receipts come back or do not.
//!
//! Sealed bytes and the ids of letters are made of real chance, so neither is ever in the trace, and a place in a file is
//! drawn as a share of its length.

use alongside_api::letter::{LetterOutcome, LetterTake};
use alongside_domain::HubId;
use alongside_store::Store as _;
use alongside_sync::wire::{HandoverOf, HandoverRequest};
use alongside_sync::{Envelope, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::device::{Broken, Device};
use crate::school::{self, HEAD, LEADER};
use crate::world::World;

/// A letter or a receipt that lies about as a file.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Which device's letter it is, or answers.
    of: usize,
    is_receipt: bool,
    bytes: Vec<u8>,
    /// When it was made, in seconds since the run began.
    at: u64,
}

impl Device {
    /// What waits here, in letters. None when nothing waits or the disk fails.
    fn write_letters(&mut self) -> Vec<Envelope> {
        self.enter(false);
        let written = post::write(&*self.disk, self.desk.clock());
        self.enter(false);
        match written {
            Ok(Some(written)) if !self.disk.is_off() => written.letters,
            _ => Vec::new(),
        }
    }

    /// Opens a file here, as the app does. Says whether it did what it was for; none when it could not be opened.
    fn open_file(&mut self, bytes: &[u8]) -> Option<LetterOutcome> {
        self.enter(false);
        let before = self.read(|reader| reader.set_aside().unwrap().len());
        let asked = LetterTake {
            base64: STANDARD.encode(bytes),
        };
        let taken = self.desk.letter_take(&self.actor, &asked);
        self.enter(false);
        // What the hub had of a writing that is set aside now, it does not send back by itself.
        self.may_differ |= self.read(|reader| reader.set_aside().unwrap().len()) > before;
        if self.disk.is_off() {
            return None;
        }
        taken.ok()?.lines.first().map(|line| line.outcome)
    }
}

impl World {
    /// Someone writes a letter, or something happens to one that is under way.
    pub fn post(&mut self, no: usize) -> Result<(), Broken> {
        if self.parcels.is_empty() || self.chance.per_mille(350) {
            self.write_letter(no);
            return Ok(());
        }
        let which = self.chance.below(self.parcels.len() as u64) as usize;
        let parcel = self.parcels[which].clone();
        // A stick that is copied before it is given away.
        match self.chance.per_mille(250) {
            true => self.shared.count("a letter or receipt was doubled"),
            false => drop(self.parcels.remove(which)),
        }
        match parcel.is_receipt {
            true => self.bring_receipt(&parcel),
            false => self.bring_letter(&parcel, no),
        }
    }

    fn write_letter(&mut self, no: usize) {
        if self.devices[no].disk.is_off() {
            return;
        }
        let letters = self.devices[no].write_letters();
        self.devices[no].say(format!("writes {} letters", letters.len()));
        let at = self.shared.began.elapsed().as_secs();
        for letter in letters {
            self.shared.count("a letter was written");
            self.parcels.push(Parcel {
                of: no,
                is_receipt: false,
                bytes: letter.to_bytes(),
                at,
            });
        }
    }

    fn bring_letter(&mut self, parcel: &Parcel, no: usize) -> Result<(), Broken> {
        let from = self.devices[parcel.of].name.clone();
        match self.chance.below(10) {
            0 => {
                self.shared.say(format!("a letter of {from} is lost"));
                self.shared.count("a letter was lost");
            }
            1 => {
                self.shared.say(format!("a letter of {from} is cut"));
                self.shared.count("a letter was cut");
                let end = self.part_of(parcel.bytes.len());
                self.bring_spoilt(&parcel.bytes[..end])?;
            }
            2 => {
                self.shared.say(format!("a letter of {from} is changed"));
                self.shared.count("a letter was changed");
                let place = self.part_of(parcel.bytes.len());
                let mut bytes = parcel.bytes.clone();
                bytes[place] ^= 1;
                self.bring_spoilt(&bytes)?;
            }
            3 => {
                self.shared.say(format!("a letter of {from} comes astray"));
                self.shared.count("a letter came to the wrong hub");
                // To the hub of a school that is not this one.
                let mut envelope = Envelope::read_all(&parcel.bytes).unwrap().remove(0);
                envelope.hub = HubId::from_uuid(school::id(9_999));
                self.bring_spoilt(&envelope.to_bytes())?;
            }
            4..=6 => {
                let done = self.devices[no].open_file(&parcel.bytes);
                self.devices[no].say(format!("takes a letter of {from} along: {done:?}"));
                if done == Some(LetterOutcome::Done) {
                    self.shared.count("a letter was taken along");
                }
            }
            _ => self.bring_to_hub(parcel),
        }
        Ok(())
    }

    /// A place in a file, as a share of its length.
    fn part_of(&mut self, length: usize) -> usize {
        length * self.chance.below(1_000) as usize / 1_000
    }

    /// What is no letter any more, or none for this hub, is not taken in.
    fn bring_spoilt(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        match self.hubs[self.home].take_file(bytes) {
            Some(Ok(_)) => Err("a hub took in a spoilt letter".into()),
            _ => Ok(()),
        }
    }

    fn bring_to_hub(&mut self, parcel: &Parcel) {
        let hub = self.hubs[self.home].clone();
        let from = self.devices[parcel.of].name.clone();
        let now = self.shared.began.elapsed().as_secs();
        let answer = hub.take_file(&parcel.bytes);
        let went = match &answer {
            Some(Ok(_)) => "taken".into(),
            Some(Err((_, error))) => error.code.clone(),
            None => "no hub".into(),
        };
        self.shared
            .say(format!("a letter of {from} is at {}: {went}", hub.name));
        if let Some(Ok(receipt)) = answer {
            self.shared.count("a letter was taken in from a file");
            if now - parcel.at > 3_600 {
                self.shared.count("a letter came late");
            }
            self.parcels.push(Parcel {
                is_receipt: true,
                bytes: receipt,
                at: now,
                ..*parcel
            });
        } else if went == "letter_refused" {
            self.shared.count("a letter was refused");
        }
    }

    fn bring_receipt(&mut self, parcel: &Parcel) -> Result<(), Broken> {
        let device = match self.chance.below(8) {
            0 | 1 => {
                self.shared.say("a receipt is lost");
                self.shared.count("a receipt was lost");
                return Ok(());
            }
            2 => self.chance.below(self.devices.len() as u64) as usize,
            _ => parcel.of,
        };
        let done = self.devices[device].open_file(&parcel.bytes);
        self.devices[device].say(format!("opens a receipt: {done:?}"));
        match done {
            Some(LetterOutcome::Done) if device != parcel.of => {
                Err("a device believed the receipt of another's letter".into())
            }
            Some(LetterOutcome::Done) => {
                self.shared.count("a receipt was read");
                Ok(())
            }
            Some(LetterOutcome::Before) => {
                self.shared.count("a receipt was read twice");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A leader collects in a corridor what waits on a tablet, while the hub is out of reach.
    pub fn collect(&mut self, no: usize) {
        let leaders: Vec<usize> = (0..self.devices.len())
            .filter(|other| *other != no)
            .filter(|other| [HEAD, LEADER].contains(&self.devices[*other].actor.person))
            .collect();
        if leaders.is_empty() || self.devices[no].disk.is_off() {
            return;
        }
        let leader = self.chance.pick(&leaders);
        let to = self.devices[leader].name.clone();
        let letters = self.devices[no].write_letters();
        let Ok(copies) = self.devices[no].desk.copies() else {
            return;
        };
        self.devices[no].say(format!(
            "hands {} letters and {} copies to {to}",
            letters.len(),
            copies.len()
        ));
        let mut calls: Vec<HandoverRequest> = letters
            .iter()
            .map(|letter| HandoverRequest {
                letter: STANDARD.encode(letter.to_bytes()),
                ..HandoverRequest::default()
            })
            .collect();
        calls.push(HandoverRequest {
            copies,
            letter: String::new(),
            of: HandoverOf::default(),
            done: true,
        });
        // What was cut off is begun again, with letters of their own; what came comes once more.
        let is_cut_off = self.chance.per_mille(self.net());
        let is_repeated = self.chance.per_mille(self.net());
        if is_cut_off && calls.len() > 1 {
            self.shared.count("a handover was cut off");
            calls.pop();
        } else if is_repeated {
            self.shared.count("a handover was repeated");
            calls.extend(calls.clone());
        }
        for call in &calls {
            self.hand_over(no, leader, call);
        }
    }

    fn hand_over(&mut self, no: usize, leader: usize, call: &HandoverRequest) {
        let from = self.devices[no].actor;
        let to = &mut self.devices[leader];
        to.enter(false);
        let handed = to.desk.keep_copies(&from, call);
        to.enter(false);
        if to.disk.is_off() {
            return;
        }
        let handed = match handed {
            Ok(handed) => handed,
            Err(error) => return to.say(format!("takes nothing over: {:?}", error.code)),
        };
        to.say(format!(
            "takes over {} letters and {} fields, {} not, {} receipts wait",
            handed.letters,
            handed.copies,
            handed.refused,
            handed.answer.receipts.len()
        ));
        // Until the hub has the letter, or has refused it.
        to.may_differ |= handed.copies > 0;
        if handed.letters > 0 {
            self.shared.count("a letter was handed over");
        }
        if handed.copies > 0 {
            self.shared.count("copies were shown to a leader");
        }
        if handed.refused > 0 {
            self.shared.count("a copy was not taken over");
        }
        if self.chance.per_mille(150) {
            self.shared.count("a receipt was lost");
            return;
        }
        for receipt in &handed.answer.receipts {
            let receipt = STANDARD.decode(receipt).unwrap();
            let done = self.devices[no].open_file(&receipt);
            if done == Some(LetterOutcome::Done) {
                self.shared.count("a receipt was handed back");
            }
            self.devices[no].say(format!("is handed a receipt: {done:?}"));
        }
    }

    /// Files that lay in a drawer until the end are found and brought where they belong.
    pub fn find_old_files(&mut self) -> Result<(), Broken> {
        for _ in 0..2 {
            for parcel in std::mem::take(&mut self.parcels) {
                match parcel.is_receipt {
                    true => self.bring_receipt(&parcel)?,
                    false => self.bring_to_hub(&parcel),
                }
            }
        }
        Ok(())
    }

    /// Whether someone still carries a letter that its hub never saw.
    pub fn judge_bags(&self, no: usize) -> Result<(), Broken> {
        let reader = self.devices[no].disk.truth().read().unwrap();
        match reader.carried_count().unwrap() {
            0 => Ok(()),
            count => Err(format!(
                "{} still carries {count} letters",
                self.devices[no].name
            )),
        }
    }
}
