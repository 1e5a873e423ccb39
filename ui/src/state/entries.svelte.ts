// A list of short points, each a Writing of its own: added empty, written with its first words, taken away with a way back.
import type { EntryView } from "../contract";
import { entryKey } from "../lib/keys";
import { Writing } from "./writing.svelte";

export type EntryList = "went_well" | "even_better_if";
export type OpenEntry = { id: string; text: Writing<string> };

/** What has two such lists: an observation, or a report. */
export type HasEntries = {
  readonly went_well: OpenEntry[];
  readonly even_better_if: OpenEntry[];
  addEntry(list: EntryList): string;
  removeEntry(list: EntryList, id: string): (() => void) | null;
};

export class OpenEntries {
  all: OpenEntry[] = $state.raw([]);

  /** Entries taken away here, which an answer read before that was stored must not bring back. */
  #removed = new Set<string>();
  #write: (entry: string, text: string | null) => Promise<void>;

  constructor(stored: EntryView[], write: (entry: string, text: string | null) => Promise<void>) {
    this.#write = write;
    this.receive(stored, Infinity);
  }

  /** Adds an empty entry; it is written with its first words. */
  add(): string {
    const entry = this.#open({ id: entryKey(), text: "" });
    this.all = [...this.all, entry];
    return entry.id;
  }

  /** Takes an entry away. Returns what puts it back, or null when there was nothing in it. */
  remove(id: string): (() => void) | null {
    const position = this.all.findIndex((entry) => entry.id === id);
    const entry = this.all[position];
    if (!entry) return null;
    const text = entry.text.shown;
    this.all = this.all.filter((other) => other.id !== id);
    this.#removed.add(id);
    entry.text.put("");
    if (text.trim() === "") return null;
    return () => {
      this.#removed.delete(id);
      entry.text.put(text);
      if (this.all.some((other) => other.id === id)) return;
      this.all = [...this.all.slice(0, position), entry, ...this.all.slice(position)];
    };
  }

  /** Drops entries that were opened and never written in. */
  dropEmpty(): void {
    this.all = this.all.filter(({ text }) => text.shown.trim() !== "" || text.stored !== "" || text.status !== "saved");
  }

  /** Takes in what the store said when asked at `readAt`, without touching what is being written. */
  receive(stored: EntryView[], readAt: number): void {
    const kept = this.all.filter(
      (entry) => stored.some(({ id }) => id === entry.id) || entry.text.stored === "" || entry.text.isNewerThan(readAt),
    );
    for (const entry of kept) {
      const now = stored.find(({ id }) => id === entry.id);
      if (now) entry.text.receive(now.text, readAt);
    }
    const added = stored
      .filter(({ id }) => !this.#removed.has(id) && !this.all.some((entry) => entry.id === id))
      .map((entry) => this.#open(entry));
    this.all = [...kept, ...added];
  }

  #open(entry: EntryView): OpenEntry {
    const write = (text: string) => this.#write(entry.id, text.trim() === "" ? null : text);
    return { id: entry.id, text: new Writing<string>(entry.text, write, { delay: 350, onFailure: "keep" }) };
  }
}
