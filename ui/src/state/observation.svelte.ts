// One visit in front of its observer: every mark, comment and entry as a Writing, so that each is saved the
// moment it is made and shows when it could not be. Rules are the Rust side's; this only carries values.
import { SvelteMap } from "svelte/reactivity";
import type { BalanceView, Edit, EntryView, Mark, VisitSheet } from "../contract";
import { call } from "../lib/door";
import { entryKey } from "../lib/keys";
import { sync } from "./sync.svelte";
import { Writing } from "./writing.svelte";

const typing = { delay: 350, onFailure: "keep" } as const;

export type EntryList = "went_well" | "even_better_if";
export type OpenEntry = { id: string; text: Writing<string> };

export class OpenObservation {
  sheet: VisitSheet = $state.raw() as VisitSheet;
  balance: BalanceView = $state.raw() as BalanceView;
  /** The device's clock against the store's, in milliseconds; the timer adds it. */
  offset = 0;

  readonly marks = new SvelteMap<string, Writing<Mark | null>>();
  readonly comments = new SvelteMap<string, Writing<string>>();
  went_well: OpenEntry[] = $state.raw([]);
  even_better_if: OpenEntry[] = $state.raw([]);
  readonly overall: Writing<string>;
  readonly pupils: Writing<number | null>;
  readonly pupils_note: Writing<string>;

  #place: ReturnType<typeof setTimeout> | undefined;
  /** Entries taken away here, which a sheet read before that was stored must not bring back. */
  #removed = new Set<string>();

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
    this.#receiveEntries("went_well", mine.went_well, Infinity);
    this.#receiveEntries("even_better_if", mine.even_better_if, Infinity);
    this.#measureClock(sheet);
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
    this.#receiveEntries("went_well", mine.went_well, readAt);
    this.#receiveEntries("even_better_if", mine.even_better_if, readAt);
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
    const entry = this.#openEntry(list, { id: entryKey(), text: "" });
    this[list] = [...this[list], entry];
    return entry.id;
  }

  /** Drops entries that were opened and never written in. */
  dropEmptyEntries(): void {
    const isWritten = ({ text }: OpenEntry) => text.shown.trim() !== "" || text.stored !== "" || text.status !== "saved";
    this.went_well = this.went_well.filter(isWritten);
    this.even_better_if = this.even_better_if.filter(isWritten);
  }

  /** Takes an entry away. Returns what puts it back, or null when there was nothing in it. */
  removeEntry(list: EntryList, id: string): (() => void) | null {
    const position = this[list].findIndex((entry) => entry.id === id);
    const entry = this[list][position];
    if (!entry) return null;
    const text = entry.text.shown;
    this[list] = this[list].filter((other) => other.id !== id);
    this.#removed.add(id);
    entry.text.put("");
    if (text.trim() === "") return null;
    return () => {
      this.#removed.delete(id);
      entry.text.put(text);
      if (this[list].some((other) => other.id === id)) return;
      this[list] = [...this[list].slice(0, position), entry, ...this[list].slice(position)];
    };
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

  #openEntry(list: EntryList, entry: EntryView): OpenEntry {
    const write = (text: string) =>
      this.#write({ what: list, entry: entry.id, text: text.trim() === "" ? null : text });
    return { id: entry.id, text: new Writing<string>(entry.text, write, typing) };
  }

  #receiveEntries(list: EntryList, stored: EntryView[], readAt: number): void {
    const open = this[list];
    const kept = open.filter(
      (entry) => stored.some(({ id }) => id === entry.id) || entry.text.stored === "" || entry.text.isNewerThan(readAt),
    );
    for (const entry of kept) {
      const now = stored.find(({ id }) => id === entry.id);
      if (now) entry.text.receive(now.text, readAt);
    }
    const added = stored
      .filter(({ id }) => !this.#removed.has(id) && !open.some((entry) => entry.id === id))
      .map((entry) => this.#openEntry(list, entry));
    this[list] = [...kept, ...added];
  }

  #measureClock(sheet: VisitSheet): void {
    const there = Date.parse(sheet.now);
    this.offset = Number.isFinite(there) ? there - Date.now() : 0;
  }
}
