//! Words of observers without the names of people, classes and rooms.
//!
//! It errs on the side of masking: a word that is somebody's name is masked wherever it stands, but for a few names that
//! are ordinary words as well, and those only where they are written small.

use std::collections::BTreeSet;

/// Stands where a person was named.
pub const NAME: &str = "[name]";
/// Stands where a class or its room was named.
pub const CLASS: &str = "[class]";

const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "rev",
    "revd",
];

/// Names that are ordinary words too: left alone where they are written small.
const ORDINARY: &[&str] = &[
    "art", "bill", "bob", "carol", "chase", "dawn", "drew", "faith", "frank", "gene", "grace",
    "grant", "hope", "iris", "ivy", "jack", "joy", "june", "lily", "mark", "may", "miles", "nick",
    "page", "pat", "penny", "rich", "rob", "robin", "rose", "ruby", "sandy", "see", "skip", "sky",
    "sue", "summer", "violet", "will", "young", "bell", "best", "bird", "black", "brook", "brown",
    "bush", "cook", "cross", "day", "field", "fox", "good", "gray", "green", "grey", "hall",
    "hill", "hood", "hunt", "king", "knight", "lake", "lane", "law", "little", "long", "love",
    "marsh", "moon", "north", "park", "parks", "pool", "pope", "price", "read", "reed", "rice",
    "sharp", "short", "small", "song", "stone", "street", "strong", "summers", "wall", "ward",
    "waters", "way", "webb", "west", "white", "wild", "winter", "wise", "wood", "woods", "work",
];

/// What is masked in a school.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// Names as lists of words, lower case, the longest first, each with what stands in its place.
    phrases: Vec<(Vec<String>, &'static str)>,
    /// Every first and last name, lower case.
    words: BTreeSet<String>,
    /// First letters of first and last names, lower case: `ot`.
    initials: BTreeSet<String>,
}

/// A word of a text, or what stands between two.
#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    is_word: bool,
}

