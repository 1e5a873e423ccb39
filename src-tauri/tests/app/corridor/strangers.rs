//! Who is not meant: a photograph of the code, a device nobody let in, ears at another's ask; and lines that break.

use alongside_domain::DeviceId;
use alongside_sync::wire::{HandoverRequest, JoinAsked, JoinRequest, JoinState, PairDevice};
use alongside_sync::{HttpHub, HubAddress, SyncError, SyncRequest, Ticket};
use alongside_tests::{Cast, Line, Way};
use serde_json::json;
use uuid::Uuid;

use super::collecting::Away;
use super::stage::{Tablet, observe, school_without_a_hub};
use crate::device::until;

/// A client that keeps no rules but holds the pinned address of a door.
struct Stranger {
    door: HttpHub,
    code: String,
}

impl Stranger {
    fn with(ticket: &str) -> Self {
        let ticket: Ticket = ticket.parse().unwrap();
        let address: HubAddress = ticket.hub_addresses().remove(0);
        Self {
            door: HttpHub::new(address, None, None).unwrap(),
            code: ticket.code.groups().join(""),
        }
    }

    fn request(&self, secret: &str) -> JoinRequest {
        JoinRequest {
            code: self.code.clone(),
            secret: secret.into(),
            device: PairDevice {
                id: DeviceId::from_uuid(Uuid::now_v7()),
                name: "A stranger’s".into(),
            },
            person: Some(Cast::LEADER),
            announced: None,
            own: None,
        }
    }
}

const SECRET: &str = "0123456789012345678901234567";
const OTHER: &str = "abcdefghijabcdefghijabcdefgh";

