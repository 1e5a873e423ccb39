//! `serve`: opens the hub for devices and browsers until it is told to stop.

use std::io::IsTerminal as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use alongside_api::CODE_MINUTES;
use alongside_hub::{Config, Hub, HubError, Pages, demo_addresses, make_folder, serve};
use clap::ValueEnum;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use super::code::local_time;
use super::{Folder, SERVED_AT, lock, pages};

/// Threads that may wait for the disk; enough for two cores, and a bound for memory.
const WAITING_THREADS: usize = 32;

/// Opens the hub for devices and browsers until it is told to stop (Ctrl-C or SIGTERM).
///
/// When the folder holds no school yet, a code is printed with which one is started on screen.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  On this machine only, to try it:
    alongside-hub serve

  In the school's network:
    alongside-hub serve --listen 0.0.0.0:8420 --allow-host walks.school.example

  Behind a proxy that speaks TLS:
    alongside-hub serve --behind-proxy --allow-host walks.school.example --address https://walks.school.example

RUST_LOG says how much is logged, such as RUST_LOG=debug. Names and words of people are never logged.")]
pub(super) struct Serve {
    /// The address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// Where records are kept: `sqlite:` is a file in the data folder
    #[arg(long, value_name = "URL", default_value = "sqlite:")]
    database: String,
    /// A name under which the hub may be asked, besides its address; can be given more than once
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Where people reach the hub, for the links of invitations [default: where it listens]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// A proxy stands before the hub and tells callers' addresses in X-Forwarded-For
    #[arg(long)]
    behind_proxy: bool,
    /// Serves the screens from this folder instead of those inside the program, read anew each time
    #[arg(long, value_name = "DIR")]
    ui: Option<PathBuf>,
    /// How lines of the log are written, to the standard error
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    log: LogForm,
    /// Opens /demo/observer, /demo/teacher and /demo/leader: only for the demo school, only on this machine
    #[arg(long)]
    demo_sign_ins: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogForm {
    /// For people
    Text,
    /// One object per line, for programs
    Json,
}

impl Serve {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        check_database(&self.database)?;
        start_log(self.log);
        let data_dir = folder.path()?;
        make_folder(&data_dir)?;
        let _locked = lock(&data_dir)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(WAITING_THREADS)
            .build()
            .map_err(HubError::io("Starting threads"))?;
        runtime.block_on(self.serve(data_dir))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn serve(self, data_dir: PathBuf) -> Result<(), HubError> {
        let listener = TcpListener::bind(self.listen).await.map_err(|source| match source.kind() {
            std::io::ErrorKind::AddrInUse => HubError::Setting(format!(
                "Something on this machine already listens on {}. Stop it, or use another: --listen {}",
                self.listen,
                SocketAddr::new(self.listen.ip(), self.listen.port().wrapping_add(1))
            )),
            _ => HubError::io(format!("Listening on {}", self.listen))(source),
        })?;
        let listens_on = listener
            .local_addr()
            .map_err(HubError::io("Asking for the own address"))?;
        let address = self
            .address
            .clone()
            .unwrap_or_else(|| address_of(listens_on));
        let hub = Hub::open(Config {
            pages: self
                .ui
                .clone()
                .map_or_else(|| Pages::built(pages::FILES), Pages::folder),
            hosts: self.names(&address),
            is_behind_proxy: self.behind_proxy,
            has_demo_sign_ins: self.demo_sign_ins,
            ..Config::new(data_dir)
        })?;
        note_address(&hub, &address)?;
        print_welcome(&hub, listens_on, &address)?;
        let setup = tokio::spawn(print_setup_codes(Arc::clone(&hub)));
        let served = serve(listener, hub, asked_to_stop()).await;
        setup.abort();
        served?;
        say!("Stopped. Everything that was received is kept.");
        Ok(())
    }

