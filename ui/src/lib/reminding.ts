// What waits for somebody, beside the room it waits in: a small number to see, a sentence to hear. Never whose, never
// about what; the screen of a tablet is seen by others too.
import type { Reminder } from "../contract";
import { count } from "./phrases";
import type { Room } from "./route";

export type Badge = { count: number; text: string; isLate: boolean };
export type Badges = Partial<Record<Room, Badge>>;

export function badgesOf(reminding: Reminder): Badges {
  const badges: Badges = {};
  const { due, overdue, records_to_read, concerns_to_answer, actions_overdue, actions_due } = reminding;
  const unread = reminding.unread_notices + reminding.unread_reports;
  const own = concerns_to_answer + actions_overdue + actions_due;
  const toShare = due + overdue;
  if (toShare > 0) {
    const late = overdue > 0 ? `, ${overdue} past the limit` : "";
    badges.walks = { count: toShare, text: `${count(toShare, "record")} to share${late}`, isLate: overdue > 0 };
  }
  if (unread > 0) badges.notices = { count: unread, text: `${unread} not read yet`, isLate: false };
  if (records_to_read > 0) badges.visits = { count: records_to_read, text: `${records_to_read} to read`, isLate: false };
  if (own > 0) badges.mine = { count: own, text: `${own} waiting for you`, isLate: actions_overdue > 0 };
  return badges;
}

/** One badge for the rooms that a narrow bar keeps behind "more". */
export function badgeFor(rooms: readonly Room[], badges: Badges): Badge | null {
  const found = rooms.map((room) => badges[room]).filter((badge) => badge !== undefined);
  if (found.length === 0) return null;
  return {
    count: found.reduce((sum, badge) => sum + badge.count, 0),
    text: found.map(({ text }) => text).join(", "),
    isLate: found.some(({ isLate }) => isLate),
  };
}
