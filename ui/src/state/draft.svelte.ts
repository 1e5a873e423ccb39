// Words that others get only when their writer gives them: until then they wait for this person alone. In the app they
// wait in the person's own store, under its lock; in a browser, which somebody else may use next, they go with the tab.
// What is private through and through never outlasts the page anywhere.
import { call, isWindow } from "../lib/door";
import { install } from "./install.svelte";
import { Writing } from "./writing.svelte";

export type Kept = "as long as the place allows" | "with the page only";

/** The drafts in the store of a person, read once, and who is waiting to hear of them. */
class Drafts {
  #of: string | null = null;
  #texts: Promise<Map<string, string>> = Promise.resolve(new Map());

  /** What was kept about one thing. */
  async read(person: string, about: string): Promise<string> {
    if (this.#of !== person) {
      this.#of = person;
      this.#texts = this.#load(person);
    }
    return (await this.#texts).get(about) ?? "";
  }

  async keep(person: string, about: string, text: string): Promise<void> {
    const texts = this.#of === person ? await this.#texts : null;
    await call("draft_put", { about, text });
    if (text === "") texts?.delete(about);
    else texts?.set(about, text);
  }

  async #load(person: string): Promise<Map<string, string>> {
    try {
      const kept = new Map(Object.entries((await call("draft_list", {})).drafts));
      await this.#takeFromPage(person, kept);
      return kept;
    } catch {
      this.#of = null;
      return new Map();
    }
  }

  /** Drafts of before lay in the page's own storage, which has no lock. */
  async #takeFromPage(person: string, kept: Map<string, string>): Promise<void> {
    const prefix = `alongside.draft.${person}.`;
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(prefix))) {
      const about = key.slice(prefix.length);
      const text = localStorage.getItem(key) ?? "";
      if (text !== "" && !kept.has(about)) {
        await call("draft_put", { about, text });
        kept.set(about, text);
      }
      localStorage.removeItem(key);
    }
  }
}

const drafts = new Drafts();

function sessionOrNone(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/** The draft about one thing: what was written before, and a way to go on. Put an empty text once it is given. */
export function draftOf(about: string, kept: Kept = "as long as the place allows"): Writing<string> {
  const person = install.me?.person ?? "";
  if (isWindow && kept === "as long as the place allows") {
    const writing = new Writing<string>("", (text) => drafts.keep(person, about, text), { delay: 400, onFailure: "keep" });
    const askedAt = performance.now();
    void drafts.read(person, about).then((text) => writing.receive(text, askedAt));
    return writing;
  }
  const storage = sessionOrNone();
  const key = `alongside.draft.${person}.${about}`;
  const keep = (text: string) => {
    try {
      if (text === "") storage?.removeItem(key);
      else storage?.setItem(key, text);
    } catch {
      // Storage can be full or closed to us; then the words hold as long as the screen does.
    }
    return Promise.resolve();
  };
  return new Writing<string>(readFrom(storage, key), keep);
}

function readFrom(storage: Storage | null, key: string): string {
  try {
    return storage?.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Takes away what goes with the page: for when its person leaves, and somebody else may sit down. */
export function forgetDraftsOfPage(): void {
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith("alongside.draft.")) sessionStorage.removeItem(key);
    }
  } catch {
    // Nothing could be kept, so nothing is left behind.
  }
}