fn code_of(error: &SyncError) -> &str {
    error.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photographed_code_that_was_used_gets_nothing_and_neither_does_an_old_one() {
    let (leader, _) = school_without_a_hub().await;
    leader.open_door().await;
    let photographed = leader.ticket().await;
    leader
        .admit(&Tablet::new(&leader.clock), json!(Cast::ANSA))
        .await;
    let stranger = Stranger::with(&photographed);
    let refused = stranger.door.ask_in(&stranger.request(SECRET)).await;
    assert_eq!(code_of(&refused.unwrap_err()), "code_unknown");

    let old = Stranger::with(&leader.ticket().await);
    leader.clock.pass(6 * 60 * 1000);
    let refused = old.door.ask_in(&old.request(SECRET)).await;
    assert_eq!(code_of(&refused.unwrap_err()), "code_unknown");
    assert_ne!(
        Stranger::with(&leader.ticket().await).code,
        old.code,
        "another code is shown when one is too old"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_code_lets_one_device_ask() {
    let (leader, _) = school_without_a_hub().await;
    leader.open_door().await;
    let stranger = Stranger::with(&leader.ticket().await);
    let first = stranger.request(SECRET);
    let asked = stranger.door.ask_in(&first).await.unwrap();
    let refused = stranger.door.ask_in(&stranger.request(OTHER)).await;
    assert_eq!(code_of(&refused.unwrap_err()), "code_unknown");
    // The same one whose line was cut is the same ask.
    assert_eq!(stranger.door.ask_in(&first).await.unwrap(), asked);
    let door = leader.call("door_get", json!({})).await;
    assert_eq!(door["lines"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_not_approved_gets_nothing_and_hears_nothing_of_others() {
    let (leader, _) = school_without_a_hub().await;
    leader.open_door().await;
    let stranger = Stranger::with(&leader.ticket().await);
    let asked = stranger
        .door
        .ask_in(&stranger.request(SECRET))
        .await
        .unwrap();
    assert_eq!(
        stranger.door.asked(&asked, SECRET).await.unwrap(),
        JoinState::Waiting
    );

    let tablet = Tablet::new(&leader.clock);
    let going = tablet.go(&leader.ticket().await);
    until("two ask", || async {
        let door = leader.call("door_get", json!({})).await;
        door["lines"].as_array().unwrap().len() == 2
    })
    .await;
    let door = leader.call("door_get", json!({})).await;
    let other = JoinAsked {
        ask: door["lines"][1]["ask"].as_str().unwrap().into(),
    };
    let approve = json!({ "ask": other.ask, "person": Cast::ANSA });
    leader.call("door_approve", approve).await;
    // It knows the number of another's ask, and shows its own secret, and none.
    for secret in [SECRET, OTHER, ""] {
        let heard = stranger.door.asked(&other, secret).await;
        assert_eq!(code_of(&heard.unwrap_err()), "not_found");
    }
    assert_eq!(going.await.unwrap()["step"], "done");

    // Neither its secret nor the number of its ask is a token.
    for token in [SECRET.to_owned(), asked.ask.clone()] {
        let ticket: Ticket = leader.ticket().await.parse().unwrap();
        let address = ticket.hub_addresses().remove(0);
        let knocking = HttpHub::new(address, Some(token), None).unwrap();
        let pulled = alongside_sync::Exchange::exchange(
            &knocking,
            &SyncRequest {
                after: Some(0),
                ..SyncRequest::default()
            },
        )
        .await;
        assert_eq!(code_of(&pulled.unwrap_err()), "not_let_in");
    }
    leader
        .call("door_refuse", json!({ "ask": asked.ask }))
        .await;
    assert_eq!(
        stranger.door.asked(&asked, SECRET).await.unwrap(),
        JoinState::Refused
    );
    // A second word does not change the first.
    let late = json!({ "ask": asked.ask, "person": Cast::ANSA });
    leader.call("door_approve", late).await;
    assert_eq!(
        stranger.door.asked(&asked, SECRET).await.unwrap(),
        JoinState::Refused
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_was_let_in_hands_over_and_only_at_this_door() {
    let away = Away::new().await;
    let leader = away.joined(Cast::LEADER).await;
    leader.open_door().await;
    let stranger = Stranger::with(&leader.ticket().await);
    let asked = stranger
        .door
        .ask_in(&stranger.request(SECRET))
        .await
        .unwrap();
    let handing = |token: &str, ticket: &str| {
        let ticket: Ticket = ticket.parse().unwrap();
        HttpHub::new(ticket.hub_addresses().remove(0), Some(token.into()), None).unwrap()
    };
    let ticket = leader.ticket().await;
    for token in [SECRET, asked.ask.as_str(), ""] {
        let handed = handing(token, &ticket)
            .hand_over(&HandoverRequest::default())
            .await;
        assert_eq!(code_of(&handed.unwrap_err()), "not_let_in");
    }
    let approve = json!({ "ask": asked.ask, "person": Cast::ANSA });
    leader.call("door_approve", approve).await;
    let JoinState::Collecting { token, .. } = stranger.door.asked(&asked, SECRET).await.unwrap()
    else {
        panic!("it was let in")
    };
    let open = handing(&token, &ticket);
    open.hand_over(&HandoverRequest::default()).await.unwrap();
    // It is no token of the hub, and none once the door was closed.
    let pulled = alongside_sync::Exchange::exchange(&open, &SyncRequest::default()).await;
    assert_eq!(code_of(&pulled.unwrap_err()), "not_found");
    leader.call("door_close", json!({})).await;
    leader.open_door().await;
    let handed = handing(&token, &leader.ticket().await)
        .hand_over(&HandoverRequest::default())
        .await;
    assert_eq!(code_of(&handed.unwrap_err()), "not_let_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leaders_open_a_door() {
    let away = Away::new().await;
    let ansa = away.joined(Cast::ANSA).await;
    for command in ["door_get", "door_open"] {
        let refused = crate::device::refusal(&ansa.app, command, json!({})).await;
        assert_eq!(refused.code, alongside_api::Code::NotAllowed, "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_while_handing_over_is_simply_tried_again() {
    let away = Away::new().await;
    let (leader, ansa) = (
        away.joined(Cast::LEADER).await,
        away.joined(Cast::ANSA).await,
    );
    away.line.break_down();
    observe(&ansa, Cast::VISIT, "Every board in reach").await;
    let door = leader.open_door().await;
    let address = door["open"]["addresses"][0].as_str().unwrap();
    let line = Line::to(address.parse().unwrap()).await;
    for bytes in [600, 1500, 2500, 4000] {
        line.cut_after(Way::Up, bytes);
        let door = leader.call("door_get", json!({})).await;
        let groups: Vec<&str> = door["open"]["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group.as_str().unwrap())
            .collect();
        let typed = json!({
            "code": groups.join(" "), "address": line.address().to_string(), "device": "Tablet",
        });
        let app = std::sync::Arc::clone(&ansa.app);
        let mut going = tokio::spawn(async move { app.call("hub_join", typed).await.unwrap() });
        loop {
            let door = leader.call("door_get", json!({})).await;
            for line in door["lines"].as_array().unwrap() {
                if line["state"] == "asked" {
                    let approve = json!({ "ask": line["ask"], "person": Cast::ANSA });
                    leader.call("door_approve", approve).await;
                }
            }
            let pause = std::time::Duration::from_millis(20);
            if let Ok(ended) = tokio::time::timeout(pause, &mut going).await {
                let ended = ended.unwrap();
                if bytes > 4000 {
                    assert_eq!(ended["step"], "done", "{ended}");
                }
                break;
            }
        }
        line.heal();
    }
    leader.admit(&ansa, json!(Cast::ANSA)).await;
    let record = leader
        .call("record_get", json!({ "visit": Cast::VISIT }))
        .await;
    assert_eq!(record["observers"].as_array().unwrap().len(), 1);
}
