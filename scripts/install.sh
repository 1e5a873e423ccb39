#!/usr/bin/env bash
# Makes a fresh Debian or Ubuntu machine ready: `install.sh run` for `make run`, `install.sh test` for `make test`.
# Installs only what is missing, and says what and why first. Rust and Node are checked, never installed: people keep
# them in their own ways, so the line that would do it is printed instead.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-run}
rust_needed=1.95.0
node_needed=20.19.0

say() { printf '%s\n' "$*"; }
stop() {
  printf '\n%s\n' "$@" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
# Whether version $1 is at least version $2.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# --- Packages of the system -------------------------------------------------------------------------------------

missing=()
reasons=()
# need PACKAGE REASON CHECK...: the package is missing when the check fails.
need() {
  local package=$1 reason=$2
  shift 2
  if ! "$@" >/dev/null 2>&1; then
    missing+=("$package")
    reasons+=("$reason")
  fi
}
any_chromium() { have chromium || have chromium-browser || have google-chrome; }

if [ "$(uname -s)" = Linux ]; then
  need build-essential "a C compiler and linker (SQLite, zstd and the TLS library have C in them)" have cc
  need pkg-config "finds the libraries below" have pkg-config
  need libwebkit2gtk-4.1-dev "the web view that the app's window is made of" pkg-config --exists webkit2gtk-4.1
  need libgtk-3-dev "the window itself" pkg-config --exists gtk+-3.0
  need libssl-dev "the AES that the store of a device is locked with (libcrypto, for SQLCipher)" pkg-config --exists libcrypto
  if [ "$purpose" = test ]; then
    need xvfb "a display in memory, for tests of the real window" have Xvfb
    need xauth "lets the tests use that display" have xauth
    need dbus "a message bus of the tests' own" have dbus-run-session
    need webkit2gtk-driver "drives the real window in tests" have WebKitWebDriver
    need x11-apps "takes the picture of a window (xwd)" have xwd
    need chromium "the browser that the screens are tested in" any_chromium
  fi
fi

if [ ${#missing[@]} -gt 0 ]; then
  say "Missing on this machine:"
  for i in "${!missing[@]}"; do say "  ${missing[$i]}: ${reasons[$i]}"; done
  if ! have apt-get; then
    stop "There is no apt-get here, so these cannot be installed for you. Install what your system calls them and run the same command again."
  fi
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || stop "Installing them needs root, and there is no sudo. As root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing them with apt-get${as_root:+ (sudo may ask for your password)} ..."
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  quiet() { "$@" >"$log" 2>&1 || { tail -n 20 "$log" >&2; stop "That did not work: $*"; }; }
  quiet "${as_root[@]}" apt-get update
  # Ubuntu has the browser under another name.
  if ! apt-cache show chromium >/dev/null 2>&1; then
    for i in "${!missing[@]}"; do
      if [ "${missing[$i]}" = chromium ]; then missing[i]=chromium-browser; fi
    done
  fi
  quiet "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
  say "Installed."
fi

# --- Rust and Node ----------------------------------------------------------------------------------------------

# A shell that was open before Rust came does not know it yet.
if ! have cargo && [ -f "$HOME/.cargo/env" ]; then
  # shellcheck source=/dev/null
  . "$HOME/.cargo/env"
fi
if ! have rustc || ! have cargo; then
  have curl && first="" || first="sudo apt-get install -y curl && "
  stop "Rust is not installed; Alongside needs $rust_needed or newer. This line installs it:" \
    "  ${first}curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . \"\$HOME/.cargo/env\""
fi
rust=$(rustc --version | cut -d' ' -f2)
if ! at_least "${rust%%-*}" "$rust_needed"; then
  if have rustup; then line="rustup update stable && rustup default stable"; else
    line="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . \"\$HOME/.cargo/env\""
  fi
  stop "Rust $rust is too old; Alongside needs $rust_needed or newer. This line brings it:" "  $line"
fi

node_line='curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs'
if ! have node || ! have npm; then
  stop "Node.js with npm is not installed; Alongside needs $node_needed or newer. This line installs it:" "  $node_line"
fi
node=$(node --version)
if ! at_least "${node#v}" "$node_needed"; then
  stop "Node.js $node is too old; Alongside needs $node_needed or newer. This line brings it:" "  $node_line"
fi

# --- Cargo's own tools, for the tests ---------------------------------------------------------------------------

if [ "$purpose" = test ]; then
  # Built without optimisation: they run for seconds, and this builds them in one minute instead of five.
  for tool in cargo-nextest cargo-deny; do
    if ! have "$tool" && [ ! -x "${CARGO_HOME:-$HOME/.cargo}/bin/$tool" ]; then
      say "Installing $tool ($([ "$tool" = cargo-nextest ] && echo "runs the tests" || echo "checks the licences of all parts")); about a minute ..."
      CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --debug "$tool" ||
        stop "cargo could not install $tool. What it says above is the reason."
    fi
  done
  cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 ||
    stop "rustfmt or clippy is missing. This line brings them:" "  rustup component add rustfmt clippy"
fi
