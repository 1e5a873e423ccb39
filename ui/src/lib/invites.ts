// What people type or paste when they were given an invitation: a code, or the whole link.

export type Invitation = { code: string; address: string | null };

/** "abcd efgh" and "ABCDEFGH" both as "ABCD-EFGH"; other lengths in capitals, as they are. */
export function tidyCode(typed: string): string {
  const letters = typed.toUpperCase().replace(/[^A-Z0-9]/g, "");
  if (letters.length === 8) return `${letters.slice(0, 4)}-${letters.slice(4)}`;
  return typed.trim().toUpperCase();
}

/** Finds code and hub address in a pasted link; anything else is taken as the code itself. */
export function invitationIn(typed: string): Invitation {
  const text = typed.trim();
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { code: tidyCode(text), address: null };
  try {
    const link = new URL(text);
    const inPath = /\/join\/([^/?#]+)/.exec(link.hash || link.pathname)?.[1];
    const inHash = new URLSearchParams(link.hash.replace(/^#\/?(join)?\??/, "")).get("code");
    const code = inPath ?? link.searchParams.get("code") ?? inHash ?? "";
    const key = /[?&]key=([\w-]+)/.exec(link.hash)?.[1];
    const isWeb = link.protocol === "http:" || link.protocol === "https:";
    const hub = link.searchParams.get("hub");
    return { code: tidyCode(decodeURIComponent(code)), address: isWeb ? link.origin + (key ? `#key=${key}` : "") : hub };
  } catch {
    return { code: tidyCode(text), address: null };
  }
}

/** A hub address as typed, without blanks and a last slash; whether it is http or https the shell decides. */
export function tidyAddress(typed: string): string {
  return typed.trim().replace(/\/+$/, "");
}

/** Whether this is what a leader's door shows to be scanned: it holds the address too. */
export function isTicket(typed: string): boolean {
  return /^\s*alongside:/i.test(typed);
}

/** Whether this is for a leader's door and not an invitation: what is scanned there, or groups that are longer than a code. */
export function isForDoor(typed: string): boolean {
  return isTicket(typed) || (!/:\/\//.test(typed) && typed.replace(/[^a-z0-9]/gi, "").length > 12);
}
