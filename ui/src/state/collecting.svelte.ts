// A leader's door, as the app knows it: read again when somebody stands there, and every moment while it is looked at.
import type { DoorView } from "../contract";
import { asApiError, call, on } from "../lib/door";
import { install } from "./install.svelte";

/** Milliseconds between two looks while the door is on the screen, so that the bars move. */
const whileLookedAt = 700;

class Collecting {
  view: DoorView | null = $state.raw(null);
  error = $state("");
  #isReading = false;

  /** Whether this is a device of a leader, who alone has a door. */
  get isPossible(): boolean {
    return install.value?.place === "device" && install.me?.is_leader === true;
  }

  get isOpen(): boolean {
    return this.isPossible && this.view !== null && this.view.open !== null;
  }

  /** How many wait for the leader's word. */
  get asking(): number {
    return this.view?.lines.filter((line) => line.state === "asked").length ?? 0;
  }

  async load(): Promise<void> {
    if (!this.isPossible || this.#isReading) return;
    this.#isReading = true;
    try {
      this.put(await call("door_get", {}));
    } catch (thrown) {
      this.error = asApiError(thrown).message;
    } finally {
      this.#isReading = false;
    }
  }

  put(view: DoorView): void {
    this.view = view;
    this.error = "";
  }

  /** Follows the door until the returned function is called. */
  start(): () => void {
    void this.load();
    return on("door", () => void this.load());
  }

  /** Follows it closely. */
  watch(): () => void {
    void this.load();
    const timer = setInterval(() => {
      if (document.visibilityState === "visible" && this.isOpen) void this.load();
    }, whileLookedAt);
    return () => clearInterval(timer);
  }
}

export const collecting = new Collecting();
