//! Sending without a network, as its people do it: a file from one device, opened on another or at the hub, and a
//! receipt back.

use alongside_api::letter::{LetterOutcome, LetterTake};
use alongside_api::{Actor, Code};
use alongside_app::App;
use alongside_domain::DeviceId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::device::{Device, add_person, call, close, people, refusal, until, waiting};
use crate::joined::school;

async fn make(app: &App, receipts: bool) -> Value {
    call(app, "letter_make", json!({ "receipts": receipts })).await
}

async fn open(app: &App, file: &Value) -> Value {
    call(app, "letter_take", json!({ "base64": file["base64"] })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_to_the_hub_in_a_colleagues_bag_and_its_receipt_comes_back() {
    let (mut server, device, app, _) = school().await;
    let colleague = add_person(&app, "Marlow Finch").await;
    until("the colleague is known at the hub", || async {
        waiting(&app).await == 0
    })
    .await;
    let second = Device::new();
    let carrier = second.open();
    server.join(&carrier, &colleague).await;
    server.stop().await;

    add_person(&app, "Written Offline").await;
    let state = call(&app, "letter_list", json!({})).await;
    assert!(state["waiting"].as_u64().unwrap() > 0);
    assert_eq!(state["obstacle"], Value::Null);
    let file = make(&app, false).await;
    let name = file["name"].as_str().unwrap();
    assert!(name.ends_with(".alongside-letter"), "{name}");
    assert!(
        waiting(&app).await > 0,
        "a file takes nothing out of what waits"
    );

    let own = open(&app, &file).await;
    assert_eq!(own["lines"][0]["outcome"], "before", "{own}");
    let taken = open(&carrier, &file).await;
    assert_eq!(taken["lines"][0]["outcome"], "done");
    let said = taken["lines"][0]["message"].as_str().unwrap();
    assert!(said.contains("Taken along for Robin Vale"), "{said}");
    assert_eq!(taken["letters"]["to_carry"], 1);
    assert_eq!(open(&carrier, &file).await["lines"][0]["outcome"], "before");
    assert!(
        !people(&carrier)
            .await
            .contains(&"Written Offline".to_owned())
    );
    // Carried on by file, should the carrier not reach the hub either.
    assert_eq!(make(&carrier, false).await["letters"], 1);

    close(app).await;
    server.start_again().await;
    call(&carrier, "sync_run", json!({})).await;
    until("the hub has received it", || async {
        let list = call(&carrier, "letter_list", json!({})).await;
        list["carried"][0]["state"] == "received"
    })
    .await;
    until("everyone reads it", || async {
        people(&carrier)
            .await
            .contains(&"Written Offline".to_owned())
    })
    .await;
    let receipt = make(&carrier, true).await;
    assert!(
        receipt["name"]
            .as_str()
            .unwrap()
            .ends_with(".alongside-receipt")
    );

    // The first device still has no network when the receipt reaches it.
    server.stop().await;
    let app = device.open();
    assert!(waiting(&app).await > 0);
    let opened = open(&app, &receipt).await;
    assert_eq!(opened["lines"][0]["outcome"], "done", "{opened}");
    assert_eq!(waiting(&app).await, 0);
    assert_eq!(open(&app, &receipt).await["lines"][0]["outcome"], "before");
    let list = call(&app, "letter_list", json!({})).await;
    assert!(list["written"][0]["answered_at"].is_string(), "{list}");
    // Whoever it is not for is told so.
    let strange = open(&carrier, &receipt).await;
    assert_eq!(strange["lines"][0]["outcome"], "not");
    let nothing = refusal(&app, "letter_make", json!({ "receipts": false })).await;
    assert_eq!(nothing.code, Code::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_at_the_hub_and_gives_a_receipt_as_a_file() {
    let (mut server, _device, app, head) = school().await;
    server.stop().await;
    add_person(&app, "Written Offline").await;
    let file = make(&app, false).await;
    server.start_again().await;
    let at_hub = Actor {
        person: head.as_str().unwrap().parse().unwrap(),
        device: DeviceId::from_uuid(Uuid::now_v7()),
    };
    let base64 = file["base64"].as_str().unwrap().to_owned();
    let asked = LetterTake { base64 };
    let desk = server.hub().desk();
    let taken = desk.letter_take(&at_hub, &asked).unwrap();
    let line = &taken.lines[0];
    assert_ne!(line.outcome, LetterOutcome::Not, "{}", line.message);
    assert!(line.message.contains("Robin Vale"), "{}", line.message);
    let receipt = taken.receipts.unwrap();
    assert!(receipt.name.ends_with(".alongside-receipt"));
    let again = desk.letter_take(&at_hub, &asked).unwrap();
    assert_eq!(again.lines[0].outcome, LetterOutcome::Before);
    assert_eq!(
        again.receipts.unwrap().bytes().unwrap(),
        receipt.bytes().unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_says_what_to_do() {
    let device = Device::new();
    let app = device.open();
    crate::device::start_school(&app, "Foxglove School", "Robin Vale").await;
    let list = call(&app, "letter_list", json!({})).await;
    assert!(list["obstacle"].as_str().unwrap().contains("joined a hub"));
    let none = refusal(&app, "letter_make", json!({ "receipts": false })).await;
    assert_eq!(none.code, Code::NoHub);
    for (bytes, code) in [
        (b"PK\x03\x04 a workbook".as_slice(), Code::LetterUnreadable),
        (b"alongside letter 1\n{", Code::LetterUnreadable),
        (b"alongside letter 7\n{}", Code::LetterNewer),
    ] {
        let asked = json!({ "base64": STANDARD.encode(bytes) });
        let refused = refusal(&app, "letter_take", asked).await;
        assert_eq!(refused.code, code);
        assert!(refused.message.len() > 40, "{}", refused.message);
    }
}
