//! The device's side: what waits, what the hub says of it, and what is forgotten.

use std::collections::BTreeSet;

use alongside_domain::{Kind, Put, RecordId};
use alongside_store::{Kept, SetAside, Store};
use serde_json::json;

use crate::{bodies, change, delivered, field, get, observation, past, put, stamp, values, visit};

bodies! {
    a_superseded_value_stays_in_the_history
    what_waits_is_in_the_outbox_until_its_receipt
    the_outbox_starts_with_what_others_refer_to
    a_receipt_for_what_was_written_over_is_kept_under_what_waits
    a_delivered_value_ends_the_wait_of_an_earlier_one
    the_same_writing_from_the_hub_ends_its_wait
    a_later_waiting_value_stands_above_a_delivered_one
    a_refused_writing_gives_way_to_the_delivered_one
    a_refusal_of_what_was_written_over_does_nothing
    a_record_that_was_refused_whole_is_gone_and_can_be_offered_again
    a_refused_writing_can_be_dropped
    stamping_anew_keeps_the_order
    forgetting_keeps_what_waits
    forgetting_all_but_some_leaves_those
}

const OVERALL: &str = "overall";

fn refusal(id: RecordId, millis: u64, code: &str) -> SetAside {
    SetAside {
        record: id,
        kind: Kind::Observation,
        name: OVERALL.into(),
        field: field(millis, "ignored: what was kept counts"),
        code: code.into(),
        message: "Not yours.".into(),
        at: 77,
    }
}

fn a_superseded_value_stays_in_the_history(store: &dyn Store) {
    let id = observation(1);
    assert_eq!(
        change(store, |w| put(
            w,
            id,
            OVERALL,
            &field(1, "a"),
            Kept::Waiting
        )),
        Put::Taken(None)
    );
    assert_eq!(
        change(store, |w| put(
            w,
            id,
            OVERALL,
            &field(2, "b"),
            Kept::Waiting
        )),
        Put::Taken(Some(field(1, "a")))
    );
    assert_eq!(
        change(store, |w| put(
            w,
            id,
            OVERALL,
            &field(2, "b"),
            Kept::Waiting
        )),
        Put::Same
    );
    // What arrives late goes to the history itself.
    assert_eq!(
        change(store, |w| put(
            w,
            id,
            OVERALL,
            &field(0, "z"),
            Kept::Waiting
        )),
        Put::Superseded
    );
    assert_eq!(
        past(store, id),
        [
            (OVERALL.into(), json!("a"), Kept::Waiting),
            (OVERALL.into(), json!("z"), Kept::Waiting)
        ]
    );
    assert_eq!(values(store, id)[OVERALL], "b");
}

fn what_waits_is_in_the_outbox_until_its_receipt(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(1, "a"), Kept::Waiting)
    });
    change(store, |w| {
        put(w, id, "marks.seating", &field(2, "seen"), Kept::Waiting)
    });
    change(store, |w| {
        put(w, id, "marks.resources", &field(0, "seen"), Kept::At(4))
    });
    let reader = store.read().unwrap();
    let outbox = reader.outbox(10).unwrap();
    assert_eq!(outbox.len(), 1);
    assert_eq!(outbox[0].kind, Kind::Observation);
    assert_eq!(
        outbox[0].fields.keys().collect::<Vec<_>>(),
        ["marks.seating", OVERALL]
    );
    assert_eq!(reader.outbox_count().unwrap(), 2);
    drop(reader);

    change(store, |w| w.deliver(id, OVERALL, stamp(1), 5).unwrap());
    let reader = store.read().unwrap();
    assert_eq!(reader.outbox_count().unwrap(), 1);
    assert_eq!(reader.get(id).unwrap().unwrap().fields.len(), 3);
    assert_eq!(
        delivered(&*reader)[&id],
        [
            ("marks.resources".to_owned(), stamp(0)),
            (OVERALL.to_owned(), stamp(1))
        ]
    );
    // A receipt again, and one for what is not there, change nothing.
    drop(reader);
    change(store, |w| w.deliver(id, OVERALL, stamp(1), 5).unwrap());
    change(store, |w| {
        w.deliver(observation(8), OVERALL, stamp(1), 5).unwrap()
    });
    assert_eq!(get(store, observation(8)), None);
    assert_eq!(past(store, id), []);
}

