// Words and places of actions: when one is due, which stand in which column of a board.
import type { ActionLine, ActionState } from "../contract";
import { count } from "./phrases";
import { daysBetween, shortDay } from "./dates";

/** "by Tue 1 Dec, in 9 days", "was due Tue 1 Dec", or the day alone once it is over. */
export function dueLine(action: Pick<ActionLine, "due_on" | "state" | "is_overdue">, now: Date): string {
  const day = shortDay(action.due_on);
  if (action.is_overdue) return `was due ${day}`;
  if (action.state === "done" || action.state === "dropped") return `by ${day}`;
  const left = daysBetween(now, new Date(`${action.due_on}T12:00`));
  if (left === 0) return "due today";
  return left < 0 || left > 14 ? `by ${day}` : `by ${day}, in ${count(left, "day")}`;
}

/** The actions of each column, in the order of the list. */
export function columns(actions: readonly ActionLine[]): Record<ActionState, ActionLine[]> {
  const of = (state: ActionState) => actions.filter((action) => action.state === state);
  return { open: of("open"), in_progress: of("in_progress"), done: of("done"), dropped: of("dropped") };
}

/** Six weeks from now, as a date field wants it: half a term. */
export function usualDue(now: Date): string {
  const due = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 42, 12);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${due.getFullYear()}-${two(due.getMonth() + 1)}-${two(due.getDate())}`;
}
