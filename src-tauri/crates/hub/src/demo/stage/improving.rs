//! What comes of a walk: its debrief, its report and patterns, and actions with their progress.

use alongside_api::ApiError;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::improving::{Outcome, Step, Task};
use super::super::people::HEAD;
use super::{Stage, astray, known};

impl Stage<'_> {
    pub(super) fn debrief(&self, walk: usize, outcome: &Outcome) -> Result<(), ApiError> {
        let said = outcome
            .said
            .iter()
            .map(|(criterion, text)| json!({"what": "said", "criterion": criterion, "text": text}));
        let overall = json!({"what": "overall", "text": outcome.overall});
        self.each_edit(walk, "debrief_write", said.chain([overall]))
    }

    pub(super) fn draft(&self, walk: usize, outcome: &Outcome) -> Result<(), ApiError> {
        let of = json!({"walk": known(&self.walks, &walk)?});
        self.call(HEAD, "report_start", of)?;
        let texts = [
            ("good_practice", outcome.good_practice),
            ("changes", outcome.changes),
            ("more_information", outcome.more_information),
        ];
        let edits = texts.map(|(what, text)| json!({"what": what, "text": text}));
        self.each_edit(walk, "report_write", edits)
    }

    fn each_edit(
        &self,
        walk: usize,
        command: &str,
        edits: impl IntoIterator<Item = Value>,
    ) -> Result<(), ApiError> {
        let walk = known(&self.walks, &walk)?;
        edits.into_iter().try_for_each(|edit| {
            let request = json!({"walk": walk, "edit": edit});
            self.call(HEAD, command, request).map(drop)
        })
    }

    pub(super) fn publish(&self, walk: usize, outcome: &Outcome) -> Result<(), ApiError> {
        let request = json!({"walk": known(&self.walks, &walk)?});
        self.call(HEAD, "report_publish", request.clone())?;
        if outcome.has_patterns_published {
            self.call(HEAD, "pattern_publish", request)?;
        }
        Ok(())
    }

    pub(super) fn action(
        &mut self,
        number: usize,
        task: &Task,
        due_on: NaiveDate,
    ) -> Result<(), ApiError> {
        let walk = task
            .walk
            .map(|walk| known(&self.walks, &walk))
            .transpose()?;
        let template = (!task.criterion.is_empty()).then_some(&self.template);
        let request = json!({
            "action": null,
            "title": task.title,
            "owner": self.person_named(task.owner)?,
            "due_on": due_on,
            "success_criteria": task.success_criteria,
            "from": task.from,
            "about": task.about,
            "walk": walk,
            "template": template,
            "criterion": task.criterion,
        });
        let answer = self.call(HEAD, "action_put", request)?;
        let action = answer.get("action").cloned();
        self.actions
            .insert(number, action.ok_or_else(|| astray(task.title))?);
        Ok(())
    }

    pub(super) fn step(&self, number: usize, owner: &str, step: &Step) -> Result<(), ApiError> {
        let action = known(&self.actions, &number)?;
        let note = (!step.note.is_empty()).then(
            || json!({"what": "note", "entry": format!("n{}", step.days), "text": step.note}),
        );
        let state = step
            .state
            .map(|state| json!({"what": "state", "state": state}));
        for edit in state.into_iter().chain(note) {
            let request = json!({"action": action, "edit": edit});
            self.call(owner, "action_progress", request)?;
        }
        Ok(())
    }
}
