//! A PDF from a template and a view: set by Typst, written as PDF/UA-1, read back.
//!
//! The world a template lives in has the templates of this crate, its fonts, and the view as one JSON file; there is no
//! disk, no network, no clock and no package in it. A view's texts are made fit for the fonts first ([`fit`]), since
//! PDF/UA-1 allows no character without a glyph.

mod again;
mod fit;

use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Serialize;
use serde_json::Value;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::Unfaithful;

/// Which page is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Template {
    Form,
    Report,
    Review,
    SelfEvaluation,
}

impl Template {
    fn name(self) -> &'static str {
        match self {
            Self::Form => "form.typ",
            Self::Report => "report.typ",
            Self::Review => "review.typ",
            Self::SelfEvaluation => "self_evaluation.typ",
        }
    }
}

/// The templates by name; none of them has a word of anyone in it.
const TEMPLATES: [(&str, &str); 5] = [
    ("page.typ", include_str!("../templates/page.typ")),
    ("form.typ", include_str!("../templates/form.typ")),
    ("report.typ", include_str!("../templates/report.typ")),
    ("review.typ", include_str!("../templates/review.typ")),
    (
        "self_evaluation.typ",
        include_str!("../templates/self_evaluation.typ"),
    ),
];

/// Where a template finds what it is to show.
const VIEW: &str = "view.json";

/// The fonts: the product's own, and one for each script that people of a school may write in.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let files: [&'static [u8]; 13] = [
        include_bytes!("../fonts/AtkinsonHyperlegibleNext-Regular.ttf"),
        include_bytes!("../fonts/AtkinsonHyperlegibleNext-Bold.ttf"),
        include_bytes!("../fonts/NotoSans-Regular.ttf"),
        include_bytes!("../fonts/NotoSansArabic-Regular.ttf"),
        include_bytes!("../fonts/NotoSansBengali-Regular.ttf"),
        include_bytes!("../fonts/NotoSansDevanagari-Regular.ttf"),
        include_bytes!("../fonts/NotoSansGujarati-Regular.ttf"),
        include_bytes!("../fonts/NotoSansGurmukhi-Regular.ttf"),
        include_bytes!("../fonts/NotoSansHebrew-Regular.ttf"),
        include_bytes!("../fonts/NotoSansMath-Regular.ttf"),
        include_bytes!("../fonts/NotoSansSymbols2-Regular.ttf"),
        include_bytes!("../fonts/NotoSansTamil-Regular.ttf"),
        include_bytes!("../fonts/NotoEmoji-Regular.ttf"),
    ];
    files
        .into_iter()
        .flat_map(|file| Font::iter(Bytes::new(file)))
        .collect()
});

static BOOK: LazyLock<LazyHash<FontBook>> =
    LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FONTS.iter())));

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    TEMPLATES
        .iter()
        .filter_map(|(name, text)| Some(Source::new(file_id(name)?, (*text).to_owned())))
        .collect()
});

fn file_id(name: &str) -> Option<FileId> {
    let path = VirtualPath::new(name).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// All that a template can reach.
struct Desk {
    main: FileId,
    view_id: FileId,
    view: Bytes,
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let source = SOURCES.iter().find(|source| source.id() == id);
        source.cloned().ok_or_else(not_here)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.view_id {
            Ok(self.view.clone())
        } else {
            Err(not_here())
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn not_here() -> FileError {
    FileError::NotFound(PathBuf::new())
}

/// Sets `view` by `template`, and reads back what was written.
///
/// Every text of `view` may be anything that a person can type. What no font can show is written by its number.
///
/// Errors when it cannot be set, or when the PDF does not hold the words of `view` and the statement (R1).
pub(crate) fn make(template: Template, view: &impl Serialize) -> Result<Vec<u8>, Unfaithful> {
    let view = serde_json::to_value(view).map_err(|_| Unfaithful::NotMade("the view"))?;
    let fitted = fit::fit(view.clone(), fit::Width::AnyFont);
    // A mixture of scripts in one syllable is in no font, though each of its characters is.
    let (fitted, bytes) = match set(template, &fitted) {
        Ok(bytes) => (fitted, bytes),
        Err(_) => {
            let plain = fit::fit(view, fit::Width::FirstFont);
            let bytes = set(template, &plain)?;
            (plain, bytes)
        }
    };
    again::read_back(&bytes, &fitted)?;
    Ok(bytes)
}

fn set(template: Template, view: &Value) -> Result<Vec<u8>, Unfaithful> {
    let id = |name| file_id(name).ok_or(Unfaithful::NotMade("the template"));
    let desk = Desk {
        main: id(template.name())?,
        view_id: id(VIEW)?,
        view: Bytes::from_string(view.to_string()),
    };
    let document = typst::compile::<PagedDocument>(&desk)
        .output
        .map_err(|errors| {
            tell(&errors);
            Unfaithful::NotMade("the pages")
        });
    let standards =
        PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|_| Unfaithful::NotMade("the standard"))?;
    let options = PdfOptions {
        creator: Smart::Custom(Some("Alongside".to_owned())),
        standards,
        ..PdfOptions::default()
    };
    let bytes = document.and_then(|document| {
        typst_pdf::pdf(&document, &options).map_err(|errors| {
            tell(&errors);
            Unfaithful::NotMade("the PDF")
        })
    });
    // What was set is remembered by Typst to be set faster again; these are people's words, so not here.
    typst::comemo::evict(0);
    bytes
}

/// What is wrong with a template is for its author. It may quote what people wrote, so it is said in tests alone.
#[cfg_attr(not(test), allow(unused_variables, clippy::missing_const_for_fn))]
fn tell(errors: &[typst::diag::SourceDiagnostic]) {
    #[cfg(test)]
    for error in errors {
        eprintln!("{} {:?} {:?}", error.message, error.span, error.hints);
    }
}
