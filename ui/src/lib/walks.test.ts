import { describe, expect, it } from "vitest";
import type { WalkCard } from "../contract";
import { monthsAround, placeBetween, walkSpan, walkStanding } from "./walks";

const now = new Date("2026-11-17T10:00:00");
const walk = (change: Partial<WalkCard>): WalkCard => ({
  walk: "w1",
  name: "Autumn walk",
  focus: "Independence",
  from: "2026-11-16T09:10:00",
  to: "2026-11-20T09:10:00",
  visits: 10,
  finished: 0,
  shared: 0,
  answered: 0,
  noticed: true,
  ...change,
});

describe("where a walk stands", () => {
  it("says first what has to be done", () => {
    expect(walkStanding(walk({ visits: 0, from: null, to: null, noticed: false }), now).text).toBe("To plan");
    expect(walkStanding(walk({ noticed: false }), now).text).toBe("Notice not given");
    expect(walkStanding(walk({ finished: 10, shared: 9 }), now).text).toBe("To share");
  });

  it("says how far it is when nothing has to be done", () => {
    expect(walkStanding(walk({ from: "2026-11-23T09:10:00" }), now).text).toBe("Notice given");
    expect(walkStanding(walk({}), now).text).toBe("Under way");
    expect(walkStanding(walk({ finished: 10, shared: 10 }), now).text).toBe("All shared");
  });

  it("says when, on one day or on several", () => {
    expect(walkSpan(walk({}))).toBe("Mon 16 Nov to Fri 20 Nov · 10 visits");
    expect(walkSpan(walk({ to: "2026-11-16T13:00:00", visits: 1 }))).toBe("Mon 16 Nov · 1 visit");
    expect(walkSpan(walk({ from: null, to: null }))).toBe("No visits planned yet");
  });
});

describe("the year as a line", () => {
  it("runs over whole months, from the first term to the last", () => {
    const line = monthsAround(["2027-07-21", "2026-09-02"]);
    expect([line.first, line.last]).toEqual(["2026-09-01", "2027-08-01"]);
    expect(line.months.map(({ name }) => name)).toEqual(["Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul"]);
  });

  it("places a day on it, and never beside it", () => {
    expect(placeBetween("2026-09-01", "2026-09-01", "2026-09-11")).toBe(0);
    expect(placeBetween("2026-09-06T09:00:00+01:00", "2026-09-01", "2026-09-11")).toBe(50);
    expect(placeBetween("2027-01-01", "2026-09-01", "2026-09-11")).toBe(100);
    expect(placeBetween("2026-09-01", "2026-09-01", "2026-09-01")).toBe(0);
  });

  it("of no days is no line", () => {
    expect(monthsAround([]).months.length).toBeLessThan(37);
  });
});