    /// The names given, and the one in the address that people use.
    fn names(&self, address: &str) -> Vec<String> {
        let after_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
        let authority = after_scheme.split('/').next().unwrap_or_default();
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        let own = self.address.is_some().then(|| host.to_owned());
        self.allow_host.iter().cloned().chain(own).collect()
    }
}

fn check_database(url: &str) -> Result<(), HubError> {
    let scheme = url.split(':').next().unwrap_or_default();
    match scheme {
        "sqlite" if url == "sqlite:" => Ok(()),
        "sqlite" => Err(HubError::Setting(
            "The SQLite file is always in the data folder: leave --database out, and choose the folder with --data-dir."
                .into(),
        )),
        "postgres" | "postgresql" => Err(HubError::Setting(
            "This version keeps its records in SQLite only. Leave --database out; PostgreSQL comes with a later version."
                .into(),
        )),
        _ => Err(HubError::Setting(format!("“{url}” is not a database this version knows. Leave --database out."))),
    }
}

/// Never in the log, however wide it is opened: this writes down the paths that callers make up, which may hold a code
/// someone pasted, and what a panic says, which may quote what someone wrote.
const UNSAID: &str = "tower_http=off";

fn start_log(form: LogForm) {
    let mut filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    if let Ok(unsaid) = UNSAID.parse() {
        filter = filter.add_directive(unsaid);
    }
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match form {
        LogForm::Text => log.init(),
        LogForm::Json => log.json().init(),
    }
    std::panic::set_hook(Box::new(|panicked| {
        // Where it was, and not what it says.
        let place = panicked
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "something went wrong inside; what was saved is safe");
    }));
}

fn address_of(listens_on: SocketAddr) -> String {
    let ip = match listens_on.ip() {
        // Nobody can be sent to "every address"; this one works at least here.
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listens_on.port()))
}

/// Keeps the address for `alongside-hub invite`.
fn note_address(hub: &Hub, address: &str) -> Result<(), HubError> {
    let store = hub.desk().store();
    if store.read()?.note(SERVED_AT)?.as_deref() == Some(address) {
        return Ok(());
    }
    let mut writer = store.write()?;
    writer.note_put(SERVED_AT, Some(address))?;
    writer.commit()?;
    Ok(())
}

fn print_welcome(hub: &Hub, listens_on: SocketAddr, address: &str) -> Result<(), HubError> {
    say!("Alongside hub {}", env!("CARGO_PKG_VERSION"));
    say!("  address   {address}");
    if let Some((_, name)) = hub.desk().school_name()? {
        say!("  school    {name}");
    }
    if hub.has_demo_sign_ins() {
        say!("\nThe demo school is open. Click, and you are signed in:");
        for (role, address) in demo_addresses(listens_on) {
            say!("  {role:8}  {address}");
        }
        say!(
            "Each has a name of its own, so all three can be open side by side. In a browser that does not find"
        );
        say!("them, use {address}/demo/observer, /demo/teacher or /demo/leader, one at a time.");
    }
    if !listens_on.ip().is_loopback() && address.starts_with("http://") {
        say!(
            "\nAnyone in this network can read along, because the hub speaks plain HTTP. Put a proxy with TLS"
        );
        say!("before it (see `alongside-hub serve --help`) before real records go over it.");
    }
    say!("");
    Ok(())
}

/// While there is no school: prints a code to start one with, and a new one when it is too old.
async fn print_setup_codes(hub: Arc<Hub>) {
    let minutes = u64::try_from(CODE_MINUTES).unwrap_or(30);
    let mut every = tokio::time::interval(Duration::from_secs(minutes * 60));
    loop {
        every.tick().await;
        let desk = Arc::clone(hub.desk());
        let fresh = tokio::task::spawn_blocking(move || match desk.school_name()? {
            Some(_) => Ok(None),
            None => desk.setup_code().map(Some),
        });
        match fresh.await {
            Ok(Ok(Some(fresh))) => {
                say!(
                    "There is no school here yet. Open the address and start one with the code {}",
                    fresh.code
                );
                say!("(until {}; then a new one is printed).", local_time(&fresh));
            }
            Ok(Ok(None)) => return,
            Ok(Err(error)) => tracing::error!(%error, "no code to start a school could be made"),
            Err(error) => tracing::error!(%error, "no code to start a school could be made"),
        }
    }
}

/// Completes at Ctrl-C or when the system asks to stop.
async fn asked_to_stop() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
