// Where drafts lie in the page's own storage, and which of them must not lie there any more.

/** The key of a person's draft about one thing. */
export function draftKey(person: string, about: string): string {
  return `alongside.draft.${person}.${about}`;
}

/**
 * Takes away what the storage that outlasts the app holds of people who have no space here any more, and moves what it
 * holds of people with a PIN to the storage of the page: theirs is not to be read from the disk.
 */
export function forgetDraftsOfOthers(spaces: readonly string[], locked: readonly string[]): void {
  try {
    for (const key of Object.keys(localStorage)) {
      const person = /^alongside\.draft\.([^.]+)\./.exec(key)?.[1];
      if (person === undefined) continue;
      if (locked.includes(person)) sessionStorage.setItem(key, localStorage.getItem(key) ?? "");
      if (locked.includes(person) || !spaces.includes(person)) localStorage.removeItem(key);
    }
  } catch {
    // Storage that is closed to us holds nothing.
  }
}
