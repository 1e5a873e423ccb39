// Scores of a self-evaluation in words: out of four, and an absence is an absence, never a nought.
import type { SelfEvaluationFigure } from "../contract";
import { routeOf } from "./route";

/** "2.8", or a dash while nothing is answered. */
export function ofFour(figure: SelfEvaluationFigure | null | undefined): string {
  const mean = figure?.of_four ?? null;
  return mean === null ? "–" : mean.toFixed(1);
}

/** "2.8 out of 4", "not agreed yet" */
export function saidOfFour(figure: SelfEvaluationFigure | null | undefined): string {
  return figure?.of_four == null ? "not agreed yet" : `${ofFour(figure)} out of 4`;
}

/**
 * "up 0.4 on 2025-26", as the two stand on the screen; where they rest on a different number of answers they are not set
 * against each other: "2.4 in 2025-26".
 */
export function changeSince(now: SelfEvaluationFigure, before: SelfEvaluationFigure | null, name: string): string | null {
  if (before?.of_four == null) return null;
  if (now.of_four === null || now.answered !== before.answered) return `${ofFour(before)} in ${name}`;
  const steps = Math.round(now.of_four * 10) - Math.round(before.of_four * 10);
  if (steps === 0) return `as in ${name}`;
  return `${steps > 0 ? "up" : "down"} ${(Math.abs(steps) / 10).toFixed(1)} on ${name}`;
}

/** Where a value from 1 to 4 lies on a line from left to right, of a hundred. */
export function along(value: number): number {
  return (value / 4) * 100;
}

/** A corner of a radar: its place of so many, at a value out of four, on a circle of this radius around 0 0. */
export function corner(place: number, of: number, value: number, radius: number): [number, number] {
  const angle = (place / of) * 2 * Math.PI;
  const reach = (value / 4) * radius;
  return [Math.sin(angle) * reach, -Math.cos(angle) * reach];
}

/**
 * The address that begins an action from a priority of a self-evaluation, for the screen of actions to fill its form from:
 * where it came from, the year, and the domain's key. Null as long as there is no screen of actions to lead to.
 */
export function actionFromPriority(year: number, domain: string): string | null {
  if (routeOf("#/actions/new").screen === "unknown") return null;
  return `#/actions/new?${new URLSearchParams({ from: "self_evaluation", year: String(year), domain }).toString()}`;
}
