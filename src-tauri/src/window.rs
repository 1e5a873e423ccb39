//! The window: one command, its events, and its life. What is asked and told is not decided here.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use alongside_api::{ApiError, Code, Where, command};
use serde_json::Value;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Emitter as _, Manager as _, RunEvent, State, WebviewWindowBuilder, WindowEvent,
    async_runtime,
};
use tracing_subscriber::EnvFilter;

use crate::args::{Args, KeysIn};
use crate::banner::Banners;
#[cfg(desktop)]
use crate::keys::PlatformKeys;
use crate::keys::{DeviceKeys, Keys};
use crate::spaces::FolderError;
use crate::takeaway::{self, Keeping};
use crate::{App, Event, Settings};

/// The window's name, in the configuration and in the capabilities.
pub(crate) const MAIN: &str = "main";
/// What is logged unless `RUST_LOG` says otherwise.
const LOGGED: &str =
    "warn,alongside_app=info,alongside_sync=info,alongside_store=info,alongside_api=info";
/// Makes the page send what is typed and not yet written, as it does when it is left.
const LEAVE_PAGE: &str = "dispatchEvent(new Event('pagehide'))";
/// How long a page that is being closed has to begin that, and how long at the most to end it.
const LEAVE_WITHIN: Duration = Duration::from_millis(150);
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait for a folder that is in use.
const FREE_WITHIN: Duration = Duration::from_secs(2);