fn the_outbox_starts_with_what_others_refer_to(store: &dyn Store) {
    change(store, |w| {
        put(
            w,
            observation(2),
            "visit",
            &field(1, visit(1).to_string()),
            Kept::Waiting,
        );
        put(
            w,
            observation(1),
            "visit",
            &field(2, visit(1).to_string()),
            Kept::Waiting,
        );
        let walk = field(3, observation(7).to_string());
        w.put(visit(1), &Kind::Visit, "walk", &walk, Kept::Waiting)
            .unwrap();
    });
    let reader = store.read().unwrap();
    let ids = |limit| {
        reader
            .outbox(limit)
            .unwrap()
            .into_iter()
            .map(|record| record.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(10), [visit(1), observation(2), observation(1)]);
    assert_eq!(ids(2), [visit(1), observation(2)]);
}

fn a_receipt_for_what_was_written_over_is_kept_under_what_waits(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(1, "sent"), Kept::Waiting)
    });
    change(store, |w| {
        put(w, id, OVERALL, &field(2, "later"), Kept::Waiting)
    });
    change(store, |w| w.deliver(id, OVERALL, stamp(1), 5).unwrap());
    assert_eq!(values(store, id)[OVERALL], "later");
    let reader = store.read().unwrap();
    assert_eq!(reader.outbox_count().unwrap(), 1);
    assert_eq!(delivered(&*reader)[&id], [(OVERALL.to_owned(), stamp(1))]);
    drop(reader);
    assert_eq!(
        past(store, id),
        [(OVERALL.into(), json!("sent"), Kept::At(5))]
    );
    change(store, |w| w.put_aside(&refusal(id, 2, "finished")).unwrap());
    assert_eq!(values(store, id)[OVERALL], "sent");
}

fn a_delivered_value_ends_the_wait_of_an_earlier_one(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(1, "mine"), Kept::Waiting)
    });
    let was = change(store, |w| {
        put(w, id, OVERALL, &field(2, "theirs"), Kept::At(9))
    });
    assert_eq!(was, Put::Taken(Some(field(1, "mine"))));
    assert_eq!(values(store, id)[OVERALL], "theirs");
    assert_eq!(store.read().unwrap().outbox_count().unwrap(), 0);
    assert_eq!(
        past(store, id),
        [(OVERALL.into(), json!("mine"), Kept::Waiting)]
    );
}

fn the_same_writing_from_the_hub_ends_its_wait(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(1, "mine"), Kept::Waiting)
    });
    assert_eq!(
        change(store, |w| put(
            w,
            id,
            OVERALL,
            &field(1, "mine"),
            Kept::At(9)
        )),
        Put::Same
    );
    assert_eq!(store.read().unwrap().outbox_count().unwrap(), 0);
    assert_eq!(past(store, id), []);
    assert_eq!(values(store, id)[OVERALL], "mine");
}

fn a_later_waiting_value_stands_above_a_delivered_one(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(5, "mine"), Kept::Waiting)
    });
    for (millis, value, version) in [(1, "first", 3), (2, "second", 4), (0, "late", 5)] {
        let was = change(store, |w| {
            put(w, id, OVERALL, &field(millis, value), Kept::At(version))
        });
        assert_eq!(was, Put::Superseded);
    }
    assert_eq!(values(store, id)[OVERALL], "mine");
    assert_eq!(
        past(store, id),
        [
            (OVERALL.into(), json!("second"), Kept::At(4)),
            (OVERALL.into(), json!("first"), Kept::At(3)),
            (OVERALL.into(), json!("late"), Kept::At(5)),
        ]
    );
    // The hub's copy of the record has the second value, and that is what a digest is taken over.
    assert_eq!(
        delivered(&*store.read().unwrap())[&id],
        [(OVERALL.to_owned(), stamp(2))]
    );
}

fn a_refused_writing_gives_way_to_the_delivered_one(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(1, "old"), Kept::At(3))
    });
    change(store, |w| {
        put(w, id, OVERALL, &field(2, "mine"), Kept::Waiting)
    });
    change(store, |w| w.put_aside(&refusal(id, 2, "finished")).unwrap());
    assert_eq!(values(store, id)[OVERALL], "old");
    assert_eq!(past(store, id), []);
    let reader = store.read().unwrap();
    assert_eq!(reader.outbox_count().unwrap(), 0);
    let aside = reader.set_aside().unwrap();
    assert_eq!(
        aside,
        [SetAside {
            field: field(2, "mine"),
            ..refusal(id, 2, "finished")
        }]
    );
    drop(reader);

    // Refused once more: the first of the two is history now.
    change(store, |w| {
        put(w, id, OVERALL, &field(3, "again"), Kept::Waiting)
    });
    change(store, |w| w.put_aside(&refusal(id, 3, "finished")).unwrap());
    assert_eq!(
        store.read().unwrap().set_aside().unwrap()[0].field,
        field(3, "again")
    );
    assert_eq!(
        past(store, id),
        [(OVERALL.into(), json!("mine"), Kept::Waiting)]
    );
}

fn a_refusal_of_what_was_written_over_does_nothing(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(1, "a"), Kept::Waiting)
    });
    change(store, |w| {
        put(w, id, OVERALL, &field(2, "b"), Kept::Waiting)
    });
    change(store, |w| w.put_aside(&refusal(id, 1, "finished")).unwrap());
    assert_eq!(values(store, id)[OVERALL], "b");
    assert!(store.read().unwrap().set_aside().unwrap().is_empty());
}

