// One visit in front of its observer: every mark, comment and entry as a Writing, so that each is saved the
// moment it is made and shows when it could not be. Rules are the Rust side's; this only carries values.
import { SvelteMap } from "svelte/reactivity";
import type { BalanceView, Edit, Mark, VisitSheet } from "../contract";
import { call } from "../lib/door";
import { entryKey } from "../lib/keys";
import { OpenEntries, type EntryList, type HasEntries, type OpenEntry } from "./entries.svelte";
import { sync } from "./sync.svelte";
import { Writing } from "./writing.svelte";

const typing = { delay: 350, onFailure: "keep" } as const;

export class OpenObservation implements HasEntries {
  sheet: VisitSheet = $state.raw() as VisitSheet;
  balance: BalanceView = $state.raw() as BalanceView;
  /** The device's clock against the store's, in milliseconds; the timer adds it. */
  offset = 0;

  readonly marks = new SvelteMap<string, Writing<Mark | null>>();
  readonly comments = new SvelteMap<string, Writing<string>>();
  readonly overall: Writing<string>;
  readonly pupils: Writing<number | null>;
  readonly pupils_note: Writing<string>;

  readonly #entries: Record<EntryList, OpenEntries>;
  #place: ReturnType<typeof setTimeout> | undefined;

  constructor(sheet: VisitSheet) {
    this.sheet = sheet;
    this.balance = sheet.balance;
    const { mine } = sheet;
    for (const section of sheet.sections) {
      for (const { key } of section.criteria) {
        const write = (mark: Mark | null) => this.#write({ what: "mark", criterion: key, mark });
        this.marks.set(key, new Writing<Mark | null>(mine.marks[key] ?? null, write));
      }
      const write = (text: string) => this.#write({ what: "comment", section: section.key, text });
      this.comments.set(section.key, new Writing<string>(mine.comments[section.key] ?? "", write, typing));
    }
    this.overall = new Writing<string>(mine.overall, (text) => this.#write({ what: "overall", text }), typing);
    this.pupils = new Writing<number | null>(mine.pupils, (count) => this.#write({ what: "pupils", count }), typing);
    this.pupils_note = new Writing<string>(
      mine.pupils_note,
      (text) => this.#write({ what: "pupils_note", text }),
      typing,
    );
    const entries = (what: EntryList) => new OpenEntries(mine[what], (entry, text) => this.#write({ what, entry, text }));
    this.#entries = { went_well: entries("went_well"), even_better_if: entries("even_better_if") };
    this.#measureClock(sheet);
  }

  get went_well(): OpenEntry[] {
    return this.#entries.went_well.all;
  }

  get even_better_if(): OpenEntry[] {
    return this.#entries.even_better_if.all;
  }

  get isStarted(): boolean {
    return this.sheet.mine.started_at !== null;
  }

  get isFinished(): boolean {
    return this.sheet.mine.finished_at !== null;
  }

  /** Until when the finished sheet can still be corrected, by this device's clock; null when it cannot. */
  get tidyUntil(): Date | null {
    const until = this.sheet.mine.tidy_until;
    return until === null ? null : new Date(Date.parse(until) - this.offset);
  }

  /** Whether anything here is not stored yet, or could not be. */
  get isUnsaved(): boolean {
    const entries = [...this.went_well, ...this.even_better_if].map(({ text }) => text);
    const texts = [this.overall, this.pupils, this.pupils_note, ...this.comments.values(), ...entries];
    return [...this.marks.values(), ...texts].some(({ status }) => status !== "saved");
  }

  /** Says one more thing after the visit is finished; it is seen as an addition, with its time. */
  async add(text: string): Promise<void> {
    await this.#write({ what: "addition", entry: entryKey(), text });
  }

  /** Takes in a fresh sheet, without touching what is being written. */
  receive(sheet: VisitSheet, readAt: number): void {
    this.sheet = sheet;
    this.balance = sheet.balance;
    const { mine } = sheet;
    for (const [key, mark] of this.marks) mark.receive(mine.marks[key] ?? null, readAt);
    for (const [key, comment] of this.comments) comment.receive(mine.comments[key] ?? "", readAt);
    this.overall.receive(mine.overall, readAt);
    this.pupils.receive(mine.pupils, readAt);
    this.pupils_note.receive(mine.pupils_note, readAt);
    this.#entries.went_well.receive(mine.went_well, readAt);
    this.#entries.even_better_if.receive(mine.even_better_if, readAt);
    this.#measureClock(sheet);
  }

  /** How many ticks and texts could not be saved when last tried. */
  get failed(): number {
    const entries = [...this.went_well, ...this.even_better_if].map(({ text }) => text);
    const all = [...this.marks.values(), ...this.comments.values(), ...entries, this.overall, this.pupils, this.pupils_note];
    return all.filter(({ status }) => status === "failed").length;
  }

  /** How many criteria of a section carry a mark, as shown. */
  looked(section: string): number {
    const found = this.sheet.sections.find(({ key }) => key === section);
    return found?.criteria.filter(({ key }) => (this.marks.get(key)?.shown ?? null) !== null).length ?? 0;
  }

  /** Adds an empty entry; it is written with its first words. */
  addEntry(list: EntryList): string {
    return this.#entries[list].add();
  }

  /** Drops entries that were opened and never written in. */
  dropEmptyEntries(): void {
    this.#entries.went_well.dropEmpty();
    this.#entries.even_better_if.dropEmpty();
  }

  /** Takes an entry away. Returns what puts it back, or null when there was nothing in it. */
  removeEntry(list: EntryList, id: string): (() => void) | null {
    return this.#entries[list].remove(id);
  }

  /** Remembers the row in front of the observer, a moment after they have come to rest there. */
  placeAt(row: string): void {
    clearTimeout(this.#place);
    this.#place = setTimeout(() => {
      // Losing one's place costs a scroll, so a failure here is not worth a word.
      call("place_put", { visit: this.sheet.card.visit, row }).catch(() => undefined);
    }, 600);
  }

  async #write(edit: Edit): Promise<void> {
    const answer = await call("observation_write", { visit: this.sheet.card.visit, edit });
    this.balance = answer.balance;
    sync.soon();
  }

  #measureClock(sheet: VisitSheet): void {
    const there = Date.parse(sheet.now);
    this.offset = Number.isFinite(there) ? there - Date.now() : 0;
  }
}
