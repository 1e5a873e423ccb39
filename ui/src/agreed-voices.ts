// Words of what is held about a person, as agreed with the Rust side until it generates them. Each goes from here as
// soon as it stands in src/generated; only contract.ts reads this file.
import type { Nothing } from "./generated/Nothing";

export type HeldGroup = { title: string; why: string; count: number; until: string | null };
export type HeldAboutMe = { name: string; groups: HeldGroup[]; is_whole: boolean };
export type Taken = { name: string; media_type: string; text: string; records: number };

export interface AgreedVoices {
  held_get: { request: Nothing; answer: HeldAboutMe };
  held_take: { request: { format: "json" | "html" }; answer: Taken };
}
