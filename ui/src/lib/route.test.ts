import { describe, expect, it } from "vitest";
import { barOf, roomOf, roomsOf, routeOf } from "./route";

describe("addresses", () => {
  it("name a screen and what it is about", () => {
    expect(routeOf("")).toEqual({ screen: "home" });
    expect(routeOf("#/today/v1")).toEqual({ screen: "observation", visit: "v1" });
    expect(routeOf("#/walks/w1/record/v1")).toEqual({ screen: "record", visit: "v1", from: "walk", walk: "w1" });
    expect(routeOf("#/walks/plan")).toEqual({ screen: "walk_plan", walk: null, term: null });
    expect(routeOf("#/walks/plan/t1")).toEqual({ screen: "walk_plan", walk: null, term: "t1" });
    expect(routeOf("#/walks/plan/after/a1")).toEqual({ screen: "walk_plan", walk: null, term: null, follows: "a1" });
    expect(routeOf("#/walks/w1/report")).toEqual({ screen: "report", of: "w1", from: "walk" });
    expect(routeOf("#/walks/w1/timetable")).toEqual({ screen: "timetable", walk: "w1" });
    expect(routeOf("#/year/2026-27")).toEqual({ screen: "year", year: "2026-27" });
    expect(routeOf("#/self-evaluation")).toEqual({ screen: "self_evaluations" });
    expect(routeOf("#/self-evaluation/2026")).toEqual({ screen: "self_evaluation", year: 2026, part: "result", domain: null });
    expect(routeOf("#/self-evaluation/2026/rate/send")).toEqual({ screen: "self_evaluation", year: 2026, part: "rate", domain: "send" });
    expect(routeOf("#/retention")).toEqual({ screen: "retention" });
    expect(routeOf("#/notices/n1")).toEqual({ screen: "notice", notice: "n1" });
    expect(routeOf("#/patterns/w1")).toEqual({ screen: "pattern", walk: "w1" });
    expect(routeOf("#/patterns/over")).toEqual({ screen: "patterns_over" });
    expect(routeOf("#/mine/head")).toEqual({ screen: "concerns" });
    expect(routeOf("#/join/ABCD-EFGH")).toEqual({ screen: "join", code: "ABCD-EFGH" });
    expect(routeOf("#/school/classes/add")).toEqual({ screen: "import", list: "classes" });
  });

  it("nonsense is nowhere, and never an error", () => {
    for (const hash of ["#/nowhere", "#/walks/w1/else", "#/school/marks", "#/mine/else", "#/reviews", "#/self-evaluation/soon", "#/self-evaluation/2026/else", "#/%E0%A4%A"]) {
      expect(routeOf(hash)).toEqual({ screen: "unknown" });
    }
  });

  it("every screen inside a room marks that room", () => {
    expect(roomOf(routeOf("#/today/v1/record"))).toBe("today");
    expect(roomOf(routeOf("#/walks/w1/visit/v1"))).toBe("walks");
    expect(roomOf(routeOf("#/about"))).toBe("mine");
    expect(roomOf(routeOf("#/actions/a1"))).toBe("notices");
    expect(roomOf(routeOf("#/actions/a1"), true)).toBe("improve");
    expect(roomOf(routeOf("#/reports/r1"), true)).toBe("notices");
  });
});

describe("rooms", () => {
  const nobody = { is_observer: false, is_teacher: false, is_leader: false };

  it("follow from what a person is", () => {
    expect(roomsOf(nobody)).toEqual(["notices", "mine"]);
    expect(roomsOf({ ...nobody, is_observer: true })).toEqual(["today", "notices", "mine"]);
    expect(roomsOf({ ...nobody, is_teacher: true })).toEqual(["coming", "visits", "notices", "mine"]);
    expect(roomsOf({ ...nobody, is_leader: true })).toEqual(["year", "walks", "devices", "notices", "improve", "school", "search", "mine"]);
  });

  it("a narrow bar never holds more than five, and hides none", () => {
    const everything = roomsOf({ is_observer: true, is_teacher: true, is_leader: true });
    const bar = barOf(everything);
    expect(bar.shown.length).toBe(4);
    expect([...bar.shown, ...bar.more]).toEqual(everything);
    expect(barOf(roomsOf({ ...nobody, is_leader: true })).shown).toContain("notices");
    expect(barOf(roomsOf({ ...nobody, is_observer: true, is_teacher: true })).more).toEqual([]);
  });
});
