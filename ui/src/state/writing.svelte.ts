// One value on its way to being durable: what is stored, what the person sees, and whether they agree yet.
// Writes of one value go one after the other and only the newest waits, so quick taps end as the last one
// said. What may be written is not decided here.
import { SvelteSet } from "svelte/reactivity";
import type { ApiError } from "../contract";
import { asApiError } from "../lib/door";

export type Status = "saved" | "waiting" | "saving" | "failed";

/** All values that are not durable yet, so that a screen can say so and leaving can wait for them. */
class Unsaved {
  #writings = new SvelteSet<Pending>();

  get count(): number {
    return this.#writings.size;
  }

  add(writing: Pending): void {
    this.#writings.add(writing);
  }

  remove(writing: Pending): void {
    this.#writings.delete(writing);
  }

  /** Writes everything that still waits, now. True when all of it was saved. */
  async flush(): Promise<boolean> {
    const results = await Promise.all([...this.#writings].map((writing) => writing.flush()));
    return results.every((isSaved) => isSaved);
  }
}

type Pending = { flush(): Promise<boolean> };

export const unsaved = new Unsaved();

type Options = {
  /** Milliseconds to wait for the next keystroke before writing; 0 writes at once. */
  delay?: number;
  /** After a failure show the stored value again (a tick), or keep what was typed (a text) and try again. */
  onFailure?: "revert" | "keep";
  /** Milliseconds until a kept text is tried again by itself. */
  retryAfter?: number;
};

export class Writing<T extends string | number | null> {
  /** What the person sees. */
  shown: T = $state() as T;
  status: Status = $state("saved");
  /** Why the last write failed; null once it has worked. */
  error: ApiError | null = $state(null);

  #stored: T;
  #wanted: T;
  #write: (value: T) => Promise<unknown>;
  #delay: number;
  #onFailure: "revert" | "keep";
  #retryAfter: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<boolean> | null = null;
  /** When it was last written or saved here, on the page's own clock. */
  #changedAt = -Infinity;

  constructor(stored: T, write: (value: T) => Promise<unknown>, options: Options = {}) {
    this.shown = stored;
    this.#stored = stored;
    this.#wanted = stored;
    this.#write = write;
    this.#delay = options.delay ?? 0;
    this.#onFailure = options.onFailure ?? "revert";
    this.#retryAfter = options.retryAfter ?? 4000;
  }

  /** The value last known to be durable. */
  get stored(): T {
    return this.#stored;
  }

  /** Shows a new value and sets it on its way. */
  put(value: T): void {
    this.#changedAt = performance.now();
    this.shown = value;
    this.#wanted = value;
    this.error = null;
    if (this.#running === null && value === this.#stored) {
      this.#settle();
      return;
    }
    this.status = this.#delay > 0 ? "waiting" : "saving";
    unsaved.add(this);
    clearTimeout(this.#timer);
    if (this.#delay > 0) this.#timer = setTimeout(() => void this.flush(), this.#delay);
    else void this.flush();
  }

  /** Writes what waits, now. True when the value shown is the value stored. */
  flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // Asked for in the moment between the last write and here.
      if (this.#wanted !== this.#stored && this.status === "saving") void this.flush();
    });
    return this.#running;
  }

  /** Tries a failed write again. */
  retry(): void {
    this.put(this.#wanted);
  }

  /** True when it was written or saved after `readAt`: what was read then does not know it yet. */
  isNewerThan(readAt: number): boolean {
    return this.status !== "saved" || this.#changedAt > readAt;
  }

  /** Takes in what the store said when asked at `readAt`, unless the person has written here since. */
  receive(stored: T, readAt: number): void {
    if (this.isNewerThan(readAt)) return;
    this.#stored = stored;
    this.#wanted = stored;
    this.shown = stored;
  }

  /** Stops trying; for a value whose screen is gone for good. */
  forget(): void {
    clearTimeout(this.#timer);
    unsaved.remove(this);
  }

  async #run(): Promise<boolean> {
    while (this.#wanted !== this.#stored) {
      const value = this.#wanted;
      this.status = "saving";
      try {
        await this.#write(value);
        this.#stored = value;
      } catch (thrown) {
        // A newer value has been asked for meanwhile: its own turn decides.
        if (this.#wanted !== value) continue;
        this.#fail(asApiError(thrown));
        return false;
      }
    }
    this.#settle();
    return true;
  }

  #settle(): void {
    this.#changedAt = performance.now();
    this.status = "saved";
    this.error = null;
    unsaved.remove(this);
  }

  #fail(error: ApiError): void {
    this.status = "failed";
    this.error = error;
    if (this.#onFailure === "revert") {
      this.shown = this.#stored;
      unsaved.remove(this);
      return;
    }
    const isTransient = ["hub_unreachable", "hub_not_found", "not_saved", "too_many", "internal"].includes(error.code);
    if (isTransient) this.#timer = setTimeout(() => void this.flush(), this.#retryAfter);
  }
}
