// Where a part of a form goes when it is put elsewhere. Only the arithmetic of places: whether it may is not decided here.
import type { PartChange, Section } from "../contract";

export type Place = { section: string; place: number };

/** The section and the index in which a criterion stands. */
export function whereIs(sections: readonly Section[], criterion: string): Place | null {
  for (const { key, criteria } of sections) {
    const place = criteria.findIndex((one) => one.key === criterion);
    if (place >= 0) return { section: key, place };
  }
  return null;
}

/** One step up or down, over the edge of a section into the next; null at the very ends. */
export function stepped(sections: readonly Section[], criterion: string, by: -1 | 1): Place | null {
  const here = whereIs(sections, criterion);
  if (here === null) return null;
  const nth = sections.findIndex(({ key }) => key === here.section);
  const length = sections[nth]?.criteria.length ?? 0;
  const place = here.place + by;
  if (place >= 0 && place < length) return { section: here.section, place };
  const other = sections[nth + by];
  return other ? { section: other.key, place: by < 0 ? other.criteria.length : 0 } : null;
}

/** Where a criterion that is laid on another comes to stand: in its place, which moves aside. */
export function laidOn(sections: readonly Section[], criterion: string, target: string): Place | null {
  const there = whereIs(sections, target);
  return criterion === target ? null : there;
}

/** How many other sections come before a section that is laid on another. */
export function sectionLaidOn(sections: readonly Section[], target: string): number {
  return Math.max(0, sections.findIndex(({ key }) => key === target));
}

/** The words for what became of a part between two forms. */
export const changeNames: Record<PartChange, { text: string; look: "seen" | "wrong" | "press" | "not" }> = {
  added: { text: "Added", look: "seen" },
  removed: { text: "Taken out", look: "wrong" },
  reworded: { text: "Reworded", look: "press" },
  guided: { text: "Other guidance", look: "press" },
  moved: { text: "Moved", look: "not" },
  split: { text: "Split", look: "not" },
};

/** The bytes of a file as text that a command can carry. */
export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Most that is read from a file: beyond it, it is no form. */
export const LARGEST_FORM = 1_048_576;
