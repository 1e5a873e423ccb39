//! The laws of edits, tried on any row of them.

use proptest::prelude::*;

use super::super::EVIDENCE_FORM;
use super::super::tests::{record_of, written};
use super::*;

/// An edit of any kind, of parts chosen by number, so that it mostly meets one that is there.
fn chosen(
    template: &Template,
    (kind, one, other, place): (u8, usize, usize, u32),
) -> Option<TemplateEdit> {
    let sections: Vec<String> = template
        .sections
        .iter()
        .map(|section| section.key.clone())
        .collect();
    let criteria: Vec<String> = template
        .sections
        .iter()
        .flat_map(|section| {
            section
                .criteria
                .iter()
                .map(|criterion| criterion.key.clone())
        })
        .collect();
    let nth = |keys: &[String], number: usize| keys.get(number % keys.len().max(1)).cloned();
    let section = nth(&sections, one)?;
    let criterion = nth(&criteria, other);
    let fresh = format!("new{kind}-{one}-{other}-{place}");
    Some(match kind {
        0 => TemplateEdit::Name {
            name: format!("Form {one}"),
        },
        1 => TemplateEdit::SectionAdd {
            section: fresh,
            title: "New".into(),
            place,
        },
        2 => TemplateEdit::SectionTitle {
            section,
            title: format!("Title {other}"),
        },
        3 => TemplateEdit::SectionMove { section, place },
        4 => TemplateEdit::SectionRemove { section },
        5 => TemplateEdit::SectionPrompts {
            section,
            prompts: vec![format!("Why {other}?")],
        },
        6 => TemplateEdit::CriterionAdd {
            criterion: fresh,
            section,
            text: "New".into(),
            place,
        },
        7 => TemplateEdit::CriterionText {
            criterion: criterion?,
            text: format!("Text {one}"),
        },
        8 => TemplateEdit::CriterionGuidance {
            criterion: criterion?,
            guidance: format!("Guide {one}"),
        },
        9 => TemplateEdit::CriterionMove {
            criterion: criterion?,
            section,
            place,
        },
        10 => TemplateEdit::CriterionRemove {
            criterion: criterion?,
        },
        _ => TemplateEdit::CriterionSplit {
            criterion: criterion?,
            text: "First half".into(),
            second: fresh,
            second_text: "Second half".into(),
        },
    })
}

fn choices() -> impl Strategy<Value = Vec<(u8, usize, usize, u32)>> {
    prop::collection::vec((0u8..12, 0usize..40, 0usize..40, 0u32..8), 1..24)
}

/// The edits of `choices`, one after the other, on a copy of the built-in form.
fn edited(record: &mut Record, choices: &[(u8, usize, usize, u32)]) {
    for choice in choices {
        let edit = chosen(&Template::read(record), *choice);
        if let Some(edit) = edit.filter(|edit| edit.fields(record).is_ok()) {
            written(record, &edit);
        }
    }
}

