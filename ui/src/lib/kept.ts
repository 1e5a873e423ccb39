// How the protocol was kept in a term, as sentences with one figure each. Counts of visits and records, never of people.
import type { Kept } from "../contract";
import { count } from "./phrases";

export type KeptLine = {
  title: string;
  figure: string;
  sentence: string;
  /** How much of the whole it is, for the bar; none for a bare number. */
  share: { of: number; made: number } | null;
};

const all = (made: number, of: number) => (of > 0 && made === of ? "all of them" : `${made} of ${of}`);

export function keptLines(kept: Kept): KeptLine[] {
  const lines: KeptLine[] = [
    {
      title: "Notice",
      figure: `${kept.noticed} of ${kept.visits}`,
      sentence: `${count(kept.visits, "visit")} took place; for ${all(kept.noticed, kept.visits)} notice had stood for the days agreed.`,
      share: { made: kept.noticed, of: kept.visits },
    },
    {
      title: "At most two observers",
      figure: `${kept.two_observers} of ${kept.visits}`,
      sentence: `At ${all(kept.two_observers, kept.visits)} there were no more than two observers in the room.`,
      share: { made: kept.two_observers, of: kept.visits },
    },
    {
      title: "Shared in time",
      figure: `${kept.shared_in_time} of ${kept.visits}`,
      sentence: sharing(kept),
      share: { made: kept.shared_in_time, of: kept.visits },
    },
    {
      title: "Responses",
      figure: `${kept.responses_made} of ${kept.responses_offered}`,
      sentence: `A response was offered ${times(kept.responses_offered)} and made ${times(kept.responses_made)}. Making one is for each teacher to decide.`,
      share: { made: kept.responses_made, of: kept.responses_offered },
    },
    {
      title: "Changed after notice",
      figure: `${kept.moved_after_notice}`,
      sentence:
        kept.moved_after_notice === 0
          ? "No visit was changed after it had been announced."
          : `${count(kept.moved_after_notice, "visit")} changed in time, class or observers after notice, so notice began again.`,
      share: null,
    },
    {
      title: "Concerns",
      figure: `${kept.concerns}`,
      sentence:
        kept.concerns === 0
          ? "No concern about the walks was raised with the head."
          : `${count(kept.concerns, "concern")} about the walks ${kept.concerns === 1 ? "was" : "were"} raised with the head. Whose and what about, nobody else reads.`,
      share: null,
    },
  ];
  return lines;
}

function times(number: number): string {
  return number === 1 ? "once" : `${number} times`;
}

function sharing(kept: Kept): string {
  const shared = `Of ${count(kept.visits, "visit")}, ${count(kept.shared, "record")} ${kept.shared === 1 ? "is" : "are"} shared so far, ${all(kept.shared_in_time, kept.shared)} within the limit.`;
  if (kept.shared_median_hours === null || kept.shared_worst_hours === null) return shared;
  return `${shared} Half of them came within ${count(kept.shared_median_hours, "hour")}; the slowest took ${count(kept.shared_worst_hours, "hour")}.`;
}