impl Mask {
    /// A mask over the names of all people of a school, of its classes, and of their rooms.
    pub fn new<'a>(
        people: impl IntoIterator<Item = &'a str>,
        places: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut mask = Self::default();
        for name in people {
            let words = lower_words(name);
            let own: Vec<&String> = words.iter().filter(|word| !is_title(word)).collect();
            let long = own.iter().filter(|word| word.chars().count() >= 2);
            mask.words.extend(long.map(|word| (*word).clone()));
            if let ([first, .., last], true) = (own.as_slice(), own.len() >= 2) {
                let initials = [first, last]
                    .into_iter()
                    .filter_map(|word| word.chars().next());
                mask.initials.insert(initials.collect());
            }
            mask.phrases.push((words, NAME));
        }
        for name in places {
            let words = lower_words(name);
            // “Kestrel class” is spoken of as Kestrel.
            let bare: Vec<String> = words
                .iter()
                .filter(|word| *word != "class")
                .cloned()
                .collect();
            mask.phrases.push((words, CLASS));
            mask.phrases.push((bare, CLASS));
        }
        mask.phrases.retain(|(words, _)| !words.is_empty());
        mask.phrases
            .sort_by_key(|(words, _)| usize::MAX - words.len());
        mask
    }

    /// A text with every name masked.
    pub fn over(&self, text: &str) -> String {
        let tokens = tokens(text);
        let mut masked = String::with_capacity(text.len());
        let mut rest = tokens.as_slice();
        while let Some((token, after)) = rest.split_first() {
            if let Some((count, stands)) = self.named(rest) {
                let (name, after) = rest.split_at(count.min(rest.len()));
                masked.push_str(stands);
                // A possessive stays, so that the sentence still reads.
                masked.push_str(name.last().map_or("", |last| possessive(last.text)));
                rest = after;
            } else {
                masked.push_str(token.text);
                rest = after;
            }
        }
        masked
    }

    /// Whether a name begins here: how many tokens it takes, and what stands in its place.
    fn named(&self, tokens: &[Token<'_>]) -> Option<(usize, &'static str)> {
        let first = tokens.first().filter(|token| token.is_word)?;
        // “Mr T.”, “Ms Tamblyn”, also of people the school does not know.
        if is_title(&bare(first.text)) {
            return self.titled(tokens);
        }
        for (words, stands) in &self.phrases {
            if let Some(count) = phrase(tokens, words)
                && (words.len() > 1 || self.is_meant(first.text))
            {
                return Some((self.with_more(tokens, count, stands), stands));
            }
        }
        if self.words.contains(&bare(first.text)) && self.is_meant(first.text) {
            return Some((self.with_more(tokens, 1, NAME), NAME));
        }
        self.initials_at(tokens).map(|count| (count, NAME))
    }

    fn titled(&self, tokens: &[Token<'_>]) -> Option<(usize, &'static str)> {
        // “Mr.” and a space, or a space alone.
        let (title, gap) = (tokens.first()?, tokens.get(1)?);
        // “Yes, Miss. Pupils …” is no name; “Mr. Alder” is.
        let is_spoken = ["miss", "sir", "madam"].contains(&bare(title.text).as_str());
        let gap = if is_spoken {
            gap.text
        } else {
            gap.text.trim_start_matches('.')
        };
        let is_gap = gap.trim().is_empty() && !gap.contains('\n');
        let name = tokens.get(2).filter(|token| token.is_word && is_gap)?;
        let starts_large = name.text.chars().next().is_some_and(char::is_uppercase);
        let is_name = starts_large || self.words.contains(&bare(name.text));
        // “Miss Alder” is a person, “miss a turn” is not.
        if !is_name {
            return None;
        }
        Some((self.with_more(tokens, 3, NAME), NAME))
    }

    /// The same with what follows of one name: a further name or an initial.
    fn with_more(&self, tokens: &[Token<'_>], count: usize, stands: &str) -> usize {
        let gap = tokens.get(count).map(|gap| gap.text);
        let next = tokens.get(count + 1);
        let (Some(gap), Some(next)) = (gap, next) else {
            return count;
        };
        if stands == CLASS {
            return count;
        }
        let is_near = matches!(gap, " " | "-" | ". ");
        let is_initial = gap != ". " && is_capital_letter(next.text);
        let is_name =
            gap != ". " && self.words.contains(&bare(next.text)) && self.is_meant(next.text);
        if is_near && (is_initial || is_name) {
            return self.with_more(tokens, count + 2, stands);
        }
        count
    }

    /// Whether a word is meant as a name: not one of the ordinary words written small.
    fn is_meant(&self, word: &str) -> bool {
        let is_small = word.chars().next().is_some_and(char::is_lowercase);
        !(is_small && ORDINARY.contains(&bare(word).as_str()))
    }

    /// “O.T.” for somebody of these initials.
    fn initials_at(&self, tokens: &[Token<'_>]) -> Option<usize> {
        let [one, dot, two, ..] = tokens else {
            return None;
        };
        let is_dotted = dot.text == "." || dot.text == ". ";
        let both = format!("{}{}", one.text, two.text).to_lowercase();
        let are_letters = is_capital_letter(one.text) && is_capital_letter(two.text);
        (is_dotted && are_letters && self.initials.contains(&both)).then_some(3)
    }
}

/// The possessive at the end of a word.
fn possessive(word: &str) -> &str {
    word.get(bare_case(word).len()..).unwrap_or_default()
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&word)
}

fn is_capital_letter(word: &str) -> bool {
    let word = bare_case(word);
    word.chars().count() == 1 && word.chars().all(char::is_uppercase)
}

/// A word without its possessive and its accents, lower case.
fn bare(word: &str) -> String {
    let lower = bare_case(word).to_lowercase();
    lower.chars().filter_map(plain).collect()
}

/// A letter without its accent, as it is typed in a hurry; none for an accent that stands by itself.
fn plain(letter: char) -> Option<char> {
    Some(match letter {
        '\u{300}'..='\u{36f}' => return None,
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'ş' | 'š' | 'ș' => 's',
        'ť' | 'ț' | 'ţ' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        '’' => '\'',
        other => other,
    })
}

fn bare_case(word: &str) -> &str {
    let word = word.trim_end_matches(['\'', '’']);
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word)
}

fn lower_words(name: &str) -> Vec<String> {
    tokens(name)
        .into_iter()
        .filter(|token| token.is_word)
        .map(|token| bare(token.text))
        .collect()
}

/// How many tokens these words take, when they begin here with no more than spaces or hyphens between them.
fn phrase(tokens: &[Token<'_>], words: &[String]) -> Option<usize> {
    let mut count = 0;
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            let gap = tokens.get(count)?;
            let is_gap = !gap.is_word
                && gap
                    .text
                    .chars()
                    .all(|c| c.is_whitespace() || "-.,".contains(c));
            if !is_gap {
                return None;
            }
            count += 1;
        }
        let token = tokens.get(count).filter(|token| token.is_word)?;
        if bare(token.text) != *word {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// The words of a text and what stands between them. An apostrophe within or at the end of a word belongs to it.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let is_of_word =
        |c: char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '\u{300}'..='\u{36f}');
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = first.is_alphanumeric();
        let end = rest
            .char_indices()
            .find(|(_, c)| {
                if is_word {
                    !is_of_word(*c)
                } else {
                    c.is_alphanumeric()
                }
            })
            .map_or(rest.len(), |(at, _)| at);
        let (text, after) = rest.split_at(end);
        tokens.push(Token { text, is_word });
        rest = after;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> Mask {
        Mask::new(
            [
                "Orla Tamblyn",
                "Will Wood",
                "Anwen Kapoor-Lisle",
                "Mr Seán O’Dell",
            ],
            ["Kestrel", "7B", "Room 12"],
        )
    }

    #[test]
    fn names_are_masked_whole_in_part_with_titles_and_possessives() {
        let mask = mask();
        for (text, masked) in [
            ("Orla Tamblyn waited.", "[name] waited."),
            ("orla waited", "[name] waited"),
            ("TAMBLYN waited", "[name] waited"),
            ("Ms Tamblyn's questions", "[name]'s questions"),
            ("Mrs. Tamblyn’s questions", "[name]’s questions"),
            (
                "Mr T. paused; Miss K paused",
                "[name]. paused; [name] paused",
            ),
            ("Mr Unknown paused", "[name] paused"),
            ("Orla T. paused", "[name]. paused"),
            ("O.T. paused", "[name]. paused"),
            ("Anwen Kapoor-Lisle and Kapoor", "[name] and [name]"),
            ("Sean and SEÁN paused", "[name] and [name] paused"),
            ("O’Dell and o'dell", "[name] and [name]"),
            ("Tamblyn/Wood", "[name]/[name]"),
        ] {
            assert_eq!(mask.over(text), masked, "{text}");
        }
    }

    #[test]
    fn classes_and_their_rooms_are_masked() {
        let mask = mask();
        assert_eq!(
            mask.over("In Kestrel class, kestrel’s board"),
            "In [class] class, [class]’s board"
        );
        assert_eq!(mask.over("7b in room 12."), "[class] in [class].");
    }

    #[test]
    fn ordinary_words_stay_unless_they_are_written_as_names() {
        let mask = mask();
        assert_eq!(
            mask.over("Pupils will work with wood"),
            "Pupils will work with wood"
        );
        assert_eq!(
            mask.over("Will helped, so did Mr Wood"),
            "[name] helped, so did [name]"
        );
        assert_eq!(
            mask.over("Nobody wanted to miss a turn"),
            "Nobody wanted to miss a turn"
        );
        assert_eq!(
            mask.over("Yes, Sir. Pupils answered."),
            "Yes, Sir. Pupils answered."
        );
    }
}
