import { describe, expect, it } from "vitest";
import type { ActionLine } from "../contract";
import { columns, dueLine, usualDue } from "./actions";

const now = new Date(2026, 10, 21, 9, 30);
const action = (with_: Partial<ActionLine>): ActionLine => ({
  action: "a1",
  title: "Boards in reach",
  owner: "p1",
  owner_name: "Orla Tamblyn",
  due_on: "2026-12-01",
  state: "open",
  is_overdue: false,
  is_mine: false,
  notes: 0,
  about: "",
  walk: null,
  walk_name: "",
  steps: [],
  ...with_,
});

describe("when an action is due", () => {
  it("is said with the days that are left while they are few", () => {
    expect(dueLine(action({}), now)).toBe("by Tue 1 Dec, in 10 days");
    expect(dueLine(action({ due_on: "2026-11-21" }), now)).toBe("due today");
    expect(dueLine(action({ due_on: "2027-03-01" }), now)).toBe("by Mon 1 Mar");
  });

  it("is said as past only while something is left to do", () => {
    expect(dueLine(action({ due_on: "2026-11-02", is_overdue: true }), now)).toBe("was due Mon 2 Nov");
    expect(dueLine(action({ due_on: "2026-11-02", state: "done" }), now)).toBe("by Mon 2 Nov");
  });

  it("is half a term from now unless somebody says otherwise", () => {
    expect(usualDue(now)).toBe("2027-01-02");
  });
});

describe("a board", () => {
  it("keeps the order of the list in each column", () => {
    const found = columns([action({ action: "a2" }), action({ action: "a3", state: "done" }), action({ action: "a1" })]);
    expect(found.open.map(({ action }) => action)).toEqual(["a2", "a1"]);
    expect(found.done).toHaveLength(1);
    expect(found.dropped).toEqual([]);
  });
});