proptest! {
    #[test]
    fn undoing_an_edit_gives_the_form_back(before in choices(), last in choices()) {
        let mut record = record_of(&EVIDENCE_FORM);
        edited(&mut record, &before);
        let form = Template::read(&record);
        let edit = chosen(&form, last[0]).filter(|edit| edit.fields(&record).is_ok());
        if let Some(edit) = edit {
            let undoing = edit.undoing(&record).unwrap();
            written(&mut record, &edit);
            for back in undoing {
                written(&mut record, &back);
            }
            prop_assert_eq!(Template::read(&record), form);
        }
    }

    #[test]
    fn parts_stand_where_they_were_put(before in choices(), one in 0usize..40, to in 0usize..40, place in 0u32..8) {
        let mut record = record_of(&EVIDENCE_FORM);
        edited(&mut record, &before);
        let form = Template::read(&record);
        let edit = chosen(&form, (9, to, one, place)).filter(|edit| edit.fields(&record).is_ok());
        if let Some(TemplateEdit::CriterionMove { criterion: key, section: home, .. }) = &edit {
            written(&mut record, edit.as_ref().unwrap());
            let after = Template::read(&record);
            let home = section(&after, home).unwrap();
            let stands = home.criteria.iter().position(|criterion| criterion.key == *key).unwrap();
            let last = home.criteria.len() - 1;
            prop_assert_eq!(stands, usize::try_from(place).unwrap().min(last));
            prop_assert_eq!(after.criteria_count(), form.criteria_count());
        }
    }

    #[test]
    fn a_draft_never_grows_past_what_can_be_read(all in choices()) {
        let mut record = record_of(&EVIDENCE_FORM);
        edited(&mut record, &all);
        let form = Template::read(&record);
        prop_assert!(form.sections.len() <= limit::SECTIONS_LIMIT);
        prop_assert!(form.criteria_count() <= limit::CRITERIA_LIMIT);
        prop_assert!(limit::check_size(&record).is_ok());
    }

    #[test]
    fn edits_of_two_leaders_both_hold(one in choices(), other in choices()) {
        let base = record_of(&EVIDENCE_FORM);
        let (mut left, mut right) = (base.clone(), base.clone());
        edited(&mut left, &one);
        edited(&mut right, &other);
        let mut both = left.clone();
        both.merge(right.clone());
        let mut turned = right.clone();
        turned.merge(left.clone());
        prop_assert_eq!(Template::read(&both), Template::read(&turned));
        // What only one of them wrote stands as they wrote it.
        for (name, field) in &left.fields {
            if right.fields.get(name) == base.fields.get(name) {
                prop_assert_eq!(both.fields.get(name), Some(field));
            }
        }
    }
}

#[test]
fn one_leader_words_a_criterion_while_another_moves_it_and_both_hold() {
    let base = record_of(&EVIDENCE_FORM);
    let (mut left, mut right) = (base.clone(), base);
    let text = "Zones are shown where pupils need them";
    written(
        &mut left,
        &TemplateEdit::CriterionText {
            criterion: "zones".into(),
            text: text.into(),
        },
    );
    written(
        &mut right,
        &TemplateEdit::CriterionMove {
            criterion: "zones".into(),
            section: "behaviour".into(),
            place: 0,
        },
    );
    left.merge(right);
    let form = Template::read(&left);
    let behaviour = form
        .sections
        .iter()
        .find(|section| section.key == "behaviour")
        .unwrap();
    assert_eq!(
        (
            behaviour.criteria[0].key.as_str(),
            behaviour.criteria[0].text.as_str()
        ),
        ("zones", text)
    );
}

#[test]
fn the_first_of_a_split_keeps_its_key_and_the_second_remembers_it() {
    let mut record = record_of(&EVIDENCE_FORM);
    written(
        &mut record,
        &TemplateEdit::CriterionSplit {
            criterion: "aids".into(),
            text: "Communication aids are within reach".into(),
            second: "aids2".into(),
            second_text: "Adults model communication aids".into(),
        },
    );
    let form = Template::read(&record);
    let [first, second, ..] = form.sections[0].criteria.as_slice() else {
        panic!()
    };
    assert_eq!(
        (first.key.as_str(), first.split_from.as_deref()),
        ("aids", None)
    );
    assert_eq!(
        (second.key.as_str(), second.split_from.as_deref()),
        ("aids2", Some("aids"))
    );
}

#[test]
fn a_part_that_is_gone_is_not_edited_and_a_key_is_not_used_twice() {
    let mut record = record_of(&EVIDENCE_FORM);
    written(
        &mut record,
        &TemplateEdit::CriterionRemove {
            criterion: "aids".into(),
        },
    );
    let late = TemplateEdit::CriterionText {
        criterion: "aids".into(),
        text: "Late".into(),
    };
    assert_eq!(late.fields(&record).unwrap_err().code(), "form_part_gone");
    let again = TemplateEdit::CriterionAdd {
        criterion: "aids".into(),
        section: "books".into(),
        text: "Something else".into(),
        place: 0,
    };
    assert_eq!(again.fields(&record).unwrap_err().code(), "form_key");
    written(
        &mut record,
        &TemplateEdit::CriterionRestore {
            criterion: "aids".into(),
        },
    );
    assert_eq!(Template::read(&record).sections[0].criteria[0].key, "aids");
}
