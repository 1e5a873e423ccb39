// Words of the protocol's commands that the Rust side does not generate yet, as agreed with it. Each goes from
// here as soon as it stands in src/generated; only contract.ts reads this file.
import type { ClassId } from "./generated/ClassId";
import type { Nothing } from "./generated/Nothing";
import type { Part } from "./generated/Part";
import type { PersonId } from "./generated/PersonId";
import type { Section } from "./generated/Section";
import type { TemplateId } from "./generated/TemplateId";
import type { TemplateView as TemplateViewBefore } from "./generated/TemplateView";
import type { VisitId } from "./generated/VisitId";
import type { VisitPut } from "./generated/VisitPut";
import type { WalkCard } from "./generated/WalkCard";
import type { WalkId } from "./generated/WalkId";
import type { WalkPut as WalkPutBefore } from "./generated/WalkPut";
import type { WalkView as WalkViewBefore } from "./generated/WalkView";

export type TermId = string;
export type NoticeId = string;

export type NoticeLine = {
  notice: NoticeId;
  walk: WalkId;
  walk_name: string;
  focus: string;
  given_at: string;
  is_read: boolean;
  concerns_me: boolean;
  changed: string[];
};
export type NoticeVisit = {
  class: string;
  room: string;
  starts_at: string;
  minutes: number;
  observers: string[];
  part: Part;
  is_mine: boolean;
  changed: string[];
};
export type NoticePage = {
  notice: NoticeId;
  walk: WalkId;
  walk_name: string;
  focus: string;
  purpose: string;
  given_at: string;
  statement: string;
  opens_at: string;
  days: number;
  visits: NoticeVisit[];
  template: TemplateId;
  template_name: string;
  sections: Section[];
  is_read: boolean;
  is_latest: boolean;
};
export type NoticeReaders = { read: { name: string; at: string }[]; not_read: string[]; staff: number };
export type TemplateView = TemplateViewBefore & { is_draft: boolean };
export type Kept = {
  visits: number;
  noticed: number;
  two_observers: number;
  moved_after_notice: number;
  shared: number;
  shared_in_time: number;
  shared_median_hours: number | null;
  shared_worst_hours: number | null;
  responses_offered: number;
  responses_made: number;
  concerns: number;
};
export type ReviewLine = {
  review: string | null;
  term: TermId;
  term_name: string;
  made_at: string | null;
  comments: number;
};
export type ReviewView = {
  review: string;
  term: TermId;
  term_name: string;
  made_at: string;
  kept: Kept;
  words: string;
  statement: string;
  settings: { title: string; value: string }[];
  may_edit: boolean;
};

export type TermLine = { term: TermId; name: string; starts_on: string; ends_on: string; is_now: boolean };
export type YearTerm = TermLine & { walks: WalkCard[] };
export type ClassCount = { class: string; teachers: { name: string; visits: number }[] };
export type Year = {
  year: string;
  years: string[];
  today: string;
  terms: YearTerm[];
  unplaced: WalkCard[];
  walks_wanted: number;
  warnings: string[];
  counts: { maximum: number; is_counted: boolean; classes: ClassCount[] };
};
export type Theme = { focus: string; purpose: string };
export type WalkPut = WalkPutBefore & { term: TermId | null; classes: ClassId[]; observers: PersonId[] };
export type WalkView = WalkViewBefore & {
  term: TermId | null;
  term_name: string | null;
  classes: ClassId[];
  observers: PersonId[];
};
export type LessonTimes = { starts: string; ends: string };
export type PlanSlot = {
  visit: VisitId | null;
  class: ClassId;
  class_name: string;
  room: string;
  route: number;
  starts_at: string;
  minutes: number;
  part: Part;
  subject: string;
  observers: PersonId[];
  is_locked: boolean;
  is_begun: boolean;
  problems: string[];
};
export type PlanView = {
  walk: WalkId;
  slots: PlanSlot[];
  unmet: string[];
  loads: { person: PersonId; name: string; visits: number }[];
  parts: { opening: number; main: number; plenary: number };
  crossings: number;
  lessons: LessonTimes[];
  days: string[];
  score: number;
};

export type SettingLine = {
  key: string;
  title: string;
  unit: string;
  rule: string;
  meaning: string;
  value: number;
  default: number;
  low: number;
  high: number;
  is_default: boolean;
};
export type SettingChange = { at: string; by: string; title: string; from: string; to: string };
export type SettingsView = {
  settings: SettingLine[];
  walks_count: boolean;
  lessons: string;
  may_change: boolean;
  changes: SettingChange[];
};
export type LogLineView = {
  seq: number;
  at: string;
  by: string;
  device: string | null;
  act: string;
  sentence: string;
  kind: string | null;
};
export type LogPage = { lines: LogLineView[]; before: number | null; is_whole: boolean };
export type RetentionLine = { what: string; date: string; records: number; kind: "walk" | "visit" | "concern" | "review" };
export type Retention = { as_of: string; lines: RetentionLine[]; records: number; token: string };

export interface AgreedCommands {
  notice_list: { request: Nothing; answer: NoticeLine[] };
  notice_get: { request: { notice: NoticeId }; answer: NoticePage };
  acknowledgement_give: { request: { of: string }; answer: null };
  notice_readers: { request: { notice: NoticeId }; answer: NoticeReaders };
  template_get: { request: { template: TemplateId }; answer: TemplateView };
  template_freeze: { request: { template: TemplateId }; answer: TemplateView };
  review_list: { request: Nothing; answer: ReviewLine[] };
  review_get: { request: { term: TermId }; answer: ReviewView };
  review_make: { request: { term: TermId }; answer: ReviewView };
  review_words: { request: { term: TermId; words: string }; answer: ReviewView };

  year_get: { request: { year: string | null }; answer: Year };
  term_put: { request: { term: TermId | null; name: string; starts_on: string; ends_on: string }; answer: Year };
  theme_list: { request: Nothing; answer: Theme[] };
  walk_get: { request: { walk: WalkId }; answer: WalkView };
  walk_put: { request: WalkPut; answer: WalkView };
  visit_put: { request: VisitPut; answer: WalkView };
  visit_cancel: { request: { visit: VisitId }; answer: WalkView };
  notice_give: { request: { walk: WalkId }; answer: WalkView };
  plan_get: { request: { walk: WalkId }; answer: PlanView };
  plan_propose: {
    request: { walk: WalkId; days: string[]; minutes: number; observers_each: 1 | 2; slots: PlanSlot[] };
    answer: PlanView;
  };
  plan_check: { request: { walk: WalkId; slots: PlanSlot[] }; answer: PlanView };
  plan_keep: { request: { walk: WalkId; slots: PlanSlot[] }; answer: WalkView };

  setting_list: { request: Nothing; answer: SettingsView };
  setting_put: { request: { key: string; value: number }; answer: SettingsView };
  setting_walks_count: { request: { counts: boolean }; answer: SettingsView };
  setting_lessons: { request: { lessons: string }; answer: SettingsView };
  log_list: { request: { before: number | null; act: string | null; person: PersonId | null }; answer: LogPage };
  retention_list: { request: Nothing; answer: Retention };
  retention_destroy: { request: { token: string }; answer: Retention };
}
