// The teacher's answer while it is being written: one Writing for each section and one for the whole,
// kept on the device as a draft until it is sent.
import { SvelteMap } from "svelte/reactivity";
import type { RecordView, ResponseEdit } from "../contract";
import { call } from "../lib/door";
import { sync } from "./sync.svelte";
import { Writing } from "./writing.svelte";

const typing = { delay: 350, onFailure: "keep" } as const;

export class OpenResponse {
  readonly comments = new SvelteMap<string, Writing<string>>();
  readonly overall: Writing<string>;
  #visit: string;

  constructor(record: RecordView) {
    this.#visit = record.card.visit;
    const mine = record.responses.find(({ is_mine }) => is_mine);
    for (const { key } of record.sections) {
      const write = (text: string) => this.#write({ what: "comment", section: key, text });
      this.comments.set(key, new Writing<string>(mine?.comments[key] ?? "", write, typing));
    }
    this.overall = new Writing<string>(mine?.overall ?? "", (text) => this.#write({ what: "overall", text }), typing);
  }

  get isEmpty(): boolean {
    return [this.overall, ...this.comments.values()].every((text) => text.shown.trim() === "");
  }

  /** Takes in a fresh record, without touching what is being written. */
  receive(record: RecordView, readAt: number): void {
    const mine = record.responses.find(({ is_mine }) => is_mine);
    for (const [key, comment] of this.comments) comment.receive(mine?.comments[key] ?? "", readAt);
    this.overall.receive(mine?.overall ?? "", readAt);
  }

  async #write(edit: ResponseEdit): Promise<void> {
    await call("response_write", { visit: this.#visit, edit });
    sync.soon();
  }
}
