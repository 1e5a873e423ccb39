import { describe, expect, it } from "vitest";
import type { PlanLesson, PlanSlot } from "../contract";
import {
  add,
  type Card,
  cellKey,
  cellNamed,
  cellOf,
  cells,
  daysOf,
  isOther,
  keyed,
  leaveOut,
  localTime,
  lock,
  move,
  observe,
  slotsOf,
  swap,
  weeksBetween,
} from "./board";

const lessons: PlanLesson[] = [
  {
    starts: "09:10",
    ends: "10:00",
    visits: [
      { part: "opening", starts: "09:10" },
      { part: "main", starts: "09:25" },
      { part: "plenary", starts: "09:40" },
    ],
  },
  { starts: "10:00", ends: "10:25", visits: [{ part: "main", starts: "10:00" }] },
  { starts: "10:30", ends: "10:40", visits: [] },
];

const slot = (change: Partial<PlanSlot> = {}): PlanSlot => ({
  visit: null,
  class: "kestrel",
  class_name: "Kestrel class",
  room: "Room 4",
  route: 4,
  starts_at: localTime("2026-11-16", "09:10"),
  minutes: 20,
  part: "opening",
  subject: "Science",
  observers: ["ann"],
  is_locked: false,
  is_begun: false,
  problems: ["An observer is in two places at this time."],
  ...change,
});
const kite = (change: Partial<PlanSlot> = {}) =>
  slot({
    class: "kite",
    class_name: "Kite class",
    visit: "v2",
    starts_at: localTime("2026-11-17", "09:40"),
    part: "plenary",
    minutes: 15,
    observers: ["ben", "cho"],
    ...change,
  });
const of = (cards: Card[], key: string) => {
  const found = cards.find((card) => card.key === key);
  if (!found) throw new Error(`no card ${key}`);
  return found;
};

describe("a card on the board", () => {
  it("has a key that stays through moves and through what the check gives back", () => {
    const cards = keyed([slot(), slot(), kite()]);
    expect(cards.map(({ key }) => key)).toEqual(["kestrel", "kestrel 2", "kite"]);
    const moved = move(cards, "kite", { day: "2026-11-18", lesson: 0 }, lessons);
    expect(keyed(slotsOf(moved)).map(({ key }) => key)).toEqual(cards.map(({ key }) => key));
    expect(keyed([kite({ visit: null })])[0]?.key).toBe(keyed([kite()])[0]?.key);
  });

  it("stands in the lesson its time falls in, or outside of all", () => {
    expect(cellOf(slot(), lessons)).toEqual({ day: "2026-11-16", lesson: 0 });
    expect(cellOf(slot({ starts_at: localTime("2026-11-16", "10:00") }), lessons).lesson).toBe(1);
    expect(cellOf(slot({ starts_at: localTime("2026-11-16", "08:00") }), lessons).lesson).toBe(-1);
  });

  it("stands with the others of its cell in order of time, then of the route", () => {
    const cards = keyed([
      slot({ class: "c", starts_at: localTime("2026-11-16", "09:40") }),
      slot({ class: "b", route: 9 }),
      slot({ class: "a", route: 2 }),
    ]);
    const found = cells(cards, lessons).get(cellKey({ day: "2026-11-16", lesson: 0 }));
    expect(found?.map((card) => card.class)).toEqual(["a", "b", "c"]);
  });

  it("finds the cell it was dropped on by its name", () => {
    expect(cellNamed(cellKey({ day: "2026-11-16", lesson: 2 }))).toEqual({ day: "2026-11-16", lesson: 2 });
    expect(cellNamed("nowhere")).toBeNull();
  });
});

describe("moving", () => {
  it("keeps the part of the lesson, and takes the time that part has there", () => {
    const moved = of(move(keyed([kite()]), "kite", { day: "2026-11-18", lesson: 0 }, lessons), "kite");
    expect(moved.starts_at).toBe(localTime("2026-11-18", "09:40"));
    expect(moved.part).toBe("plenary");
  });

  it("takes another part when it is asked for, or when the lesson has not the old one", () => {
    const cards = keyed([kite()]);
    expect(of(move(cards, "kite", { day: "2026-11-17", lesson: 0 }, lessons, "opening"), "kite").part).toBe("opening");
    const short = of(move(cards, "kite", { day: "2026-11-17", lesson: 1 }, lessons), "kite");
    expect([short.part, short.starts_at]).toEqual(["main", localTime("2026-11-17", "10:00")]);
  });

  it("does nothing where no visit can be, nor with what is locked or begun", () => {
    const cards = keyed([kite()]);
    expect(isOther(move(cards, "kite", { day: "2026-11-17", lesson: 2 }, lessons), cards)).toBe(false);
    expect(isOther(move(cards, "kite", { day: "2026-11-17", lesson: -1 }, lessons), cards)).toBe(false);
    for (const state of [{ is_locked: true }, { is_begun: true }]) {
      const held = keyed([kite(state)]);
      expect(isOther(move(held, "kite", { day: "2026-11-18", lesson: 0 }, lessons), held)).toBe(false);
    }
  });

  it("forgets the old problems and leaves the list before it as it was", () => {
    const cards = keyed([kite()]);
    expect(of(move(cards, "kite", { day: "2026-11-18", lesson: 0 }, lessons), "kite").problems).toEqual([]);
    expect(of(cards, "kite").problems.length).toBe(1);
  });
});

