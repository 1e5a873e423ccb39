//! `ready`: asks a hub that is being served whether it can take in what is sent; for containers and other watchers.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use alongside_hub::HubError;

use super::Folder;

/// How long the hub may take to answer.
const WITHIN: Duration = Duration::from_secs(5);
/// More than the answer to this question ever is.
const MOST: u64 = 16 * 1024;

/// Asks a hub that is being served whether it can take in what is sent. Ends with 0 when it can.
///
/// It is asked where it tells its metrics (`serve --metrics`), which is never inside TLS.
#[derive(clap::Args)]
#[command(after_help = "Example:
  alongside-hub ready 127.0.0.1:8421")]
pub(super) struct Ready {
    /// Where the hub tells its metrics
    #[arg(value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8421")]
    address: SocketAddr,
}

impl Ready {
    pub(super) fn run(self, _: &Folder) -> Result<ExitCode, HubError> {
        let answer = ask(self.address).map_err(HubError::io(format!("Asking {}", self.address)))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if head.starts_with("HTTP/1.1 200 ") {
            say!("The hub is ready.");
            return Ok(ExitCode::SUCCESS);
        }
        let told: Option<String> = serde_json::from_str::<serde_json::Value>(body)
            .ok()
            .and_then(|told| Some(told.get("message")?.as_str()?.to_owned()));
        Err(HubError::Setting(told.unwrap_or_else(|| {
            format!(
                "What answers at {} is not a hub that tells its metrics there.",
                self.address
            )
        })))
    }
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut line = TcpStream::connect_timeout(&address, WITHIN)?;
    line.set_read_timeout(Some(WITHIN))?;
    line.set_write_timeout(Some(WITHIN))?;
    write!(
        line,
        "GET /ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    line.take(MOST).read_to_string(&mut answer)?;
    Ok(answer)
}
