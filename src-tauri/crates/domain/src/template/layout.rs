//! Where the parts of a form stand: an order as a number between its neighbours', so that moving one part writes one field.
//!
//! Two leaders who move parts without a network both keep what they did: each part has its own place, and two parts that
//! end up with the same number stand in the order of their keys. A number between two others can be halved some fifty
//! times; then, and only then, the siblings are numbered anew. (A published crate of order keys was tried first: it
//! panics once a key has a byte of zero, which a stranger's record can bring.)

use serde_json::Value;

/// The greatest number a place can have, in either direction; what lies beyond reads as it.
const ORDER_LIMIT: f64 = 1e9;

/// Reads the number of a place; what is none stands at the end.
pub(super) fn order_of(value: &Value) -> f64 {
    value
        .get("order")
        .and_then(Value::as_f64)
        .map_or(ORDER_LIMIT, |order| order.clamp(-ORDER_LIMIT, ORDER_LIMIT))
}

/// The number for a part that comes to stand at `place` among `siblings` (their numbers, in order, itself left out);
/// `None` where there is no room between its neighbours.
pub(super) fn between(siblings: &[f64], place: usize) -> Option<f64> {
    let place = place.min(siblings.len());
    let left = place.checked_sub(1).and_then(|left| siblings.get(left));
    let right = siblings.get(place);
    let order = match (left, right) {
        (None, None) => 0.0,
        (Some(left), None) => left + 1.0,
        (None, Some(right)) => right - 1.0,
        (Some(left), Some(right)) => left + (right - left) / 2.0,
    };
    let is_after = left.is_none_or(|left| *left < order);
    let is_before = right.is_none_or(|right| order < *right);
    (is_after && is_before && order.abs() <= ORDER_LIMIT).then_some(order)
}

/// The numbers to write so that `moved` stands at `place` among its siblings: one, or all of them where there is no room.
pub(super) fn placed(siblings: &[(String, f64)], moved: &str, place: usize) -> Vec<(String, f64)> {
    let place = place.min(siblings.len());
    let orders: Vec<f64> = siblings.iter().map(|(_, order)| *order).collect();
    if let Some(order) = between(&orders, place) {
        return vec![(moved.to_owned(), order)];
    }
    let mut keys: Vec<&str> = siblings.iter().map(|(key, _)| key.as_str()).collect();
    keys.insert(place, moved);
    keys.into_iter()
        .scan(0.0, |next, key| {
            let order = *next;
            *next += 1.0;
            Some((key.to_owned(), order))
        })
        .collect()
}

/// Sorts parts by their number, and by their key where that is the same.
pub(super) fn sort<T>(parts: &mut [(f64, T)], key: impl Fn(&T) -> &str) {
    parts.sort_by(|(a, one), (b, other)| a.total_cmp(b).then_with(|| key(one).cmp(key(other))));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_siblings_say_the_moved_part_comes_to_stand_where_it_was_put(
            mut orders in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), -1e12..1e12f64], 0..8),
            place in 0usize..9,
        ) {
            for order in &mut orders {
                *order = order_of(&json!({"order": *order}));
            }
            orders.sort_by(f64::total_cmp);
            let siblings: Vec<(String, f64)> = orders
                .iter()
                .enumerate()
                .map(|(nth, order)| (format!("k{nth}"), *order))
                .collect();
            let place = place.min(siblings.len());
            let written = placed(&siblings, "moved", place);
            let mut all: Vec<(f64, String)> = siblings
                .iter()
                .map(|(key, order)| (*order, key.clone()))
                .chain([(0.0, "moved".to_owned())])
                .collect();
            for (order, key) in &mut all {
                if let Some((_, fresh)) = written.iter().find(|(name, _)| name == key) {
                    *order = *fresh;
                }
            }
            sort(&mut all, |key| key);
            let mut expected: Vec<String> = siblings.into_iter().map(|(key, _)| key).collect();
            expected.insert(place, "moved".into());
            prop_assert_eq!(all.into_iter().map(|(_, key)| key).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_place_that_is_no_number_is_at_the_end() {
        assert_eq!(order_of(&json!({"order": "first"})), ORDER_LIMIT);
        assert_eq!(order_of(&json!({"order": 1e300})), ORDER_LIMIT);
    }
}