describe("swapping", () => {
  it("gives each class the other's time, part and observers", () => {
    const swapped = swap(keyed([slot(), kite()]), "kestrel", "kite");
    const [first, second] = [of(swapped, "kestrel"), of(swapped, "kite")];
    expect([first.starts_at, first.part, first.minutes, first.observers]).toEqual([kite().starts_at, "plenary", 15, ["ben", "cho"]]);
    expect([second.starts_at, second.part, second.minutes, second.observers]).toEqual([slot().starts_at, "opening", 20, ["ann"]]);
    expect([first.class, first.subject, second.class]).toEqual(["kestrel", "Science", "kite"]);
  });

  it("twice is as before", () => {
    const cards = keyed([slot(), kite()]);
    expect(isOther(swap(swap(cards, "kestrel", "kite"), "kestrel", "kite"), cards)).toBe(false);
  });

  it("never moves a locked or begun visit, nor one with itself", () => {
    for (const state of [{ is_locked: true }, { is_begun: true }]) {
      const cards = keyed([slot(), kite(state)]);
      expect(isOther(swap(cards, "kestrel", "kite"), cards)).toBe(false);
      expect(isOther(swap(cards, "kite", "kestrel"), cards)).toBe(false);
    }
    const cards = keyed([slot(), kite()]);
    expect(isOther(swap(cards, "kite", "kite"), cards)).toBe(false);
  });
});

describe("locking", () => {
  it("holds a visit and lets it go again, and is no change of the timetable", () => {
    const cards = keyed([kite()]);
    const locked = lock(cards, "kite", true);
    expect(of(locked, "kite").is_locked).toBe(true);
    expect(isOther(locked, cards)).toBe(false);
    expect(of(lock(locked, "kite", false), "kite").is_locked).toBe(false);
  });

  it("never lets a begun visit go", () => {
    const begun = keyed([kite({ is_locked: true, is_begun: true })]);
    expect(of(lock(begun, "kite", false), "kite").is_locked).toBe(true);
  });
});

describe("the rest of the board", () => {
  it("puts each observer down once", () => {
    expect(of(observe(keyed([kite()]), "kite", ["ann", "ann", ""]), "kite").observers).toEqual(["ann"]);
  });

  it("takes a visit off, unless it has begun", () => {
    expect(leaveOut(keyed([slot(), kite()]), "kite").length).toBe(1);
    expect(leaveOut(keyed([kite({ is_begun: true })]), "kite").length).toBe(1);
  });

  it("takes in a class that was not on it", () => {
    const heron = { class: "heron", name: "Heron class", room: "Room 1", route: 1 };
    const added = of(add(keyed([kite()]), heron, { day: "2026-11-19", lesson: 0 }, lessons, 15), "heron");
    expect([added.starts_at, added.part, added.minutes]).toEqual([localTime("2026-11-19", "09:25"), "main", 15]);
  });

  it("knows the order of observers for no change, and their number for one", () => {
    const cards = keyed([kite()]);
    expect(isOther(observe(cards, "kite", ["cho", "ben"]), cards)).toBe(false);
    expect(isOther(observe(cards, "kite", ["cho"]), cards)).toBe(true);
  });

  it("has a column for each chosen day and each day with a visit", () => {
    expect(daysOf(["2026-11-18", "2026-11-16"], keyed([kite()]))).toEqual(["2026-11-16", "2026-11-17", "2026-11-18"]);
  });

  it("counts the weeks of a term from Monday to Friday", () => {
    const weeks = weeksBetween("2026-09-02", "2026-09-14");
    expect(weeks).toEqual([
      [null, null, "2026-09-02", "2026-09-03", "2026-09-04"],
      ["2026-09-07", "2026-09-08", "2026-09-09", "2026-09-10", "2026-09-11"],
      ["2026-09-14", null, null, null, null],
    ]);
    expect(weeksBetween("2026-09-05", "2026-09-06")).toEqual([]);
  });

  it("writes a time with the offset that holds here", () => {
    expect(new Date(localTime("2026-11-16", "09:10")).getTime()).toBe(new Date(2026, 10, 16, 9, 10).getTime());
    expect(localTime("2026-11-16", "09:10")).toMatch(/^2026-11-16T09:10:00[+-]\d\d:\d\d$/);
  });
});
