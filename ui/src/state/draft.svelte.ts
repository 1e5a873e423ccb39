// Words that others get only when their writer gives them: until then they wait in the page's own storage, for this
// person alone. In the app they outlast it; in a browser, which somebody else may use next, they go with the tab.
// What is private through and through never outlasts the page anywhere.
import { isWindow } from "../lib/door";
import { draftKey } from "../lib/drafts";
import { install } from "./install.svelte";
import { Writing } from "./writing.svelte";

export type Kept = "as long as the place allows" | "with the page only";

function storageFor(kept: Kept): Storage | null {
  try {
    // What is behind a PIN is not to be read from the disk: there it holds as long as the app runs.
    return isWindow && kept === "as long as the place allows" && install.lock === null ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

/** The draft about one thing: what was written before, and a way to go on. Put an empty text once it is given. */
export function draftOf(about: string, kept: Kept = "as long as the place allows"): Writing<string> {
  const storage = storageFor(kept);
  const key = draftKey(install.me?.person ?? "", about);
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
