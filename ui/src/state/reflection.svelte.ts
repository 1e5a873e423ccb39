// A teacher's own two answers after a visit, each saved as it is typed, and whom they let read them.
import type { ReflectionEdit, ReflectionView } from "../contract";
import { call } from "../lib/door";
import { sync } from "./sync.svelte";
import { Writing } from "./writing.svelte";

const typing = { delay: 350, onFailure: "keep" } as const;

export class OpenReflection {
  readonly confirmed: Writing<string>;
  readonly change: Writing<string>;
  #visit: string;

  constructor(view: ReflectionView) {
    this.#visit = view.visit;
    this.confirmed = this.#writing("confirmed", view.confirmed);
    this.change = this.#writing("change", view.change);
  }

  get isEmpty(): boolean {
    return this.confirmed.shown.trim() === "" && this.change.shown.trim() === "";
  }

  /** Takes in a fresh reflection, without touching what is being written. */
  receive(view: ReflectionView, readAt: number): void {
    this.confirmed.receive(view.confirmed, readAt);
    this.change.receive(view.change, readAt);
  }

  /** Lets exactly these people read it. */
  async let(people: string[]): Promise<void> {
    await this.#write({ what: "readers", people });
  }

  #writing(key: "confirmed" | "change", stored: string): Writing<string> {
    return new Writing<string>(stored, (text) => this.#write({ what: key, text }), typing);
  }

  async #write(edit: ReflectionEdit): Promise<void> {
    await call("reflection_write", { visit: this.#visit, edit });
    sync.soon();
  }
}
