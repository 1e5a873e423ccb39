//! The page that every document for people is printed on: its look, its head, and the statement of purpose (R1).
//!
//! It is whole in itself: no script, no picture and no font from anywhere, and it asks the browser to allow none.

use alongside_domain::purpose::STATEMENT;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::Unfaithful;

const LOOK: &str = "
:root { --paper: #FAF8F3; --sheet: #FFFFFF; --ink: #1D282C; --soft: #56646B; --line: #E4DFD3; --press: #1C5D99; color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12181B; --sheet: #1A2226; --ink: #EEF1EF; --soft: #A6B3B8; --line: #2C373C; --press: #8CC0F3; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 'Atkinson Hyperlegible Next', 'Atkinson Hyperlegible', system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6875rem; line-height: 1.25; font-weight: 680; }
h2 { margin: 2.5rem 0 0; font-size: 1.25rem; line-height: 1.3; font-weight: 680; }
h3 { margin: 0; font-size: 1.0625rem; font-weight: 680; }
p { margin: .5rem 0; }
.soft, dt { color: var(--soft); }
.statement { border-inline-start: 4px solid var(--press); padding: .25rem 0 .25rem 1rem; }
article { margin: .75rem 0; padding: 1rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 14px; break-inside: avoid-page; }
dl { margin: .5rem 0 0; display: grid; grid-template-columns: minmax(7rem, 1fr) 2fr; gap: .25rem 1rem; }
dd { margin: 0; white-space: pre-line; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
@media print { body { max-width: none; padding: 0; background: none; } article { border-radius: 0; } }
";

/// A whole document.
pub(crate) fn page(title: &str, below_title: &Markup, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(LOOK)) }
            }
            body {
                header {
                    h1 { (title) }
                    (below_title)
                    p.statement { (STATEMENT) }
                }
                main { (content) }
            }
        }
    }
    .into_string()
}

/// Refuses a document that does not carry the statement, or not each record once.
pub(crate) fn read_back(document: &str, records: usize) -> Result<(), Unfaithful> {
    if !document.contains(&html! { (STATEMENT) }.into_string()) {
        return Err(Unfaithful::NoStatement);
    }
    let found = document.matches("<article data-record=\"").count();
    if found != records {
        return Err(Unfaithful::Incomplete {
            expected: records,
            found,
        });
    }
    Ok(())
}
