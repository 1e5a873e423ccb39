// The draft of a report in front of a leader: every point and every text saves itself. What it may say is not decided here.
import type { BalanceView, ReportEdit, ReportView } from "../contract";
import { call } from "../lib/door";
import { OpenEntries, type EntryList, type HasEntries, type OpenEntry } from "./entries.svelte";
import { sync } from "./sync.svelte";
import { Writing } from "./writing.svelte";

const typing = { delay: 350, onFailure: "keep" } as const;

export class OpenReport implements HasEntries {
  balance: BalanceView = $state.raw() as BalanceView;
  readonly good_practice: Writing<string>;
  readonly changes: Writing<string>;
  readonly more_information: Writing<string>;

  readonly walk: string;
  readonly #strengths: OpenEntries;
  readonly #development: OpenEntries;

  constructor(report: ReportView) {
    this.walk = report.walk;
    this.balance = report.balance;
    const text = (what: "good_practice" | "changes" | "more_information") =>
      new Writing<string>(report[what], (text) => this.#write({ what, text }), typing);
    this.good_practice = text("good_practice");
    this.changes = text("changes");
    this.more_information = text("more_information");
    this.#strengths = new OpenEntries(report.strengths, (entry, text) => this.#write({ what: "strength", entry, text }));
    this.#development = new OpenEntries(report.development, (entry, text) => this.#write({ what: "development", entry, text }));
  }

  get went_well(): OpenEntry[] {
    return this.#strengths.all;
  }

  get even_better_if(): OpenEntry[] {
    return this.#development.all;
  }

  /** Everything that is written here. */
  get #texts(): Writing<string>[] {
    const entries = [...this.went_well, ...this.even_better_if].map(({ text }) => text);
    return [this.good_practice, this.changes, this.more_information, ...entries];
  }

  /** How many texts could not be saved when last tried. */
  get failed(): number {
    return this.#texts.filter(({ status }) => status === "failed").length;
  }

  /** Writes everything that still waits, now. True when all of it was saved. */
  async flush(): Promise<boolean> {
    const saved = await Promise.all(this.#texts.map((text) => text.flush()));
    return saved.every((isSaved) => isSaved);
  }

  addEntry(list: EntryList): string {
    return this.#listed(list).add();
  }

  removeEntry(list: EntryList, id: string): (() => void) | null {
    return this.#listed(list).remove(id);
  }

  /** Takes in a fresh answer, without touching what is being written. */
  receive(report: ReportView, readAt: number): void {
    this.balance = report.balance;
    this.good_practice.receive(report.good_practice, readAt);
    this.changes.receive(report.changes, readAt);
    this.more_information.receive(report.more_information, readAt);
    this.#strengths.receive(report.strengths, readAt);
    this.#development.receive(report.development, readAt);
  }

  #listed(list: EntryList): OpenEntries {
    return list === "went_well" ? this.#strengths : this.#development;
  }

  async #write(edit: ReportEdit): Promise<void> {
    const answer = await call("report_write", { walk: this.walk, edit });
    this.balance = answer.balance;
    sync.soon();
  }
}
