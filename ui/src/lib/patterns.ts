// Cells of patterns as words: what share saw it, of how many, and why a cell is hidden.
import type { PatternBy, PatternCell } from "../contract";
import { count } from "./phrases";

export type Shown = Extract<PatternCell, { state: "shown" }>;
/** The numbers of a shown cell, wherever they stand. */
export type Numbers = Pick<Shown, "least" | "most" | "looked">;

export const wayNames: Record<PatternBy, string> = {
  all: "All classes",
  phase: "By phase",
  year_group: "By year group",
  part: "By part of lesson",
  subject: "By subject",
};

const hundredth = (part: number, whole: number) => (whole === 0 ? 0 : Math.round((part / whole) * 100));

/** The share that saw it, of a hundred; the middle where two numbers are possible. For lengths and shades. */
export function middle(cell: Numbers): number {
  return cell.looked === 0 ? 0 : ((cell.least + cell.most) / 2 / cell.looked) * 100;
}

/** "75%", or "at least 92%" where all, or all but one, saw it. */
export function share(cell: Numbers): string {
  const least = hundredth(cell.least, cell.looked);
  const most = hundredth(cell.most, cell.looked);
  if (cell.least === cell.most || least === most) return `${least}%`;
  if (cell.most === cell.looked) return `at least ${least}%`;
  if (cell.least === 0) return `at most ${most}%`;
  return `${least} to ${most}%`;
}

/** The same where there is little room: "≥ 92%". */
export function shortShare(cell: Numbers): string {
  return share(cell).replace("at least ", "≥\u00a0").replace("at most ", "≤\u00a0").replace(" to ", "–");
}

/** "9 of 12", "11 or 12 of 12", "between 20 and 22 of 24" */
export function figures(cell: Numbers): string {
  if (cell.least === cell.most) return `${cell.least} of ${cell.looked}`;
  if (cell.most - cell.least === 1) return `${cell.least} or ${cell.most} of ${cell.looked}`;
  return `${cell.least} to ${cell.most} of ${cell.looked}`;
}

/** Why nothing is shown, in as few words as a cell has room for. */
export function hiddenShort(cell: PatternCell | null, threshold: number): string {
  switch (cell?.state) {
    case "few":
      return `under ${threshold} classes`;
    case "protects":
      return "held back";
    case "nobody":
      return "not looked at";
    case "shown":
      return "";
    default:
      return "not in this walk";
  }
}

/** A cell in a sentence; what a reader with a screen reader hears, and what stands in the table. */
export function cellSentence(cell: PatternCell | null, threshold: number): string {
  switch (cell?.state) {
    case "shown":
      return `Seen in ${figures(cell)} visits that looked, ${share(cell)}, from ${count(cell.classes, "class", "classes")}.`;
    case "few":
      return `Hidden: fewer than ${threshold} classes, or teachers, are behind it.`;
    case "protects":
      return "Hidden: another hidden number could be worked out from it.";
    case "nobody":
      return "Nobody looked at this.";
    default:
      return "Not part of this walk.";
  }
}
