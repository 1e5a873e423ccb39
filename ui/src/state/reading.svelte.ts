// What a screen reads: asked when the screen opens, asked again when something changed. Keeps the last
// answer on the screen while it asks, and says when an answer takes more than a second.
import type { ApiError } from "../contract";
import { asApiError, on } from "../lib/door";

export class Reading<T> {
  value: T | null = $state.raw(null);
  error: ApiError | null = $state.raw(null);
  isSlow = $state(false);
  /** When the present value was asked for, on the page's own clock: it knows of nothing later. */
  readAt = -Infinity;

  #read: () => Promise<T>;
  #isReading = false;
  #isAskedAgain = false;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Puts an answer that came another way, for instance from the write that changed it. */
  put(value: T, readAt = performance.now()): void {
    this.readAt = readAt;
    this.value = value;
    this.error = null;
  }

  async load(): Promise<void> {
    if (this.#isReading) {
      this.#isAskedAgain = true;
      return;
    }
    this.#isReading = true;
    const slow = setTimeout(() => (this.isSlow = true), 1000);
    try {
      do {
        this.#isAskedAgain = false;
        const readAt = performance.now();
        const value = await this.#read();
        // A write may have brought a newer answer meanwhile.
        if (readAt >= this.readAt) this.put(value, readAt);
      } while (this.#isAskedAgain);
    } catch (thrown) {
      this.error = asApiError(thrown);
      // What one may no longer read, or what is gone, does not stay on the screen.
      if (this.error.code === "not_found" || this.error.code === "not_allowed") this.value = null;
    } finally {
      clearTimeout(slow);
      this.isSlow = false;
      this.#isReading = false;
    }
  }
}

/** Made in a component: reads at once, follows changes, reads again when looked at again, and stops when the component goes. */
export function reading<T>(read: () => Promise<T>): Reading<T> {
  const made = new Reading(read);
  $effect(() => {
    void made.load();
    let soon: ReturnType<typeof setTimeout> | undefined;
    const stop = on("changed", () => {
      // Many changes in a row are one reading, and a steady stream of them does not put it off for ever.
      soon ??= setTimeout(() => {
        soon = undefined;
        void made.load();
      }, 200);
    });
    const wake = () => {
      if (document.visibilityState === "visible") void made.load();
    };
    document.addEventListener("visibilitychange", wake);
    return () => {
      clearTimeout(soon);
      stop();
      document.removeEventListener("visibilitychange", wake);
    };
  });
  return made;
}
