#!/usr/bin/env bash
# Everything that CI runs, one step after another. A step that fails is named at once and again at the end, and the
# rest still runs where it can, so that one run tells everything. `make test` calls it once the machine is ready.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"

# The tests talk to 127.0.0.1 only; nothing of the machine's own settings may send them elsewhere.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
export CHROMIUM

failed=()
began=$SECONDS

# step NAME COMMAND...: runs the command under a heading; its failure is remembered.
step() {
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@" </dev/null; then
    printf -- '-- %s: done in %d s\n' "$name" $((SECONDS - start))
  else
    printf -- '-- %s: FAILED after %d s\n' "$name" $((SECONDS - start))
    failed+=("$name")
    return 1
  fi
}

finish() {
  local minutes=$(((SECONDS - began) / 60)) seconds=$(((SECONDS - began) % 60))
  if [ ${#failed[@]} -eq 0 ]; then
    printf '\nEverything passed, in %d min %d s.\n' "$minutes" "$seconds"
    exit 0
  fi
  printf '\nFailed, after %d min %d s:\n' "$minutes" "$seconds"
  printf '  %s\n' "${failed[@]}"
  exit 1
}
trap 'printf "\nStopped.\n"; exit 130' INT TERM

# A display in memory and a message bus of its own; software drawing, so that every machine draws the same.
in_a_window() {
  env -u WAYLAND_DISPLAY GDK_BACKEND=x11 LIBGL_ALWAYS_SOFTWARE=1 WEBKIT_DISABLE_DMABUF_RENDERER=1 NO_AT_BRIDGE=1 \
    xvfb-run --auto-servernum --server-args="-screen 0 1440x1400x24 -nolisten tcp" \
    dbus-run-session -- "$@"
}

licences_and_advisories() {
  cargo fetch --quiet --locked || return 1
  cargo deny --offline --locked check --hide-inclusion-graph licenses bans sources || return 1
  # The list of advisories is not part of any registry, and this never fetches it unasked.
  if compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs/*/crates" >/dev/null; then
    cargo deny --offline --locked check advisories
  else
    echo "The list of known weaknesses is not on this machine, so advisories were NOT checked."
    echo "With a network, 'cargo deny fetch' brings it, and the next run checks them."
  fi
}

# Files that are written by the build or the tests and kept in the repo. Theirs must be what is committed.
generated() { git ls-files -z -- '*generated*' Cargo.lock ui/package-lock.json src-tauri/gen | xargs -0 -r sha256sum 2>/dev/null; }
generated_unchanged() {
  local after new
  after=$(generated)
  new=$(git ls-files --others --exclude-standard -- '*generated*')
  if [ "$after" = "$generated_before" ] && [ -z "$new" ]; then
    echo "The generated TypeScript and the lock files are as committed."
    return 0
  fi
  echo "These are not what the code generates now; the run has just brought them up to date, so commit them:"
  diff <(printf '%s\n' "$generated_before") <(printf '%s\n' "$after") | sed -n 's/^> [0-9a-f]*/ /p'
  printf '%s\n' "$new"
  return 1
}
generated_before=$(generated)

rustdoc() { RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps --document-private-items; }

step "layout of the Rust code" cargo fmt --all -- --check
step "packages of the ui" make ui/node_modules/.installed || finish
step "types of the ui" npm --prefix ui run --silent check
step "tests of the ui" npm --prefix ui run --silent test
step "build of the ui" make ui || finish
step "licences of all parts" licences_and_advisories
# One debug build, which the tests below share: they start these programs.
step "build of the programs" cargo build --locked --workspace --bins --tests || finish
step "tests of the Rust code and of the window" in_a_window cargo nextest run --locked --workspace
step "examples in the documentation" cargo test --quiet --locked --workspace --doc
step "generated files" generated_unchanged
step "screens in the browser" npm --prefix ui run --silent e2e
step "clippy" cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
step "documentation" rustdoc
finish
