import { describe, expect, it } from "vitest";
import { keptLines } from "./kept";

const kept = {
  visits: 12,
  noticed: 12,
  two_observers: 11,
  moved_after_notice: 1,
  shared: 10,
  shared_in_time: 9,
  shared_median_hours: 21,
  shared_worst_hours: 60,
  responses_offered: 10,
  responses_made: 4,
  concerns: 0,
};

describe("a term as it was kept", () => {
  it("is told in sentences with a figure each", () => {
    const [notice, observers, shared] = keptLines(kept);
    expect(notice?.sentence).toBe("12 visits took place; for all of them notice had stood for the days agreed.");
    expect(observers?.figure).toBe("11 of 12");
    expect(shared?.sentence).toContain("Of 12 visits, 10 records are shared so far, 9 of 10 within the limit. Half of them came within 21 hours; the slowest took 60 hours.");
  });

  it("says nothing of hours while nothing was shared", () => {
    const none = { ...kept, shared: 0, shared_in_time: 0, shared_median_hours: null, shared_worst_hours: null };
    expect(keptLines(none)[2]?.sentence).not.toContain("hour");
  });
});
