import { describe, expect, test } from "vitest";
import type { Section } from "../contract";
import { base64Of, laidOn, stepped } from "./forms";

const section = (key: string, ...criteria: string[]): Section => ({
  key,
  title: key,
  prompts: [],
  criteria: criteria.map((one) => ({ key: one, text: one, guidance: null })),
});
const form = [section("one", "a", "b"), section("two"), section("three", "c")];

describe("a step of a criterion", () => {
  test("stays in its section while there is room", () => {
    expect(stepped(form, "a", 1)).toEqual({ section: "one", place: 1 });
    expect(stepped(form, "b", -1)).toEqual({ section: "one", place: 0 });
  });

  test("goes over the edge into the next section, also an empty one", () => {
    expect(stepped(form, "b", 1)).toEqual({ section: "two", place: 0 });
    expect(stepped(form, "c", -1)).toEqual({ section: "two", place: 0 });
  });

  test("ends at the ends of the form", () => {
    expect(stepped(form, "a", -1)).toBeNull();
    expect(stepped(form, "c", 1)).toBeNull();
  });
});

test("a criterion laid on another takes its place", () => {
  expect(laidOn(form, "c", "a")).toEqual({ section: "one", place: 0 });
  expect(laidOn(form, "a", "a")).toBeNull();
});

test("bytes of every value are carried, however many", () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, nth) => nth % 256);
  expect(Uint8Array.from(atob(base64Of(bytes)), (letter) => letter.charCodeAt(0))).toEqual(bytes);
});