fn a_record_that_was_refused_whole_is_gone_and_can_be_offered_again(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(1, "a"), Kept::Waiting)
    });
    change(store, |w| {
        w.put_aside(&refusal(id, 1, "unknown_kind")).unwrap()
    });
    assert_eq!(get(store, id), None);
    assert!(
        store
            .read()
            .unwrap()
            .list(&Kind::Observation)
            .unwrap()
            .is_empty()
    );
    assert_eq!(change(store, |w| w.offer_again("other_code").unwrap()), 0);
    assert_eq!(change(store, |w| w.offer_again("unknown_kind").unwrap()), 1);
    assert_eq!(values(store, id)[OVERALL], "a");
    let reader = store.read().unwrap();
    assert_eq!(reader.outbox(9).unwrap().len(), 1);
    assert!(reader.set_aside().unwrap().is_empty());
}

fn a_refused_writing_can_be_dropped(store: &dyn Store) {
    let id = observation(1);
    change(store, |w| {
        put(w, id, OVERALL, &field(1, "a"), Kept::Waiting)
    });
    change(store, |w| w.put_aside(&refusal(id, 1, "finished")).unwrap());
    change(store, |w| w.drop_aside(id, OVERALL).unwrap());
    assert!(store.read().unwrap().set_aside().unwrap().is_empty());
}

fn stamping_anew_keeps_the_order(store: &dyn Store) {
    for (n, millis) in [(1, 30), (2, 10), (3, 20)] {
        change(store, |w| {
            put(
                w,
                observation(n),
                OVERALL,
                &field(1000 + millis, n as u64),
                Kept::Waiting,
            )
        });
    }
    change(store, |w| {
        put(w, observation(4), OVERALL, &field(7, "hub's"), Kept::At(2))
    });
    let mut seen = Vec::new();
    let count = change(store, |w| {
        let mut next = 10;
        w.restamp_waiting(&mut |_, _, field| {
            seen.push(field.stamp);
            next += 1;
            field.stamp = stamp(next);
        })
        .unwrap()
    });
    assert_eq!(count, 3);
    assert_eq!(seen, [stamp(1010), stamp(1020), stamp(1030)]);
    for (n, millis) in [(2, 11), (3, 12), (1, 13)] {
        assert_eq!(
            get(store, observation(n)).unwrap().fields[OVERALL],
            field(millis, n as u64)
        );
    }
    let reader = store.read().unwrap();
    assert_eq!(reader.outbox_count().unwrap(), 3);
    assert_eq!(reader.last_stamp().unwrap(), Some(stamp(13)));
}

fn forgetting_keeps_what_waits(store: &dyn Store) {
    let (id, other) = (observation(1), observation(2));
    for id in [id, other] {
        change(store, |w| put(w, id, OVERALL, &field(1, "a"), Kept::At(1)));
        change(store, |w| put(w, id, OVERALL, &field(2, "b"), Kept::At(2)));
    }
    change(store, |w| {
        put(w, id, "marks.seating", &field(3, "seen"), Kept::Waiting)
    });
    change(store, |w| {
        put(w, id, OVERALL, &field(4, "c"), Kept::Waiting)
    });
    change(store, |w| w.put_aside(&refusal(id, 4, "finished")).unwrap());
    change(store, |w| {
        w.forget(id).unwrap();
        w.forget(other).unwrap();
    });
    assert_eq!(
        values(store, id).into_iter().collect::<Vec<_>>(),
        [("marks.seating".into(), json!("seen"))]
    );
    assert_eq!(get(store, other), None);
    assert_eq!(past(store, id), []);
    assert_eq!(past(store, other), []);
    let reader = store.read().unwrap();
    assert!(reader.set_aside().unwrap().is_empty());
    assert!(delivered(&*reader).is_empty());
    assert_eq!(reader.list(&Kind::Observation).unwrap().len(), 1);
    assert_eq!(reader.outbox_count().unwrap(), 1);
}

fn forgetting_all_but_some_leaves_those(store: &dyn Store) {
    for n in 1..=3 {
        change(store, |w| {
            put(w, observation(n), OVERALL, &field(1, "a"), Kept::At(1))
        });
    }
    change(store, |w| {
        put(w, observation(4), OVERALL, &field(1, "a"), Kept::Waiting)
    });
    let gone = change(store, |w| {
        w.forget_all_but(&BTreeSet::from([observation(2)])).unwrap()
    });
    assert_eq!(gone, 2);
    let left = store.read().unwrap().list(&Kind::Observation).unwrap();
    assert_eq!(
        left.into_iter().map(|record| record.id).collect::<Vec<_>>(),
        [observation(2), observation(4)]
    );
}
