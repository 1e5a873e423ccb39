//! `serve`: opens the hub for devices and browsers until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use alongside_api::CODE_MINUTES;
use alongside_hub::{
    Config, Hub, HubError, Pages, demo_addresses, make_folder, serve, serve_metrics, serve_tls,
};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::code::local_time;
use super::log::{self, LogForm};
use super::tls::{TlsOptions, parted};
use super::{Folder, SERVED_AT, lock, pages};

/// Threads that may wait for the disk; enough for two cores, and a bound for memory.
const WAITING_THREADS: usize = 32;
/// How long work that waits for the disk may go on when all else has ended.
const THREADS_STOP_WITHIN: Duration = Duration::from_secs(5);

/// Opens the hub for devices and browsers until it is told to stop (Ctrl-C or SIGTERM).
///
/// When the folder holds no school yet, a code is printed with which one is started on screen.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  On this machine only, to try it:
    alongside-hub serve

  In the school's network:
    alongside-hub serve --listen 0.0.0.0:8420 --allow-host walks.school.example

  In the school's network, encrypted with a key of its own that invitations carry:
    alongside-hub serve --listen 0.0.0.0:8420 --tls-self-signed

  With a certificate for its name:
    alongside-hub serve --listen 0.0.0.0:443 --address https://walks.school.example --tls-cert chain.pem --tls-key key.pem

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
    #[command(flatten)]
    tls: TlsOptions,
    /// Serves the screens from this folder instead of those inside the program, read anew each time
    #[arg(long, value_name = "DIR")]
    ui: Option<PathBuf>,
    /// Tells operators how the hub is, as /metrics, /ready and /health, on an address of their own; off unless given
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
    /// How lines of the log are written, to the standard error
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    log: LogForm,
    /// Opens /demo/observer, /demo/teacher and /demo/leader: only for the demo school, only on this machine
    #[arg(long)]
    demo_sign_ins: bool,
}

impl Serve {
    pub(super) fn run(self, folder: &Folder) -> Result<ExitCode, HubError> {
        check_database(&self.database)?;
        log::start(self.log);
        let data_dir = folder.path()?;
        make_folder(&data_dir)?;
        let _locked = lock(&data_dir)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(WAITING_THREADS)
            .build()
            .map_err(HubError::io("Starting threads"))?;
        let served = runtime.block_on(self.serve(data_dir));
        runtime.shutdown_timeout(THREADS_STOP_WITHIN);
        served.map(|()| ExitCode::SUCCESS)
    }

    async fn serve(self, data_dir: PathBuf) -> Result<(), HubError> {
        let listener = listen("--listen", self.listen).await?;
        let operators = match self.metrics {
            Some(address) => Some(listen("--metrics", address).await?),
            None => None,
        };
        let listens_on = listener
            .local_addr()
            .map_err(HubError::io("Asking for the own address"))?;
        let address = self
            .address
            .clone()
            .unwrap_or_else(|| self.tls.address_of(listens_on));
        let hub = Hub::open(Config {
            pages: self
                .ui
                .clone()
                .map_or_else(|| Pages::built(pages::FILES), Pages::folder),
            hosts: self.names(&address),
            is_behind_proxy: self.behind_proxy,
            has_demo_sign_ins: self.demo_sign_ins,
            ..Config::new(&data_dir)
        })?;
        let tls = self.tls.tls(&hub)?;
        let address = self.tls.pinned(address, tls.as_ref());
        note_address(&hub, &address)?;
        print_welcome(&hub, listens_on, &address)?;
        // Both end with this call. Operators are told to the very end how it goes.
        let mut beside = JoinSet::new();
        beside.spawn(print_setup_codes(Arc::clone(&hub)));
        beside.spawn(
            self.tls
                .clone()
                .read_again_when_asked(tls.clone(), Arc::clone(&hub)),
        );
        let announced = self.tls.announce(hub.id(), listens_on);
        if let Some(operators) = operators {
            say_metrics(&operators);
            beside.spawn(tell_metrics(operators, Arc::clone(&hub)));
        }
        tracing::info!("serving");
        tell_system(Told::Ready);
        let stop = async {
            asked_to_stop().await;
            tell_system(Told::Stopping);
        };
        let served = match tls {
            Some(tls) => serve_tls(listener, hub, tls, stop).await,
            None => serve(listener, hub, stop).await,
        };
        drop((announced, beside));
        served?;
        say!("Stopped. Everything that was received is kept.");
        Ok(())
    }

    /// The names given, and the one in the address that people use.
    fn names(&self, address: &str) -> Vec<String> {
        let after_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
        let authority = after_scheme.split(['/', '#']).next().unwrap_or_default();
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        let own = self.address.is_some().then(|| host.to_owned());
        self.allow_host.iter().cloned().chain(own).collect()
    }
}

async fn listen(option: &str, address: SocketAddr) -> Result<TcpListener, HubError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => HubError::Setting(format!(
            "Something on this machine already listens on {address}. Stop it, or use another: {option} {}",
            SocketAddr::new(address.ip(), address.port().wrapping_add(1))
        )),
        _ => HubError::io(format!("Listening on {address}"))(source),
    })
}

fn say_metrics(operators: &TcpListener) {
    if let Ok(address) = operators.local_addr() {
        say!("Metrics for operators are at http://{address}/metrics.");
    }
}

async fn tell_metrics(operators: TcpListener, hub: Arc<Hub>) {
    if let Err(error) = serve_metrics(operators, hub).await {
        tracing::error!(%error, "the metrics cannot be told any more");
    }
}

/// What the system is told that started this program, if it wants to know.
enum Told {
    Ready,
    Stopping,
}

#[cfg(target_os = "linux")]
fn tell_system(told: Told) {
    let state = match told {
        Told::Ready => sd_notify::NotifyState::Ready,
        Told::Stopping => sd_notify::NotifyState::Stopping,
    };
    // Without systemd there is nobody to tell, which is no error.
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told how the hub is");
    }
}

#[cfg(not(target_os = "linux"))]
fn tell_system(_: Told) {}

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
    let (place, key) = parted(address);
    say!("  address   {place}");
    if let Some(key) = key {
        say!("  key       {key}");
    }
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