/// Opens the window and stays until it is closed.
pub fn run(args: Args) -> ExitCode {
    log_to_stderr();
    let built = tauri::Builder::default().plugin(tauri_plugin_notification::init());
    #[cfg(desktop)]
    let built = built.plugin(tauri_plugin_dialog::init());
    #[cfg(mobile)]
    let built = built
        .plugin(alongside_handover::init())
        .plugin(tauri_plugin_barcode_scanner::init())
        .plugin(alongside_keystore::init());
    let built = built
        .setup(move |tauri| {
            if let Err(error) = set_up(tauri.handle(), args) {
                say(&format!("Alongside could not open its window: {error}"));
                std::process::exit(1);
            }
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![call, take])
        .build(tauri::generate_context!());
    match built {
        Ok(tauri) => {
            let code = tauri.run_return(live);
            u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Err(error) => {
            say(&format!("Alongside could not open a window: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// What the window's handlers share.
struct Shell {
    /// The app; or, when its folder cannot be used, what every call is answered with.
    app: Result<Arc<App>, ApiError>,
    /// Where files go that are taken away.
    keeping: Keeping,
    /// How many calls to the desk are under way.
    calls: AtomicUsize,
    is_closing: AtomicBool,
}

/// A row of the table in `api`, by name.
#[tauri::command]
async fn call(shell: State<'_, Shell>, name: String, request: Value) -> Result<Value, ApiError> {
    let app = shell.app.clone()?;
    // The network is not waited for when the window closes; the disk is.
    let is_for_desk = command(&name).is_some_and(|command| command.at == Where::Desk);
    let count = usize::from(is_for_desk);
    shell.calls.fetch_add(count, Ordering::Relaxed);
    let answer = app.call(&name, request).await;
    shell.calls.fetch_sub(count, Ordering::Relaxed);
    answer
}

/// A row of the table that makes a file: it is kept or handed over from here, and the page hears how that ended.
#[tauri::command]
async fn take(
    handle: AppHandle,
    shell: State<'_, Shell>,
    name: String,
    request: Value,
) -> Result<Value, ApiError> {
    let app = shell.app.clone()?;
    takeaway::take(&handle, &app, shell.keeping.clone(), &name, request).await
}

fn set_up(handle: &AppHandle, args: Args) -> tauri::Result<()> {
    let data = match args.data_dir {
        Some(data) => data,
        None => handle.path().app_data_dir()?,
    };
    let platform = match args.keys {
        KeysIn::System => platform_keys(handle),
        KeysIn::File => None,
    };
    let settings = Settings {
        join: args.join,
        keys: Arc::new(DeviceKeys::new(&data, platform)),
        notifier: Arc::new(Banners(handle.clone())),
        ..Settings::new(&data)
    };
    let window = handle.clone();
    let tell = move |event: Event| {
        if let Err(error) = window.emit_to(MAIN, event.name(), event) {
            tracing::warn!(%error, "the window was not told of a change");
        }
    };
    let latest = Instant::now() + FREE_WITHIN;
    let opened = loop {
        match App::new(settings.clone(), tell.clone()) {
            // The window before may be on its way out.
            Err(FolderError::Taken(_)) if Instant::now() < latest => {
                std::thread::sleep(LEAVE_WITHIN)
            }
            opened => break opened,
        }
    };
    let app = match opened {
        Ok(app) => Ok(Arc::new(app)),
        Err(error @ FolderError::Taken(_)) => {
            say(&error.to_string());
            std::process::exit(1);
        }
        Err(error) => {
            say(&error.to_string());
            Err(ApiError::new(Code::Internal, error.to_string()))
        }
    };
    if let Ok(app) = &app {
        // While the page loads.
        let app = Arc::clone(app);
        async_runtime::spawn(async move {
            app.start().await;
            app.send_for_others().await;
        });
    }
    // Without a folder there is nothing to remember.
    let page = app.is_ok().then(|| data.join("page"));
    handle.manage(Shell {
        app,
        keeping: args.files_dir.map_or(Keeping::Chosen, Keeping::In),
        calls: AtomicUsize::new(0),
        is_closing: AtomicBool::new(false),
    });
    takeaway::forget_shared(handle);
    #[cfg(mobile)]
    leave_out_of_backups(handle, data.clone());
    open_window(handle, page)?;
    #[cfg(all(unix, desktop))]
    close_when_told(handle);
    Ok(())
}

/// Marks the folder for the system's backups, while the page loads.
#[cfg(mobile)]
fn leave_out_of_backups(handle: &AppHandle, data: PathBuf) {
    let handle = handle.clone();
    std::thread::spawn(move || {
        let store = handle.state::<alongside_keystore::KeyStore<tauri::Wry>>();
        if let Err(error) = store.leave_out_of_backups(&data) {
            tracing::warn!(%error, "the folder was not marked for backups");
        }
    });
}

/// The key store of the system.
#[cfg(desktop)]
fn platform_keys(_: &AppHandle) -> Option<Arc<dyn Keys>> {
    Some(Arc::new(PlatformKeys))
}

/// The key store of the system.
#[cfg(mobile)]
fn platform_keys(handle: &AppHandle) -> Option<Arc<dyn Keys>> {
    Some(Arc::new(crate::keys::MobileKeys(handle.clone())))
}

/// Opens the window. What its page likes to remember (colours, the hand) belongs to this install, so it goes to `page`.
fn open_window(handle: &AppHandle, page: Option<PathBuf>) -> tauri::Result<()> {
    let Some(config) = handle
        .config()
        .app
        .windows
        .iter()
        .find(|window| window.label == MAIN)
    else {
        return Err(tauri::Error::WindowNotFound);
    };
    let window = WebviewWindowBuilder::from_config(handle, config)?
        // The page is ours alone: it leads nowhere else.
        .on_navigation(|url| {
            url.scheme() == "tauri"
                || url.scheme() == "about"
                || url.host_str() == Some("tauri.localhost")
        })
        // Files leave by `take`; nothing else is ever downloaded.
        .on_download(|_, _| false)
        .on_new_window(|_, _| NewWindowResponse::Deny);
    let window = match page {
        #[cfg(desktop)]
        Some(page) => window.data_directory(page),
        #[cfg(not(desktop))]
        Some(_) => window,
        None => window.incognito(true),
    };
    window.build()?;
    Ok(())
}

/// The life of the program.
fn live(handle: &AppHandle, event: RunEvent) {
    // The loop begins to turn before the app is there.
    let Some(shell) = handle.try_state::<Shell>() else {
        return;
    };
    match event {
        RunEvent::WindowEvent {
            event: WindowEvent::CloseRequested { api, .. },
            ..
        } => {
            api.prevent_close();
            if !shell.is_closing.swap(true, Ordering::Relaxed) {
                async_runtime::spawn(close(handle.clone()));
            }
        }
        RunEvent::WindowEvent {
            event: WindowEvent::Focused(true),
            ..
        } => front(&shell),
        #[cfg(desktop)]
        RunEvent::WindowEvent {
            event: WindowEvent::Focused(false),
            ..
        } => away(&shell),
        #[cfg(mobile)]
        RunEvent::WindowEvent {
            event: WindowEvent::Resumed,
            ..
        } => front(&shell),
        #[cfg(mobile)]
        RunEvent::WindowEvent {
            event: WindowEvent::Suspended,
            ..
        } => {
            if let Ok(app) = &shell.app {
                app.back();
            }
        }
        RunEvent::Exit => {
            if let Ok(app) = &shell.app {
                async_runtime::block_on(app.close());
            }
        }
        _ => {}
    }
}

fn front(shell: &Shell) {
    if let Ok(app) = &shell.app {
        app.front();
    }
}

/// The window is out of sight: a space with a PIN is locked after a while.
#[cfg(desktop)]
fn away(shell: &Shell) {
    if let Ok(app) = &shell.app
        && let Some(patience) = app.away()
    {
        let app = Arc::downgrade(app);
        async_runtime::spawn(async move {
            tokio::time::sleep(patience).await;
            if let Some(app) = app.upgrade() {
                app.lock_if_due();
            }
        });
    }
}

/// Closes the window once the page has sent what was typed last and it is written.
async fn close(handle: AppHandle) {
    let Some(window) = handle.get_webview_window(MAIN) else {
        handle.exit(0);
        return;
    };
    for done in [window.hide(), window.eval(LEAVE_PAGE)] {
        if let Err(error) = done {
            tracing::warn!(%error, "the window did not heed that it is being closed");
        }
    }
    let shell = handle.state::<Shell>();
    let latest = Instant::now() + CLOSE_WITHIN;
    loop {
        tokio::time::sleep(LEAVE_WITHIN).await;
        if shell.calls.load(Ordering::Relaxed) == 0 || Instant::now() > latest {
            break;
        }
    }
    if window.destroy().is_err() {
        handle.exit(0);
    }
}

/// Closes the window in good order when the system or a terminal says so.
#[cfg(all(unix, desktop))]
fn close_when_told(handle: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let handle = handle.clone();
    async_runtime::spawn(async move {
        let (Ok(mut term), Ok(mut interrupt)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        if !handle
            .state::<Shell>()
            .is_closing
            .swap(true, Ordering::Relaxed)
        {
            close(handle).await;
        }
    });
}

/// Structured lines on standard error, without names or words of people; and each panic once, where it was.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    // Fails when there is a log already, which is as well.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .try_init();
    std::panic::set_hook(Box::new(|panicked| {
        // Not what it says: that may quote what someone wrote.
        let place = panicked
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(place, "something went wrong inside; what was saved is safe");
    }));
}

/// Says something to whoever started the program. With no one there, it is lost, and that is all.
fn say(sentence: &str) {
    let _ = writeln!(std::io::stderr(), "{sentence}");
}
