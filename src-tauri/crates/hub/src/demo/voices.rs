//! What people of the demo school say about the walks themselves: a reflection, a concern and its answer, a review.

/// What the demo's teacher wrote for herself after last term's visit: what it confirmed, and what might change.
pub(super) const REFLECTION: [&str; 2] = [
    "That the quiet start works: they come in, find their symbol and begin without me.",
    "I want to wait longer before I ask again, and let the support team lead one of the groups.",
];

/// The concern of the demo.
pub(super) const CONCERN: &str = "The visit to our class began ten minutes later than the notice said, so it fell into the handover to lunch. It unsettled two pupils. Could visits start on time, or be moved with a new notice?";

/// Its answer.
pub(super) const ANSWER: &str = "You are right, and I am sorry. The visit before had run over. We now leave ten minutes between two visits, and a visit that cannot start on time is moved to another day with a new notice.";

/// What leaders say to last term's review.
pub(super) const REVIEW: &str = "Notice was kept for every visit. Sharing took longer than we want on one day, because two visits ended after lunch on a Friday. This term no visit is planned for a Friday afternoon.";

/// What staff comment on it.
pub(super) const COMMENTS: [&str; 3] = [
    "The ten minutes between visits have made a difference.",
    "Could support staff have the notice on the board in the staff room, too?",
    "It helped to have the criteria in the notice this time.",
];
