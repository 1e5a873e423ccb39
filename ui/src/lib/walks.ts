// How a walk stands, in words: for the year, and wherever a walk is one line among others.
import type { WalkCard } from "../contract";
import { shortDay } from "./dates";
import { count } from "./phrases";

/** "Mon 16 Nov to Fri 20 Nov · 24 visits" */
export function walkSpan(walk: Pick<WalkCard, "from" | "to" | "visits">): string {
  if (walk.from === null) return "No visits planned yet";
  const from = shortDay(walk.from);
  const to = walk.to === null ? from : shortDay(walk.to);
  return `${from === to ? from : `${from} to ${to}`} · ${count(walk.visits, "visit")}`;
}

export type Standing = { text: string; look: "plain" | "seen" | "not" | "press" };

/** Where a walk stands, in a word or two: what has to be done comes before what is done. */
export function walkStanding(walk: WalkCard, now: Date): Standing {
  if (walk.visits === 0) return { text: "To plan", look: "not" };
  if (walk.finished === walk.visits) {
    return walk.shared === walk.visits ? { text: "All shared", look: "seen" } : { text: "To share", look: "not" };
  }
  if (!walk.noticed) return { text: "Notice not given", look: "not" };
  const isBegun = walk.finished > 0 || (walk.from !== null && Date.parse(walk.from) <= now.getTime());
  return isBegun ? { text: "Under way", look: "press" } : { text: "Notice given", look: "seen" };
}

/** Where a day stands between two others, in hundredths from 0 to 100. */
export function placeBetween(day: string, first: string, last: string): number {
  const at = (text: string) => Date.parse(text.slice(0, 10));
  const whole = at(last) - at(first);
  if (!(whole > 0)) return 0;
  return Math.min(100, Math.max(0, ((at(day) - at(first)) / whole) * 100));
}

/** The days from the first of the month of the earliest to the last of the month of the latest, and the months between. */
export function monthsAround(days: readonly string[]): { first: string; last: string; months: { name: string; day: string }[] } {
  const sorted = days.toSorted();
  const [fromYear = 0, fromMonth = 1] = (sorted[0] ?? "").split("-").map(Number);
  const [toYear = 0, toMonth = 0] = (sorted.at(-1) ?? "").split("-").map(Number);
  const iso = (year: number, month: number, date: number) => new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);
  const number = Math.min(36, (toYear - fromYear) * 12 + toMonth - fromMonth + 1);
  const months = Array.from({ length: Math.max(0, number) }, (_, index) => {
    const day = iso(fromYear, fromMonth - 1 + index, 1);
    const name = new Intl.DateTimeFormat("en-GB", { month: "short", timeZone: "UTC" }).format(new Date(day)).replace("Sept", "Sep");
    return { name, day };
  });
  return { first: iso(fromYear, fromMonth - 1, 1), last: iso(toYear, toMonth, 1), months };
}
