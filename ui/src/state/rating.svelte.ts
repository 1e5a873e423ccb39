// One person's own ratings of a year: each answer and each note as a Writing, saved the moment it is made. What may be
// rated, and by whom, is the Rust side's.
import { SvelteMap } from "svelte/reactivity";
import type { SelfEvaluationEdit, SelfEvaluationView } from "../contract";
import { call } from "../lib/door";
import { sync } from "./sync.svelte";
import { Writing } from "./writing.svelte";

const typing = { delay: 350, onFailure: "keep" } as const;

export class OpenRatings {
  readonly answers = new SvelteMap<string, Writing<number | null>>();
  readonly notes = new SvelteMap<string, Writing<string>>();
  #year: number;

  constructor(view: SelfEvaluationView) {
    this.#year = view.year;
    for (const { key, mine, my_note } of view.domains.flatMap(({ indicators }) => indicators)) {
      this.answers.set(key, new Writing<number | null>(mine, (value) => this.#write(key, { what: "answer", value })));
      this.notes.set(key, new Writing<string>(my_note, (text) => this.#write(key, { what: "note", text }), typing));
    }
  }

  /** Takes in a fresh view, without touching what is being written. */
  receive(view: SelfEvaluationView, readAt: number): void {
    for (const { key, mine, my_note } of view.domains.flatMap(({ indicators }) => indicators)) {
      this.answers.get(key)?.receive(mine, readAt);
      this.notes.get(key)?.receive(my_note, readAt);
    }
  }

  /** How many of these indicators are answered, as shown. */
  answered(keys: readonly string[]): number {
    return keys.filter((key) => (this.answers.get(key)?.shown ?? null) !== null).length;
  }

  /** Whether anything here is not stored yet, or could not be. */
  get isUnsaved(): boolean {
    return [...this.answers.values(), ...this.notes.values()].some(({ status }) => status !== "saved");
  }

  async #write(indicator: string, edit: SelfEvaluationEdit): Promise<void> {
    await call("self_evaluation_rate", { year: this.#year, indicator, edit });
    sync.soon();
  }
}
