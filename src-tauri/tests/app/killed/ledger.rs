//! What was tried and what was acknowledged, and whether what is there now agrees with it.

use std::collections::BTreeMap;

use super::mortal::Said;

/// Every place that was written to, with what was tried there in order, and whether it was acknowledged.
#[derive(Debug, Default)]
pub struct Ledger {
    places: BTreeMap<String, Vec<(String, bool)>>,
    /// Where the last try was, when it was not acknowledged yet.
    open: Option<String>,
    /// How many were tried.
    pub tried: u64,
    /// How many were acknowledged.
    pub acknowledged: u64,
}

impl Ledger {
    /// Takes down what an app says.
    pub fn hear(&mut self, said: Said) {
        match said {
            Said::Tries { at, value } => {
                let place = self.places.entry(at.clone()).or_default();
                place.push((value, false));
                self.open = Some(at);
                self.tried += 1;
            }
            Said::Stands => {
                let at = self.open.take().expect("something was tried");
                self.places.get_mut(&at).unwrap().last_mut().unwrap().1 = true;
                self.acknowledged += 1;
            }
            Said::Finds(there) => {
                let wrong = self.disagrees(&there);
                assert!(wrong.is_empty(), "at the start after a kill: {wrong:#?}");
                self.settle(&there);
            }
            // What was on its way may be there or not.
            Said::Dead => self.open = None,
            Said::Step => {}
        }
    }

    /// What stands after a kill goes on standing, whether its answer was cut off or not; what does not never came to be.
    fn settle(&mut self, there: &BTreeMap<String, Vec<String>>) {
        for (at, tries) in &mut self.places {
            let stands = there.get(at).and_then(|found| found.first());
            let value = stands.cloned().unwrap_or_default();
            *tries = vec![(value, true)];
        }
    }

    /// What does not agree between the ledger and `there`: by place, everything that stands in it.
    ///
    /// In a place there must be the last value that was acknowledged, or one that was tried after it and whose answer
    /// was cut off; where none was ever acknowledged, nothing is right too.
    pub fn disagrees(&self, there: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        let nothing = Vec::new();
        let mut wrong = Vec::new();
        for (at, tries) in &self.places {
            let last = tries.iter().rposition(|(_, stands)| *stands);
            let found = there.get(at).unwrap_or(&nothing);
            let could = tries.get(last.unwrap_or(0)..).unwrap_or_default();
            let is_right = match found.as_slice() {
                [] => last.is_none() || could.iter().any(|(value, _)| value.is_empty()),
                [only] => could.iter().any(|(value, _)| value == only),
                _ => false,
            };
            if !is_right {
                wrong.push(format!("{at}: {found:?}, and could be {could:?}"));
            }
        }
        let unknown = there.keys().filter(|at| !self.places.contains_key(*at));
        wrong.extend(unknown.map(|at| format!("{at} was never written")));
        wrong
    }
}
