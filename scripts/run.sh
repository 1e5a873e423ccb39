#!/usr/bin/env bash
# `make run`: builds, starts a hub with the demo school on this machine only, opens the observer's window, and prints
# three addresses to click. All of it lives in .run/ and stays there; `run.sh --reset` loads the demo school anew.
# Ctrl-C stops everything that was started here.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"

port=${PORT:-8420}
address=http://127.0.0.1:$port
hub_folder=.run/hub
observer_folder=.run/observer
hub_log=.run/hub.log
programs=${CARGO_TARGET_DIR:-target}/debug

say() { printf '%s\n' "$*"; }
stop() {
  printf '%s\n' "$*" >&2
  exit 1
}

hub=
window=
stop_all() {
  trap - EXIT INT TERM HUP
  for started in $window $hub; do kill "$started" 2>/dev/null || true; done
  for started in $window $hub; do wait "$started" 2>/dev/null || true; done
}
trap stop_all EXIT
trap 'say ""; say "Stopped. What you did is kept; make run goes on from here."; exit 0' INT TERM HUP

# Whether someone listens on the port already.
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
if taken; then
  stop "Something on this machine already uses port $port; perhaps another make run. Stop it, or use another: make run PORT=$((port + 1))"
fi

say "Building (the first time takes some minutes, afterwards seconds) ..."
cargo build --workspace --bins

if [ "${1:-}" = --reset ]; then rm -rf .run; fi
mkdir -p .run
# Loads the demo school only when the folder is empty, and says which person is which.
demo=$("$programs/alongside-hub" demo --data-dir "$hub_folder" --json)
person() { node -p 'JSON.parse(process.argv[1])[process.argv[2]]' "$demo" "$1"; }
if [ "${1:-}" = --reset ]; then
  say "The demo school is as new. make run opens it."
  exit 0
fi

"$programs/alongside-hub" serve --data-dir "$hub_folder" --listen "127.0.0.1:$port" --demo-sign-ins >"$hub_log" 2>&1 &
hub=$!
for _ in $(seq 150); do
  kill -0 "$hub" 2>/dev/null || { tail -n 20 "$hub_log" >&2; stop "The hub did not start; the reason is above."; }
  taken && break
  sleep 0.1
done
taken || stop "The hub did not answer on $address within 15 seconds. $hub_log may say why."

say ""
# A name of its own for each, so that three tabs of one browser are three people.
say "The demo school is open. Click, and you are signed in:"
say "  observer  http://observer.localhost:$port/demo/observer"
say "  teacher   http://teacher.localhost:$port/demo/teacher"
say "  leader    http://leader.localhost:$port/demo/leader"
say ""

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "$(uname -s)" = Linux ]; then
  say "There is no display here, so the observer's window stays closed; the addresses work in any browser on this machine."
else
  join=
  if [ ! -d "$observer_folder" ] || [ -z "$(ls -A "$observer_folder")" ]; then
    invitation=$("$programs/alongside-hub" invite --data-dir "$hub_folder" --person "$(person observer)" --json)
    join="$address#$(node -p 'JSON.parse(process.argv[1]).code' "$invitation")"
  fi
  mkdir -p "$observer_folder"
  env ${join:+"ALONGSIDE_JOIN=$join"} "$programs/alongside" --keys file --data-dir "$observer_folder" >.run/observer.log 2>&1 &
  window=$!
  say "The observer's window is opening; it has its own store, as a tablet would."
fi
say "Ctrl-C stops it all."

# The window may be closed first; the hub then goes on for the browser.
while kill -0 "$hub" 2>/dev/null; do
  if [ -n "$window" ] && ! kill -0 "$window" 2>/dev/null; then
    if wait "$window"; then
      say "The observer's window was closed. The addresses still work; Ctrl-C stops the hub."
    else
      tail -n 10 .run/observer.log >&2
      say "The observer's window ended with an error (above). The addresses still work; Ctrl-C stops the hub."
    fi
    window=
  fi
  sleep 0.5
done
tail -n 20 "$hub_log" >&2
stop "The hub has ended by itself; what it said last is above."
