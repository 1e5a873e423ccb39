//! The table of commands, the options they share, and where a hub's folder is.

#[macro_use]
mod say;

mod archive;
mod backup;
mod check;
mod code;
mod demo;
mod invite;
mod pages;
mod people;
mod restore;
mod retention;
mod school;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use alongside_api::Desk;
use alongside_hub::{HubError, STORE_FILE, open_desk};
use alongside_store::StoreKey;
use alongside_sync::SystemWall;
use clap::{Args, Parser, Subcommand};

/// The note in which a hub keeps the address it is reached at, for the links of invitations.
const SERVED_AT: &str = "served_at";

#[derive(Parser)]
#[command(
    name = "alongside-hub",
    version,
    about = "The hub of a school that uses Alongside: devices sync with it, and browsers open its screens.",
    after_help = "Examples:
  Try it, with a demo school:
    alongside-hub demo --data-dir demo
    alongside-hub serve --data-dir demo --demo-sign-ins

  A school of your own:
    alongside-hub school create --name \"Brookfield School\" --head \"Sam Field\"
    alongside-hub serve --listen 0.0.0.0:8420"
)]
struct Cli {
    #[command(flatten)]
    folder: Folder,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Folder {
    /// The folder that holds everything of this hub [default: alongside-hub in the user's data folder]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "ALONGSIDE_HUB_DATA_DIR",
        hide_env_values = true
    )]
    data_dir: Option<PathBuf>,
}

/// Each command's own file says what it does, here and in its help.
#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    #[command(subcommand)]
    School(school::School),
    People(people::People),
    Invite(invite::Invite),
    Demo(demo::Demo),
    Check(check::Check),
    Archive(archive::Archive),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Retention(retention::Retention),
}

/// Reads the command line and does what it says.
pub(crate) fn run() -> Result<ExitCode, HubError> {
    let cli = Cli::parse();
    let folder = cli.folder;
    match cli.command {
        Command::Serve(serve) => serve.run(&folder),
        Command::School(school) => school.run(&folder),
        Command::People(people) => people.run(&folder),
        Command::Invite(invite) => invite.run(&folder),
        Command::Demo(demo) => demo.run(&folder),
        Command::Check(check) => check.run(&folder),
        Command::Archive(archive) => archive.run(&folder),
        Command::Backup(backup) => backup.run(&folder),
        Command::Restore(restore) => restore.run(&folder),
        Command::Retention(retention) => retention.run(&folder),
    }
}

impl Folder {
    /// The folder of this hub.
    fn path(&self) -> Result<PathBuf, HubError> {
        let default = || dirs::data_dir().map(|data| data.join("alongside-hub"));
        self.data_dir.clone().or_else(default).ok_or_else(|| {
            HubError::Setting(
                "This user has no data folder. Say where the hub is with --data-dir DIR.".into(),
            )
        })
    }

    /// The hub that is in the folder already; it may be running.
    fn open(&self) -> Result<Arc<Desk>, HubError> {
        let path = self.path()?;
        if !path.join(STORE_FILE).exists() {
            return Err(HubError::Setting(format!(
                "There is no hub in {}. Say where it is with --data-dir, or begin with `alongside-hub school create`.",
                path.display()
            )));
        }
        open(&path)
    }

    /// The hub in the folder; made when it is not there.
    fn open_or_make(&self) -> Result<Arc<Desk>, HubError> {
        open(&self.path()?)
    }
}

fn open(path: &Path) -> Result<Arc<Desk>, HubError> {
    Ok(open_desk(path, &StoreKey::Plain, Arc::new(SystemWall), |_| {})?.0)
}

/// Keeps others from serving or replacing this folder as long as the answer lives.
///
/// Errors when someone already does.
fn lock(path: &Path) -> Result<std::fs::File, HubError> {
    let name = path.join("hub.lock");
    let file =
        std::fs::File::create(&name).map_err(HubError::io(format!("Making {}", name.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(HubError::Setting(format!(
            "Another alongside-hub already serves {}. Stop it first, or use another --data-dir.",
            path.display()
        ))),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(HubError::io(format!("Locking {}", name.display()))(error))
        }
    }
}

/// Prints a value as JSON on one line.
fn print_json(value: &serde_json::Value) {
    say!("{value}");
}
