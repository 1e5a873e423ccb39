//! The hub program with the demo school, which can be switched off and on, and asked over HTTP as any device would.

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::window::free_port;
use crate::{http, program, until};

/// A hub on a port that it keeps.
pub struct DemoHub {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
    cast: Value,
    client: reqwest::Client,
}

impl DemoHub {
    /// The demo school, served.
    pub async fn with_demo() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut hub = Self {
            folder,
            port: free_port(),
            child: None,
            cast: Value::Null,
            client: http(),
        };
        hub.cast = hub.says(&["demo"]);
        hub.switch_on().await;
        hub
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Serves, and waits until it answers.
    pub async fn switch_on(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        let child = Command::new(program("alongside-hub"))
            .args(["serve", "--listen", &listen, "--data-dir"])
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        let health = format!("{}/health", self.address());
        until("the hub answers", async || {
            self.client.get(&health).send().await.ok()
        })
        .await;
    }

    /// Pulls the plug.
    pub fn switch_off(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The memory it takes in bytes, while it serves.
    pub fn memory(&self) -> Option<u64> {
        crate::window::memory_of(self.child.as_ref()?.id())
    }

    /// A one-time code for one of the three people to be.
    pub fn invite(&self, role: &str) -> String {
        let person = self.cast[role].as_str().unwrap();
        self.says(&["invite", "--person", person])["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// What `check` finds, served or not; panics when the store is not whole.
    pub fn check(&self) -> Value {
        self.says(&["check"])
    }

    /// What a command prints for another program.
    fn says(&self, arguments: &[&str]) -> Value {
        let mut command = Command::new(program("alongside-hub"));
        let output = command
            .args(arguments)
            .args(["--json", "--data-dir"])
            .arg(self.folder.path())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Lets another device in for one of the three, and returns what asks commands on it.
    pub async fn other_device(&self, role: &str) -> Other<'_> {
        let device = json!({"id": Uuid::now_v7(), "name": "Another"});
        let body = json!({"code": self.invite(role), "device": device});
        let answer = self
            .client
            .post(format!("{}/v1/pair", self.address()))
            .json(&body)
            .send()
            .await
            .unwrap();
        let paired: Value = answer.json().await.unwrap();
        Other {
            hub: self,
            token: paired["token"].as_str().expect("a token").to_owned(),
        }
    }
}

impl Drop for DemoHub {
    fn drop(&mut self) {
        self.switch_off();
    }
}

/// Another device of somebody.
pub struct Other<'a> {
    hub: &'a DemoHub,
    token: String,
}

impl Other<'_> {
    /// What the hub answers to a command.
    pub async fn ask(&self, command: &str, request: Value) -> Value {
        let url = format!("{}/rpc/{command}", self.hub.address());
        let answer = self
            .hub
            .client
            .post(url)
            .bearer_auth(&self.token)
            .json(&request)
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    }
}
