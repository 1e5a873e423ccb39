// Words of settings, log and retention that the Rust side does not generate yet, as agreed with it. Each goes from here
// as soon as it stands in src/generated; only contract.ts reads this file.
import type { Nothing } from "./generated/Nothing";
import type { PersonId } from "./generated/PersonId";

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
  setting_list: { request: Nothing; answer: SettingsView };
  setting_put: { request: { key: string; value: number }; answer: SettingsView };
  setting_walks_count: { request: { counts: boolean }; answer: SettingsView };
  setting_lessons: { request: { lessons: string }; answer: SettingsView };
  log_list: { request: { before: number | null; act: string | null; person: PersonId | null }; answer: LogPage };
  retention_list: { request: Nothing; answer: Retention };
  retention_destroy: { request: { token: string }; answer: Retention };
}
