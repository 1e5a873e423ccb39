//! Two people on one tablet, each behind a PIN of their own: by command, by file, with no network, and on bad days.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alongside_api::install::KeyStore;
use alongside_api::{COMMANDS, Code, Where};
use alongside_app::keys::{KeyError, Keys, MemoryKeys, Result as Kept, Secret};
use alongside_app::{App, Cost, Notifier, Settings, Uptime};
use alongside_store::StoreKey;
use alongside_store::sqlite::SqliteStore;
use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use crate::device::{
    Device, add_person, call, close, people, refusal, start_school, until, waiting,
};
use crate::joined::Server;

const PIN: &str = "274905";
const WRONG: &str = "805316";

/// A clock that nobody sets but the test.
#[derive(Default)]
struct Hours(AtomicU64);

impl Hours {
    fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Uptime for Hours {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

struct Tablet {
    device: Device,
    keys: Arc<dyn Keys>,
    hours: Arc<Hours>,
}

impl Tablet {
    fn new() -> Self {
        Self::with(Arc::new(MemoryKeys::default()))
    }

    fn with(keys: Arc<dyn Keys>) -> Self {
        Self {
            device: Device::new(),
            keys,
            hours: Arc::default(),
        }
    }

    fn settings(&self) -> Settings {
        Settings {
            keys: Arc::clone(&self.keys),
            pin_cost: Cost {
                memory_kib: 8,
                passes: 1,
            },
            uptime: Arc::clone(&self.hours) as Arc<dyn Uptime>,
            ..self.device.settings()
        }
    }

    fn open(&self) -> App {
        App::new(self.settings(), |_| {}).unwrap()
    }

    /// The program ended; the clock that nobody sets begins anew.
    fn open_again(&self) -> App {
        self.hours.0.store(0, Ordering::SeqCst);
        self.open()
    }
}

async fn put_pin(app: &App, old: Option<&str>, new: &str, minutes: u32) -> Value {
    let request = json!({"old": old, "new": new, "after_minutes": minutes});
    call(app, "pin_put", request).await
}

async fn unlock(app: &App, person: &Value, pin: &str) -> Result<Value, alongside_api::ApiError> {
    let request = json!({"space": person, "pin": pin});
    app.call("space_unlock", request).await
}

/// One who leads, with a PIN, and another without, on one tablet; nobody is shown.
async fn two() -> (Tablet, App, Value, Value) {
    let tablet = Tablet::new();
    let app = tablet.open();
    let one = start_school(&app, "Foxglove School", "Robin Vale").await;
    put_pin(&app, None, PIN, 5).await;
    let other = start_school(&app, "Sorrel School", "Ines Moor").await;
    call(&app, "space_leave", json!({})).await;
    (tablet, app, one, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_opens_the_others_space_without_the_pin() {
    let (_tablet, app, one, other) = two().await;
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(
        install["locks"],
        json!([{"space": one, "is_locked": true, "wait_seconds": 0, "after_minutes": 5}])
    );
    let refused = refusal(&app, "space_choose", json!({"space": one})).await;
    assert_eq!(refused.code, Code::Locked);
    call(&app, "space_choose", json!({"space": other})).await;
    // Whatever is asked is answered from the other's own space, or not at all.
    for command in COMMANDS.iter().filter(|command| command.at == Where::Desk) {
        let asked = json!({"space": one, "person": one, "pin": WRONG});
        if let Ok(answer) = app.call(command.name, asked).await {
            let text = answer.to_string();
            assert!(
                !text.contains("Foxglove") && !text.contains("Robin"),
                "{}: {text}",
                command.name
            );
        }
    }
    // Their own commands about PINs are about their own space.
    put_pin(&app, None, WRONG, 0).await;
    assert_eq!(
        unlock(&app, &one, WRONG).await.unwrap_err().code,
        Code::PinWrong
    );
    assert_eq!(
        unlock(&app, &other, PIN).await.unwrap_err().code,
        Code::PinWrong
    );
    let opened = unlock(&app, &one, PIN).await.unwrap();
    assert_eq!(opened["me"]["name"], "Robin Vale");
    assert_eq!(people(&app).await, ["Robin Vale"]);
    let locks = opened["locks"].as_array().unwrap();
    let is_locked = |person: &Value| {
        let lock = locks.iter().find(|lock| lock["space"] == *person);
        lock.unwrap()["is_locked"].clone()
    };
    assert_eq!(
        (is_locked(&one), is_locked(&other)),
        (json!(false), json!(true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_the_tablet_opens_a_locked_store() {
    let (tablet, app, one, other) = two().await;
    let store = tablet.device.store(&one);
    close(app).await;
    let kept = |person: &Value| {
        let name = person.as_str().unwrap();
        tablet.keys.get(name).unwrap().unwrap()
    };
    assert!(kept(&one).store_key().is_none(), "what is kept is no key");
    let others = kept(&other).store_key().unwrap();
    for key in [others, StoreKey::Plain] {
        let copy = tablet.device.path("copy.db");
        fs::copy(&store, &copy).unwrap();
        assert!(SqliteStore::open(&copy, &key).is_err());
        fs::remove_file(&copy).unwrap();
    }
    // Another's wrapping in the place of this one, with a PIN that is known.
    let app = tablet.open();
    call(&app, "space_choose", json!({"space": other})).await;
    put_pin(&app, None, WRONG, 5).await;
    close(app).await;
    tablet
        .keys
        .put(one.as_str().unwrap(), &kept(&other))
        .unwrap();
    let app = tablet.open();
    assert_eq!(
        unlock(&app, &one, WRONG).await.unwrap_err().code,
        Code::PinWrong
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted_and_the_wait_is_not_got_round() {
    let (tablet, app, one, other) = two().await;
    let wrong = || unlock(&app, &one, WRONG);
    for _ in 0..3 {
        let error = wrong().await.unwrap_err();
        assert_eq!(error.code, Code::PinWrong);
        assert_eq!(
            error.message,
            "This is not the PIN of this space. Try again."
        );
    }
    let said = wrong().await.unwrap_err().message;
    assert!(
        said.ends_with("Wait 10 seconds before the next try."),
        "{said}"
    );
    // The right one has to wait like any other.
    let busy = unlock(&app, &one, PIN).await.unwrap_err();
    assert_eq!(busy.code, Code::TooMany);
    // Another space on the same tablet does not.
    call(&app, "space_choose", json!({"space": other})).await;
    tablet.hours.pass(6);
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["locks"][0]["wait_seconds"], 4);
    close(app).await;
    // Neither does the program's end, however often, nor anything that a clock says.
    let app = tablet.open_again();
    assert_eq!(
        unlock(&app, &one, PIN).await.unwrap_err().code,
        Code::TooMany
    );
    tablet.hours.pass(5);
    let opened = unlock(&app, &one, PIN).await.unwrap();
    assert_eq!(opened["me"]["name"], "Robin Vale");
    call(&app, "space_lock", json!({})).await;
    assert_eq!(
        unlock(&app, &one, WRONG).await.unwrap_err().message,
        "This is not the PIN of this space. Try again.",
        "a right one begins the count anew"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_was_taken_away_makes_the_longest_wait() {
    let (tablet, app, one, _) = two().await;
    close(app).await;
    let tries = tablet.device.store(&one).with_file_name("tries.json");
    fs::remove_file(tries).unwrap();
    let app = tablet.open_again();
    let said = unlock(&app, &one, PIN).await.unwrap_err();
    assert_eq!(said.code, Code::TooMany);
    assert!(said.message.contains("15 minutes"), "{}", said.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_says_nothing_of_what_is_inside() {
    let (tablet, app, one, _) = two().await;
    let before = unlock(&app, &one, WRONG).await.unwrap_err();
    assert!(!before.message.contains("Robin") && !before.message.contains("wait"));
    unlock(&app, &one, PIN).await.unwrap();
    add_person(&app, "Ewan Hill").await;
    assert!(waiting(&app).await > 0);
    call(&app, "space_lock", json!({})).await;
    let after = unlock(&app, &one, WRONG).await.unwrap_err();
    assert_eq!((after.code, &after.message), (before.code, &before.message));
    // While nobody is here, nothing is counted either.
    assert_eq!(waiting(&app).await, 0);
    let _ = tablet;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_changed_and_taken_off_only_by_who_knows_it() {
    let (_tablet, app, one, _) = two().await;
    unlock(&app, &one, PIN).await.unwrap();
    for old in [None, Some(WRONG)] {
        let request = json!({"old": old, "new": "wet stone wall", "after_minutes": 5});
        assert_eq!(refusal(&app, "pin_put", request).await.code, Code::PinWrong);
    }
    for weak in ["111111", "123456", "wetwet7"] {
        let request = json!({"old": PIN, "new": weak, "after_minutes": 5});
        let refused = refusal(&app, "pin_put", request).await;
        assert_eq!(refused.code, Code::Refused);
        assert!(refused.message.ends_with('.') && !refused.message.contains(weak));
    }
    put_pin(&app, Some(PIN), "wet stone wall", 15).await;
    call(&app, "space_lock", json!({})).await;
    assert_eq!(
        unlock(&app, &one, PIN).await.unwrap_err().code,
        Code::PinWrong
    );
    unlock(&app, &one, "wet stone wall").await.unwrap();
    let request = json!({"pin": PIN});
    assert_eq!(
        refusal(&app, "pin_remove", request).await.code,
        Code::PinWrong
    );
    let removed = call(&app, "pin_remove", json!({"pin": "wet stone wall"})).await;
    assert_eq!(removed["locks"], json!([]));
    call(&app, "space_leave", json!({})).await;
    let chosen = call(&app, "space_choose", json!({"space": one})).await;
    assert_eq!(chosen["me"]["name"], "Robin Vale");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_locks_by_itself_after_a_while_in_the_back() {
    let (tablet, app, one, _) = two().await;
    unlock(&app, &one, PIN).await.unwrap();
    app.back();
    tablet.hours.pass(4 * 60);
    app.front();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Robin Vale", "not yet");
    app.back();
    tablet.hours.pass(5 * 60);
    app.front();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"], Value::Null);
    assert_eq!(
        refusal(&app, "school_get", json!({})).await.code,
        Code::SignInFirst
    );
    unlock(&app, &one, PIN).await.unwrap();
    put_pin(&app, Some(PIN), PIN, 0).await;
    app.back();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"], Value::Null, "at once");
}

/// Remembers what is told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Notifier for Told {
    fn show(&self, sentence: &str) {
        self.0.lock().unwrap().push(sentence.to_owned());
    }

    fn foretell(&self, ahead: &[(DateTime<FixedOffset>, String)]) {
        let mut told = self.0.lock().unwrap();
        told.extend(ahead.iter().map(|(_, sentence)| sentence.clone()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_out_before_the_key_is_dropped_and_nothing_is_told() {
    let server = Server::start().await;
    let tablet = Tablet::new();
    let told = Arc::new(Told::default());
    let settings = Settings {
        notifier: Arc::clone(&told) as Arc<dyn Notifier>,
        settle: Duration::from_millis(5),
        ..tablet.settings()
    };
    let app = App::new(settings, |_| {}).unwrap();
    let one = start_school(&app, "Foxglove School", "Robin Vale").await;
    let code = server.hub().desk().setup_code().unwrap().code;
    let request = json!({"address": server.address(), "code": code});
    call(&app, "hub_connect", request).await;
    put_pin(&app, None, PIN, 5).await;
    add_person(&app, "Ewan Hill").await;
    call(&app, "space_lock", json!({})).await;
    told.0.lock().unwrap().clear();
    until("the hub has it", || async {
        let desk = server.hub().desk();
        let reader = desk.store().read().unwrap();
        let people = reader.list(&alongside_domain::Kind::Person).unwrap();
        people.len() == 2
    })
    .await;
    // Its store is closed by then or soon after: the log beside it goes with the last connection.
    let log = tablet.device.store(&one).with_file_name("alongside.db-wal");
    until("the store is closed", || async { !log.exists() }).await;
    assert!(told.0.lock().unwrap().is_empty());
    let opened = unlock(&app, &one, PIN).await.unwrap();
    assert_eq!(opened["me"]["name"], "Robin Vale");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_was_just_locked_is_opened_again_and_keeps_what_was_written() {
    let (_tablet, app, one, _) = two().await;
    for turn in 0..5 {
        unlock(&app, &one, PIN).await.unwrap();
        add_person(&app, &format!("Person {turn}")).await;
        call(&app, "space_lock", json!({})).await;
    }
    unlock(&app, &one, PIN).await.unwrap();
    assert_eq!(people(&app).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_forgotten_the_pin_begins_anew_and_nobody_else_can_make_them() {
    let server = Server::start().await;
    let (home, tablet) = (Device::new(), Tablet::new());
    let head = home.open();
    start_school(&head, "Foxglove School", "Robin Vale").await;
    let code = server.hub().desk().setup_code().unwrap().code;
    let request = json!({"address": server.address(), "code": code});
    call(&head, "hub_connect", request).await;
    let teacher = add_person(&head, "Ines Moor").await;
    let other = add_person(&head, "Ewan Hill").await;
    until("it has arrived", || async { waiting(&head).await == 0 }).await;
    let app = tablet.open();
    server.join(&app, &teacher).await;
    put_pin(&app, None, PIN, 5).await;
    call(&app, "space_lock", json!({})).await;
    let join = |person: &Value, instead_of: Option<&Value>| {
        let person = person.as_str().unwrap().parse().unwrap();
        let code = server.hub().desk().code_for(person).unwrap().code;
        json!({"address": server.address(), "code": code, "device": "Tablet", "instead_of": instead_of})
    };
    // Without saying that what was not sent may be lost, nothing goes.
    let refused = refusal(&app, "device_join", join(&teacher, None)).await;
    assert_eq!(refused.code, Code::Locked);
    // A colleague's code lets the colleague in, and no more.
    let joined = call(&app, "device_join", join(&other, Some(&teacher))).await;
    assert_eq!(joined["me"]["name"], "Ewan Hill");
    call(&app, "space_leave", json!({})).await;
    unlock(&app, &teacher, PIN).await.unwrap();
    call(&app, "space_lock", json!({})).await;
    let anew = call(&app, "device_join", join(&teacher, Some(&teacher))).await;
    assert_eq!(anew["me"]["name"], "Ines Moor");
    assert_eq!(anew["locks"], json!([]));
    close(app).await;
    let app = tablet.open_again();
    let chosen = call(&app, "space_choose", json!({"space": teacher})).await;
    assert_eq!(chosen["me"]["name"], "Ines Moor");
}

/// A key store over which the power goes: the next change is lost or is kept, and its caller never hears which.
#[derive(Default)]
struct Failing {
    keys: MemoryKeys,
    next: Mutex<Option<bool>>,
}

impl Keys for Failing {
    fn get(&self, name: &str) -> Kept<Option<Secret>> {
        self.keys.get(name)
    }

    fn put(&self, name: &str, secret: &Secret) -> Kept<()> {
        let mut next = self.next.lock().unwrap();
        match *next {
            Some(is_kept) => {
                if is_kept {
                    self.keys.put(name, secret)?;
                }
                // And nothing after it, until there is power again.
                *next = Some(false);
                Err(KeyError::Unavailable)
            }
            None => self.keys.put(name, secret),
        }
    }

    fn delete(&self, name: &str) -> Kept<()> {
        self.keys.delete(name)
    }

    fn kind(&self) -> KeyStore {
        KeyStore::File
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_while_a_pin_is_put_on_loses_nothing() {
    for is_kept in [false, true] {
        let keys = Arc::new(Failing::default());
        let tablet = Tablet::with(Arc::clone(&keys) as Arc<dyn Keys>);
        let app = tablet.open();
        let one = start_school(&app, "Foxglove School", "Robin Vale").await;
        add_person(&app, "Ewan Hill").await;
        *keys.next.lock().unwrap() = Some(is_kept);
        let request = json!({"old": null, "new": PIN, "after_minutes": 5});
        let refused = refusal(&app, "pin_put", request).await;
        assert_eq!(refused.code, Code::NotSaved);
        close(app).await;
        *keys.next.lock().unwrap() = None;
        let app = tablet.open_again();
        let opened = match is_kept {
            true => unlock(&app, &one, PIN).await.unwrap(),
            false => call(&app, "space_choose", json!({"space": one})).await,
        };
        assert_eq!(opened["me"]["name"], "Robin Vale");
        // And while it is taken off.
        if is_kept {
            *keys.next.lock().unwrap() = Some(true);
            let refused = refusal(&app, "pin_remove", json!({"pin": PIN})).await;
            assert_eq!(refused.code, Code::NotSaved);
            close(app).await;
            *keys.next.lock().unwrap() = None;
            let app = tablet.open_again();
            call(&app, "space_choose", json!({"space": one})).await;
            assert_eq!(people(&app).await.len(), 2);
        }
    }
}

#[test]
fn the_product_takes_no_cheaper_guesses_than_a_tablet_can_bear() {
    let settings = Settings::new(std::env::temp_dir().join("nobody"));
    assert_eq!(settings.pin_cost, Cost::TABLET);
}
