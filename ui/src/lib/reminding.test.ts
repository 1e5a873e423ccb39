import { describe, expect, it } from "vitest";
import { badgeFor, badgesOf } from "./reminding";

const nothing = {
  due: 0,
  overdue: 0,
  next_due_at: null,
  unread_notices: 0,
  records_to_read: 0,
  unread_reports: 0,
  actions_overdue: 0,
  actions_due: 0,
  concerns_to_answer: 0,
};

describe("what waits for somebody", () => {
  it("has no badge while nothing waits", () => {
    expect(badgesOf(nothing)).toEqual({});
    expect(badgeFor(["mine"], {})).toBeNull();
  });

  it("stands beside its room, and says in words what the number means", () => {
    const badges = badgesOf({ ...nothing, due: 2, overdue: 1, unread_notices: 2, records_to_read: 1 });
    expect(badges.walks).toEqual({ count: 3, text: "3 records to share, 1 past the limit", isLate: true });
    expect(badges.notices?.text).toBe("2 not read yet");
    expect(badges.visits?.text).toBe("1 to read");
  });

  it("is late for whoever owns an action whose day has passed", () => {
    const badges = badgesOf({ ...nothing, unread_reports: 1, unread_notices: 1, actions_overdue: 1, actions_due: 1 });
    expect(badges.mine).toEqual({ count: 2, text: "2 waiting for you", isLate: true });
    expect(badges.notices?.count).toBe(2);
  });

  it("never says that a concern is one", () => {
    expect(badgesOf({ ...nothing, concerns_to_answer: 1 }).mine?.text).toBe("1 waiting for you");
  });

  it("adds up for the rooms behind more", () => {
    const badges = badgesOf({ ...nothing, concerns_to_answer: 1, unread_notices: 2 });
    expect(badgeFor(["notices", "school", "mine"], badges)?.count).toBe(3);
  });
});
