// Words of notices, additions, reflections, concerns, comments and what is held about a person, as agreed with the
// Rust side until it generates them. Each goes from here as soon as it stands in src/generated; only contract.ts
// reads this file.
import type { ComingVisit as ComingVisitBefore } from "./generated/ComingVisit";
import type { Edit as EditBefore } from "./generated/Edit";
import type { EntryView } from "./generated/EntryView";
import type { Nothing } from "./generated/Nothing";
import type { ObservationView as ObservationViewBefore } from "./generated/ObservationView";
import type { PersonId } from "./generated/PersonId";
import type { RecordShare } from "./generated/RecordShare";
import type { RecordView as RecordViewBefore } from "./generated/RecordView";
import type { ResponseView as ResponseViewBefore } from "./generated/ResponseView";
import type { Saved } from "./generated/Saved";
import type { VisitId } from "./generated/VisitId";
import type { VisitSheet as VisitSheetBefore } from "./generated/VisitSheet";

export type ReadBy = { name: string; at: string };
export type AdditionView = { by: string; at: string; text: string };
export type MyAddition = EntryView & { at: string };
export type ObservationView = ObservationViewBefore & { additions: MyAddition[]; tidy_until: string | null };
export type VisitSheet = Omit<VisitSheetBefore, "mine"> & { mine: ObservationView };
export type Edit = EditBefore | { what: "addition"; entry: string; text: string | null };
export type ResponseView = ResponseViewBefore & { read_by: ReadBy[] };
export type RecordView = Omit<RecordViewBefore, "responses"> & {
  responses: ResponseView[];
  additions: AdditionView[];
  read_by: ReadBy[];
  tidy_until: string | null;
};
export type ComingVisit = ComingVisitBefore & { notice: string | null; changed: string[] };

export type ReflectionKey = "confirmed" | "change";
export type ReflectionView = {
  visit: VisitId;
  confirmed: string;
  change: string;
  questions: { key: ReflectionKey; text: string }[];
  readers: { person: PersonId; name: string; may_read: boolean }[];
};
export type ReflectionEdit = { what: ReflectionKey; text: string } | { what: "readers"; people: PersonId[] };
export type ReflectionLine = {
  visit: VisitId;
  class: string;
  teacher: string;
  starts_at: string;
  confirmed: string;
  change: string;
};

export type ConcernLine = {
  concern: string;
  is_mine: boolean;
  writer: string;
  supporter: string | null;
  text: string;
  raised_at: string;
  is_received: boolean;
  answer: string;
  answered_at: string | null;
  answered_by: string | null;
  may_answer: boolean;
};
export type ConcernBefore = { head: string; line_manager: string | null; explanation: string };

export type CommentView = { comment: string; part: string; by: string; is_mine: boolean; text: string; at: string };

export type HeldGroup = { title: string; why: string; count: number; until: string | null };
export type HeldAboutMe = { name: string; groups: HeldGroup[]; is_whole: boolean };
export type Taken = { name: string; media_type: string; text: string; records: number };

/** What waits for somebody, as numbers only. */
export type Reminding = {
  to_share: number;
  overdue: number;
  notices: number;
  records: number;
  concerns: number;
  due_at: string | null;
};

export interface AgreedVoices {
  coming_list: { request: Nothing; answer: { visits: ComingVisit[]; statement: string } };
  visit_get: { request: { visit: VisitId }; answer: VisitSheet };
  visit_start: { request: { visit: VisitId }; answer: VisitSheet };
  visit_finish: { request: { visit: VisitId }; answer: VisitSheet };
  observation_write: { request: { visit: VisitId; edit: Edit }; answer: Saved };
  record_get: { request: { visit: VisitId }; answer: RecordView };
  record_share: { request: RecordShare; answer: RecordView };
  response_send: { request: { visit: VisitId }; answer: RecordView };
  reflection_get: { request: { visit: VisitId }; answer: ReflectionView };
  reflection_write: { request: { visit: VisitId; edit: ReflectionEdit }; answer: { saved_at: string } };
  reflection_list: { request: Nothing; answer: ReflectionLine[] };
  concern_list: { request: Nothing; answer: ConcernLine[] };
  concern_before: { request: Nothing; answer: ConcernBefore };
  concern_raise: { request: { text: string; with_line_manager: boolean }; answer: ConcernLine[] };
  concern_answer: { request: { concern: string; answer: string }; answer: ConcernLine[] };
  comment_list: { request: { on: string }; answer: CommentView[] };
  comment_put: { request: { comment: string | null; on: string; part: string; text: string }; answer: CommentView[] };
  held_get: { request: Nothing; answer: HeldAboutMe };
  held_take: { request: { format: "json" | "html" }; answer: Taken };
  reminder_list: { request: Nothing; answer: Reminding };
}
