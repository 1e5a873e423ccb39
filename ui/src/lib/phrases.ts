// The words of the domain as they stand on the screen: one spelling for each, and the sentences made of them.
import type {
  Code,
  FileTaken,
  ActionState,
  Mark,
  MyState,
  Part,
  ReadBy,
  RecordState,
  RecordView,
  ReportState,
  ResponseView,
  Role,
  Seen,
  SyncState,
  VisitState,
} from "../contract";
import { moment } from "./dates";

/** "1 visit", "3 visits"; a third argument for words that do not just take an s. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Seconds as a clock shows them: "0:28", "14:05". */
export function countdown(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "Ms Adeyemi", "Ms Adeyemi and Mr Holt", "A, B and C" */
export function together(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** "Kestrel class · Science", on one line or broken after the dot; the class alone while the subject is not known. */
export function visitTitle(card: { class: string; subject: string }): string {
  return card.subject === "" ? card.class : `${card.class}\u00a0· ${card.subject}`;
}

/** What stands in each list of the school. */
export const listNouns = {
  people: { one: "person", many: "people" },
  classes: { one: "class", many: "classes" },
  rooms: { one: "room", many: "rooms" },
} as const;

export const partNames: Record<Part, string> = {
  opening: "opening of the lesson",
  main: "main part of the lesson",
  plenary: "plenary",
};

/** The same where there is little room. */
export const shortPartNames: Record<Part, string> = {
  opening: "Opening",
  main: "Main part",
  plenary: "Plenary",
};

export const roleNames: Record<Role, string> = {
  head: "Head",
  leader: "Leader",
  teacher: "Teacher",
  support: "Support",
  governor: "Governor",
  visitor: "Visitor",
};
export const roles: readonly Role[] = ["head", "leader", "teacher", "support", "governor", "visitor"];

export const visitStateNames: Record<VisitState, string> = {
  planned: "Planned",
  noticed: "Notice given",
  open: "Under way",
  finished: "Finished",
  shared: "Shared",
  answered: "Answered",
};

export const reportNames: Record<ReportState, string> = {
  none: "Not begun",
  draft: "A draft, for leaders",
  published: "Published to all staff",
};

export const actionStateNames: Record<ActionState, string> = {
  open: "Open",
  in_progress: "In progress",
  done: "Done",
  dropped: "Dropped",
};
export const actionStates: readonly ActionState[] = ["open", "in_progress", "done", "dropped"];

export const observationStateNames: Record<MyState, string> = {
  not_started: "Not started",
  open: "Under way",
  finished: "Finished",
};

export const recordStateNames: Record<RecordState, string> = {
  waiting: "Not shared yet",
  due: "Due",
  overdue: "Overdue",
  shared: "Shared",
  answered: "Answered",
};

/** How a criterion came out over all observers, for the sign before it. */
export function verdict(marks: readonly Seen[]): Mark | "none" {
  if (marks.some(({ mark }) => mark === "not_seen")) return "not_seen";
  return marks.some(({ mark }) => mark === "seen") ? "seen" : "none";
}

/** Who saw it and who did not, in one line; the amber news first, since it is what a reader asks about. */
export function whoSaw(marks: readonly Seen[]): string {
  const by = (mark: Mark | null) => marks.filter((seen) => seen.mark === mark).map((seen) => seen.observer);
  const seen = by("seen");
  const notSeen = by("not_seen");
  const unseen = by(null);
  const everyone = marks.length === 1 ? "" : marks.length === 2 ? " by both" : " by all";
  if (unseen.length === marks.length) return "Not looked at";
  if (seen.length === marks.length) return `Seen${everyone}`;
  if (notSeen.length === marks.length) return marks.length === 1 ? "Not this time" : `Not this time, noted${everyone}`;
  const parts: string[] = [];
  if (notSeen.length > 0) parts.push(`not this time: ${together(notSeen)}`);
  if (seen.length > 0) parts.push(`seen: ${together(seen)}`);
  if (unseen.length > 0) parts.push(`not looked at: ${together(unseen)}`);
  const line = parts.join(" · ");
  return line.charAt(0).toUpperCase() + line.slice(1);
}

/** "Shared after 21 hours", "Shared within the hour", or when it is due. */
export function sharingLine(record: Pick<RecordView, "shared_at" | "shared_after_hours" | "due_at">, now: Date): string {
  if (record.shared_at !== null) {
    const hours = record.shared_after_hours === null ? null : Math.round(record.shared_after_hours);
    if (hours === null) return `Shared ${moment(record.shared_at, now)}`;
    return hours < 1 ? "Shared within the hour" : `Shared after ${count(hours, "hour")}`;
  }
  if (record.due_at === null) return "Not shared yet";
  const isPast = Date.parse(record.due_at) < now.getTime();
  return isPast ? `Sharing was due ${moment(record.due_at, now)}` : `To be shared by ${moment(record.due_at, now)}`;
}

/** "Ms Adeyemi on Tue 17 Nov, 10:42", for each who has read something. */
export function readers(read: readonly ReadBy[], now: Date): string[] {
  return read.map(({ name, at }) => `${name}, ${moment(at, now)}`);
}

/** Where a response stands, from its writer's side. */
export function responseLine(response: Pick<ResponseView, "sent_at" | "is_received">, now: Date, place: string): string {
  if (response.sent_at === null) return `Draft on this ${place}, not sent`;
  const sent = `Sent ${moment(response.sent_at, now)}`;
  return response.is_received ? `${sent}, received` : `${sent}, waiting for the hub`;
}

/** Where a file went that somebody took away; nothing when they left it. */
export function fileSaid(name: string, taken: FileTaken): string | null {
  switch (taken.end) {
    case "kept":
      return `It lies at ${taken.place}`;
    case "shared":
      return `${name} is yours to send, print or keep`;
    case "downloaded":
      return `Your browser keeps ${name} among its downloads`;
    case "left":
      return null;
  }
}

export type SyncLook = "saved" | "waiting" | "received" | "wrong";

/** Whether a sync did not work only because the hub is not here: nothing is wrong, and it goes on by itself. */
export function isOutOfReach(code: Code | undefined): boolean {
  return code === "hub_unreachable" || code === "hub_not_found";
}

/**
 * The one line about sync. It is made from what is counted, never from how the last call went:
 * first what is wrong, then what waits, then when the hub last received. `beside` stands next to a line
 * that already says "saved", and so says only what sync adds to it.
 */
export function syncLine(
  sync: SyncState,
  device: string,
  now: Date,
  use: "alone" | "beside" = "alone",
): { look: SyncLook; text: string } {
  const waiting = sync.waiting > 0 ? ` · ${sync.waiting} waiting` : "";
  if (sync.place === "hub") {
    if (sync.trouble) return { look: "wrong", text: "No connection to the hub" };
    return { look: "received", text: use === "alone" ? "Saved at the hub" : "Connected" };
  }
  if (sync.set_aside > 0) return { look: "wrong", text: `${sync.set_aside} set aside${waiting}` };
  if (sync.is_hub) return { look: "saved", text: use === "alone" ? `Saved on this ${device}, the school’s hub` : "This is the hub" };
  if (sync.hub === null) return { look: "saved", text: use === "alone" ? `Saved on this ${device}` : "No hub yet" };
  if (sync.is_syncing && sync.waiting > 0) return { look: "waiting", text: `Sending ${sync.waiting}` };
  if (isOutOfReach(sync.trouble?.code)) return { look: "waiting", text: `No hub in reach${waiting}` };
  if (sync.trouble && sync.trouble.code !== "no_hub") return { look: "wrong", text: `Not sent${waiting}` };
  if (sync.waiting > 0) return { look: "waiting", text: `${sync.waiting} waiting` };
  if (sync.received_at !== null) return { look: "received", text: `Received ${moment(sync.received_at, now)}` };
  return { look: "saved", text: use === "alone" ? `Saved on this ${device}` : "Nothing to send" };
}
