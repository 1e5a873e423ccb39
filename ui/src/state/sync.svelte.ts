// Where sync stands, counted by the Rust side; and the moments at which the page asks for a sync.
import type { SyncState } from "../contract";
import { asApiError, call, isWindow, on } from "../lib/door";
import { install } from "./install.svelte";

class Sync {
  state: SyncState | null = $state.raw(null);
  #soon: ReturnType<typeof setTimeout> | undefined;

  async load(): Promise<void> {
    try {
      this.state = await call("sync_get", {});
    } catch (thrown) {
      this.#lost(thrown);
    }
  }

  /** Reads again shortly; many calls in a row become one. */
  soon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.load(), 150);
  }

  /** Syncs now and says how it went. */
  async run(): Promise<void> {
    if (this.state) this.state = { ...this.state, is_syncing: true };
    try {
      this.state = await call("sync_run", {});
    } catch (thrown) {
      this.#lost(thrown);
    }
  }

  start(): void {
    void this.load();
    on("sync", () => this.soon());
    // At the hub there is nothing to count; only the connection can change, and that is told by "sync".
    if (isWindow) on("changed", () => this.soon());
    const wake = () => {
      if (document.visibilityState !== "visible" || install.me === null) return;
      if (isWindow) void this.run();
      else void this.load();
    };
    addEventListener("online", wake);
    addEventListener("offline", () => this.soon());
    document.addEventListener("visibilitychange", wake);
  }

  #lost(thrown: unknown): void {
    const { code, message } = asApiError(thrown);
    if (code === "sign_in_first") {
      this.state = null;
      return;
    }
    const before: SyncState = this.state ?? {
      place: isWindow ? "device" : "hub",
      waiting: 0,
      received_at: null,
      is_syncing: false,
      set_aside: 0,
      trouble: null,
      hub: null,
      is_hub: false,
      is_cut_off: false,
      skew_seconds: null,
    };
    this.state = { ...before, is_syncing: false, trouble: { code, message } };
  }
}

export const sync = new Sync();
