# Alongside. `make` alone lists what can be made; the two that matter are `make run` and `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The port of the demo hub, if 8420 is taken: `make run PORT=8421`.
PORT ?= 8420
# The command line of Tauri comes with the packages of the ui.
TAURI := ui/node_modules/.bin/tauri

UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print 2>/dev/null)

.PHONY: help
help:
	@echo "Alongside: learning walks that work with no signal"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: ## try it: the demo school, the observer's window, three addresses to click
	@scripts/install.sh run
	@$(MAKE) ui
	@PORT=$(PORT) scripts/run.sh

.PHONY: demo-reset
demo-reset: ## forget what was done in the demo school and load it again
	@scripts/install.sh run
	@$(MAKE) ui
	@PORT=$(PORT) scripts/run.sh --reset

.PHONY: test
test: ## everything that CI runs
	@scripts/install.sh test
	@scripts/test.sh

.PHONY: deb
deb: ui ## packages for Debian 12, in target/debian: the hub and the app (optimised build: takes a while)
	@scripts/install.sh deb
	cargo build --release --locked -p alongside-hub
	$(TAURI) build --no-bundle --ci --config '{"build":{"beforeBuildCommand":""}}' -- --locked
	cargo deb --quiet --locked --no-build -p alongside-hub
	cargo deb --quiet --locked --no-build -p alongside
	@ls -1 target/debian/*.deb

.PHONY: simulate
simulate: ## bad days from seeds: SEEDS=10000 of them, from FIRST on; or one SEED with its trace
	@$(if $(SEED),SEED=$(SEED) STEPS=$(STEPS),SEEDS=$(or $(SEEDS),2000) FIRST=$(or $(FIRST),0)) TZ=UTC \
		cargo test --quiet --locked --profile simulate -p alongside-tests --test simulation -- bad_days --nocapture

.PHONY: bench
bench: ui ## the figures, each beside its floor (optimised build: takes a while); WRITE=1 writes BENCHMARKS.md
	@scripts/install.sh test
	cargo build --release --locked --workspace --bins
	$(if $(DISPLAY),,xvfb-run --auto-servernum dbus-run-session --) cargo bench --locked -p alongside --bench walk_week -- $(if $(WRITE),--write)

# Seconds for each target: `make fuzz SECONDS_EACH=600`.
SECONDS_EACH ?= 30
FUZZ_TARGETS := $(notdir $(basename $(wildcard tests/fuzz/fuzz_targets/*.rs)))

.PHONY: fuzz
fuzz: ui ## hostile bytes to every door that reads them, some seconds each (needs a nightly toolchain)
	@scripts/install.sh fuzz
	cd tests && for target in $(FUZZ_TARGETS); do \
	  echo "== $$target"; mkdir -p ../target/fuzz/$$target; \
	  cargo +nightly fuzz run --target-dir ../target/fuzz/build --sanitizer none $$target ../target/fuzz/$$target fuzz/corpus/$$target -- \
	    -max_total_time=$(SECONDS_EACH) -rss_limit_mb=4096 -timeout=20 -print_final_stats=0 -verbosity=0 || exit 1; \
	done

.PHONY: pictures
pictures: ui ## the pictures of README.md, made anew from the demo school
	@scripts/install.sh test
	cargo build --locked --workspace --bins
	npm --prefix ui run pictures

.PHONY: fmt
fmt: ui/node_modules/.installed ## lay out the code the way the tests want it
	cargo fmt --all
	npm --prefix ui run --if-present fmt

.PHONY: icons
icons: ui/node_modules/.installed ## every size of the icon, from the drawings in src-tauri/icons
	$(TAURI) icon src-tauri/icons/icon.json
	$(TAURI) icon src-tauri/icons/edge-to-edge.svg --ios-color '#FAF8F3' --output target/icons
	cp target/icons/ios/* src-tauri/icons/ios/
	cp src-tauri/icons/alongside.svg ui/public/icon.svg

.PHONY: android
android: ui ## the app for Android (needs ANDROID_HOME, NDK_HOME and Java 17; see README.md)
	@: "$${ANDROID_HOME:?Set ANDROID_HOME to the folder of the Android SDK}" "$${NDK_HOME:?Set NDK_HOME to the folder of the Android NDK}"
	rustup target add aarch64-linux-android armv7-linux-androideabi x86_64-linux-android
	$(TAURI) android build --apk --target aarch64 --target armv7 --target x86_64

.PHONY: ios
ios: ui ## the app for iPad and iPhone (needs a Mac with Xcode; see README.md)
	@[ "$$(uname -s)" = Darwin ] || { echo "An app for iOS can only be built on a Mac with Xcode." >&2; exit 1; }
	rustup target add aarch64-apple-ios aarch64-apple-ios-sim
	[ -d src-tauri/gen/apple ] || $(TAURI) ios init
	$(TAURI) ios build

# The ui is built before the programs: the app has it inside, the hub serves it.
.PHONY: ui
ui: ui/dist/index.html

ui/node_modules/.installed: ui/package-lock.json
	@echo "Installing the packages of the ui ..."
	@npm --prefix ui ci --no-audit --no-fund --loglevel=error
	@touch $@

ui/dist/index.html: $(UI_SOURCES) | ui/node_modules/.installed
	@echo "Building the ui ..."
	@npm --prefix ui run build --silent
	@touch $@
