//! The real app in its real window, and what a hand and an eye can do with it, over the WebDriver protocol.
//!
//! The protocol is a handful of POSTs, so they are made here. A library for it would turn on `preserve_order` of
//! serde_json for the whole workspace, and the programs that are tried would not be the ones that are shipped.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use alongside_tests::{PATIENCE, http, until};
use serde_json::{Value, json};

use super::program;

/// The key under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Where files go that are taken away, inside the folder of an app.
pub const TAKEN: &str = "taken";

/// The key that ends a line.
const ENTER: &str = "\u{E007}";

/// Finds the first visible element of a kind by its name: its label, what it is called, or the words in it. A name
/// that ends in `…` may go on.
const FIND: &str = r"
  const [selector, name] = arguments;
  const words = (element) =>
    (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).replace(/\s+/g, ' ').trim();
  const fits = name.endsWith('…') ? (text) => text.startsWith(name.slice(0, -1)) : (text) => text === name;
  return [...document.querySelectorAll(selector)].find((element) => element.checkVisibility() && fits(words(element))) ?? null;
";

/// A free port; somebody else could take it in the next moment, and then the test says so.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The app over one folder, in a window.
pub struct Window {
    driver: Child,
    session: String,
    client: reqwest::Client,
}

impl Window {
    /// Starts the app over `folder`, with an invitation for the first start if there is one.
    pub async fn open(folder: &Path, join: Option<&str>) -> Self {
        assert!(
            std::env::var_os("DISPLAY").is_some(),
            "There is no display for the window; this makes one in memory: xvfb-run -a dbus-run-session cargo nextest run"
        );
        let port = free_port();
        let mut command = Command::new("WebKitWebDriver");
        command
            .args([format!("--port={port}"), "--host=127.0.0.1".into()])
            // Lets the driver in; an app that is started without it cannot be driven.
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs([("GDK_BACKEND", "x11"), ("LIBGL_ALWAYS_SOFTWARE", "1")])
            .envs([
                ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
                ("NO_AT_BRIDGE", "1"),
            ])
            .env_remove("ALONGSIDE_JOIN")
            // Nobody can press a dialogue of the system here.
            .env("ALONGSIDE_FILES_DIR", folder.join(TAKEN))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(join) = join {
            command.env("ALONGSIDE_JOIN", join);
        }
        let driver = command
            .spawn()
            .expect("WebKitWebDriver (Debian: webkit2gtk-driver) is not installed");
        let mut window = Self {
            driver,
            session: String::new(),
            client: http(),
        };
        let base = format!("http://127.0.0.1:{port}");
        let options = json!({"binary": program("alongside"), "args": ["--keys", "file", "--data-dir", folder]});
        let capabilities =
            json!({"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}});
        let session = until("the driver has opened the window", async || {
            let answer = window
                .client
                .post(format!("{base}/session"))
                .json(&capabilities)
                .send()
                .await
                .ok()?;
            let answer: Value = answer.json().await.ok()?;
            assert!(
                answer["value"]["error"].is_null(),
                "the app could not be driven: {answer}"
            );
            Some(answer["value"]["sessionId"].as_str()?.to_owned())
        })
        .await;
        window.session = format!("{base}/session/{session}");
        window
    }

    async fn ask(&self, path: &str, body: Value) -> Result<Value, String> {
        let answer = self
            .client
            .post(format!("{}/{path}", self.session))
            .json(&body)
            .send()
            .await;
        let mut answer: Value = answer
            .map_err(|e| e.to_string())?
            .json()
            .await
            .map_err(|e| e.to_string())?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }

    /// Runs a script in the page and returns what it returns.
    pub async fn run(&self, script: &str, arguments: Value) -> Value {
        let answer = self
            .ask("execute/sync", json!({"script": script, "args": arguments}))
            .await;
        answer.unwrap_or_else(|error| panic!("{error}\n{script}"))
    }

    /// Polls until a fact is there; where it does not come, the report is what was to be read instead.
    async fn until<T>(&self, what: &str, mut fact: impl AsyncFnMut() -> Option<T>) -> T {
        let polled = async {
            loop {
                if let Some(value) = fact().await {
                    return value;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, polled).await {
            Ok(value) => value,
            Err(_) => {
                let script = "return document.body.innerText";
                let page = self
                    .ask("execute/sync", json!({"script": script, "args": []}))
                    .await;
                panic!("this never came true: {what}\nThe page reads: {page:?}");
            }
        }
    }

    /// What the app answers to a command, as its own page would ask it.
    pub async fn command(&self, name: &str, request: Value) -> Value {
        let script = "const [name, request, answer] = arguments;
            window.__TAURI_INTERNALS__.invoke('call', { name, request }).then(answer, answer)";
        let asked = json!({"script": script, "args": [name, request]});
        self.ask("execute/async", asked)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The element, put into the middle of the window as a hand would: bars that stay in sight lie at its edges.
    async fn find(&self, kind: &str, name: &str) -> Option<String> {
        let script = format!(
            "const find = function() {{ {FIND} }}; const found = find(...arguments);
             found?.scrollIntoView({{ block: 'center' }}); return found"
        );
        // The page may be on its way from one document to the next.
        let found = self
            .ask(
                "execute/sync",
                json!({"script": script, "args": [kind, name]}),
            )
            .await;
        Some(found.ok()?[ELEMENT].as_str()?.to_owned())
    }

    /// Clicks what has this name, once it is there and can be clicked.
    pub async fn click(&self, kind: &str, name: &str) {
        self.until(&format!("{kind} “{name}” can be clicked"), async || {
            let element = self.find(kind, name).await?;
            self.ask(&format!("element/{element}/click"), json!({}))
                .await
                .ok()
        })
        .await;
    }

    /// Types into the field with this label, by keys.
    pub async fn type_into(&self, label: &str, text: &str) {
        self.until(&format!("“{label}” can be typed into"), async || {
            let element = self.find("input, textarea", label).await?;
            self.ask(
                &format!("element/{element}/value"),
                json!({"text": text.replace('\n', ENTER)}),
            )
            .await
            .ok()
        })
        .await;
    }

    /// Waits until these words are to be read on the page.
    pub async fn reads(&self, words: &str) {
        let script = "return document.body.innerText.replace(/\\s+/g, ' ').includes(arguments[0])";
        self.until(&format!("“{words}” is to be read"), async || {
            let is_there = self
                .ask("execute/sync", json!({"script": script, "args": [words]}))
                .await
                .ok()?;
            is_there.as_bool()?.then_some(())
        })
        .await;
    }

    /// Waits until a mark stands: what the button with this name says of itself.
    pub async fn is_pressed(&self, name: &str, pressed: bool) {
        let script = format!(
            "const find = function() {{ {FIND} }}; return find(...arguments)?.getAttribute('aria-pressed')"
        );
        until(
            &format!("“{name}” is {}pressed", if pressed { "" } else { "not " }),
            async || {
                let answer = self
                    .ask(
                        "execute/sync",
                        json!({"script": script, "args": ["button", name]}),
                    )
                    .await
                    .ok()?;
                (answer == if pressed { "true" } else { "false" }).then_some(())
            },
        )
        .await;
    }

    /// The process of the app, which the driver has started.
    fn app(&self) -> Option<u32> {
        let driver = self.driver.id().to_string();
        std::fs::read_dir("/proc")
            .ok()?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .find(|pid| {
                // After the name, which may have spaces in it: state, then the parent.
                let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                stat.rsplit_once(") ")
                    .and_then(|(_, rest)| rest.split(' ').nth(1))
                    == Some(&driver)
            })
    }

    /// Kills the app as a flat battery does: nobody is told, nothing is written down.
    pub async fn kill(self) {
        let app = self.app().expect("the app is running");
        kill(app);
        until("the app is gone", async || (!is_alive(app)).then_some(())).await;
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(app) = self.app() {
            kill(app);
        }
        // It may have ended with its app.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn kill(pid: u32) {
    let _ = Command::new("kill")
        .args(["-9", &pid.to_string()])
        .stderr(Stdio::null())
        .status();
}

/// Whether it runs; a process that has ended and that nobody has asked after yet does not.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
