//! Texts made fit to be set: every character has a glyph, and no word is wider than the page.

use serde_json::Value;

use super::FONTS;

/// After how many characters with no place to break a word gets one.
pub(super) const LONGEST_WORD: usize = 30;

/// Lets a line end where nothing is seen.
const BREAK: char = '\u{200B}';

/// Which characters are set as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// Those of any font.
    AnyFont,
    /// Those of the product's own font.
    FirstFont,
}

/// Makes every text in `view` fit to be set. Says in `has_unprintable` whether a character had to be written by its
/// number.
pub(super) fn fit(mut view: Value, width: Width) -> Value {
    let mut has_unprintable = false;
    each_text(&mut view, &mut |text| {
        let (fitted, is_whole) = fitted(text, width);
        has_unprintable |= !is_whole;
        *text = fitted;
    });
    if let Some(view) = view.as_object_mut() {
        view.insert("has_unprintable".to_owned(), Value::Bool(has_unprintable));
    }
    view
}

fn each_text(value: &mut Value, each: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_text(value, each)),
        Value::Object(values) => values.values_mut().for_each(|value| each_text(value, each)),
        _ => {}
    }
}

/// The text to set, and whether every character of it that can be seen is set as it is.
fn fitted(text: &str, width: Width) -> (String, bool) {
    let mut fitted = String::with_capacity(text.len());
    let (mut run, mut is_whole) = (0, true);
    for c in text.replace("\r\n", "\n").trim_end().chars() {
        let before = fitted.len();
        match c {
            '\n' | ' ' => fitted.push(c),
            // Other ends of a line, and of a page.
            '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => fitted.push('\n'),
            '\t' => fitted.push_str("    "),
            _ if is_unseen(c) => {}
            _ if is_covered(c, width) => fitted.push(c),
            _ => {
                is_whole = false;
                fitted.push_str(&format!("[U+{:04X}]", u32::from(c)));
            }
        }
        if fitted.ends_with([' ', '\n', '-', '\u{200B}']) {
            run = 0;
        } else if fitted.len() > before {
            run += 1;
        }
        if run >= LONGEST_WORD && !fitted.ends_with(is_joining) {
            fitted.push(BREAK);
            run = 0;
        }
    }
    (fitted, is_whole)
}

/// Controls, direction marks that would turn other texts round, and characters that only choose the look of another.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200D}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Scripts whose letters change with their neighbours are not cut.
fn is_joining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{590}'..='\u{DFF}' | '\u{200C}')
}

fn is_covered(c: char, width: Width) -> bool {
    let fonts = match width {
        Width::AnyFont => FONTS.as_slice(),
        Width::FirstFont => FONTS.get(..1).unwrap_or_default(),
    };
    if matches!(c, '!'..='~') {
        return true;
    }
    let code = u32::from(c);
    // What a private area means, only the machine it was typed on knows.
    !matches!(code, 0xE000..=0xF8FF | 0xF0000..)
        && fonts.iter().any(|font| font.info().coverage.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fonts_have_is_set_as_it_is() {
        for text in [
            "Wâl, Łódź, Μαρία, Привет",
            "שלום عليكم",
            "😀 ✓ → ≥ ½",
            "नमस्ते ਸਤਿ",
        ] {
            assert_eq!(fitted(text, Width::AnyFont), (text.to_owned(), true));
        }
    }

    #[test]
    fn what_no_font_has_is_written_by_its_number() {
        let (text, is_whole) = fitted("a 你 b", Width::AnyFont);
        assert_eq!((text.as_str(), is_whole), ("a [U+4F60] b", false));
    }

    #[test]
    fn what_is_not_seen_is_left_out_and_ends_of_lines_are_one() {
        let text = "a\u{202E}b\u{0}\r\nc\u{2029}d\te\u{FE0F}\u{7}";
        assert_eq!(fitted(text, Width::AnyFont).0, "ab\nc\nd    e");
    }

    #[test]
    fn a_word_without_an_end_can_be_broken() {
        let (text, _) = fitted(&"x".repeat(100), Width::AnyFont);
        assert_eq!(text.matches(BREAK).count(), 3);
        assert_eq!(text.replace(BREAK, "").len(), 100);
    }
}
