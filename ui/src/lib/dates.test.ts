import { describe, expect, it } from "vitest";
import { beginning, clock, dateField, day, daysBetween, elapsed, isInTimeFor, moment, momentTyped, nearDay, shortDay } from "./dates";

// Local times throughout: what a person reads is in the zone of the device, whatever that is.
const now = new Date(2026, 10, 17, 12, 0);

describe("days", () => {
  it("a day is named in full, with its year only when it is another one", () => {
    expect(day(new Date(2026, 10, 17, 9, 15), now)).toBe("Tuesday 17 November");
    expect(day(new Date(2027, 0, 4), now)).toBe("Monday 4 January 2027");
    expect(shortDay(new Date(2026, 8, 1))).toBe("Tue 1 Sep");
  });

  it("days are counted by the calendar, not by hours", () => {
    expect(daysBetween(new Date(2026, 10, 17, 23, 59), new Date(2026, 10, 18, 0, 1))).toBe(1);
    expect(daysBetween(new Date(2026, 2, 28, 12), new Date(2026, 2, 30, 0, 30))).toBe(2);
  });

  it("near days are called by name", () => {
    expect(nearDay(new Date(2026, 10, 17, 0, 0), now)).toBe("today");
    expect(nearDay(new Date(2026, 10, 18, 23, 0), now)).toBe("tomorrow");
    expect(nearDay(new Date(2026, 10, 16, 23, 0), now)).toBe("yesterday");
    expect(nearDay(new Date(2026, 10, 20, 9, 0), now)).toBe("Friday 20 November");
  });

  it("a moment says only as much as is needed", () => {
    expect(moment(new Date(2026, 10, 17, 10, 42), now)).toBe("10:42");
    expect(moment(new Date(2026, 10, 16, 10, 42), now)).toBe("yesterday 10:42");
    expect(moment(new Date(2026, 10, 20, 9, 5), now)).toBe("Fri 20 Nov, 09:05");
    expect(clock(new Date(2026, 10, 17, 0, 5))).toBe("00:05");
  });

  it("what begins on a day is in time for it, whatever the hour", () => {
    expect(isInTimeFor(new Date(2026, 10, 23, 9, 30), new Date(2026, 10, 23, 15, 45))).toBe(true);
    expect(isInTimeFor(new Date(2026, 10, 22, 9, 30), new Date(2026, 10, 23, 0, 0))).toBe(false);
  });

  it("what begins with the day is told by its day", () => {
    expect(beginning(new Date(2026, 10, 23), now)).toBe("Mon 23 Nov");
    expect(beginning(new Date(2026, 10, 18), now)).toBe("tomorrow");
    expect(beginning(new Date(2026, 10, 23, 15, 45), now)).toBe("Mon 23 Nov, 15:45");
  });
});

describe("a running time", () => {
  it("is shown in minutes and seconds, and never below nothing", () => {
    expect(elapsed(684_900)).toBe("11:24");
    expect(elapsed(3_723_000)).toBe("1:02:03");
    expect(elapsed(-5000)).toBe("00:00");
  });
});

describe("a typed moment", () => {
  it("is read from date and time fields, and from what people write", () => {
    const wanted = new Date(2026, 10, 17, 9, 15);
    expect(momentTyped("2026-11-17", "09:15")).toEqual(wanted);
    expect(momentTyped("17/11/2026", "9.15")).toEqual(wanted);
    expect(dateField(wanted)).toBe("2026-11-17");
  });

  it("is none when the day or the time does not exist", () => {
    for (const [date, time] of [["2026-02-30", "09:15"], ["2026-11-17", "24:00"], ["2026-11-17", "9:75"], ["", ""]] as const) {
      expect(momentTyped(date, time)).toBeNull();
    }
  });
});
