import { expect, it } from "vitest";
import { entryKey } from "./keys";

it("keys stand in the order of writing", () => {
  const moments = [1, 999, 1_700_000_000_000, 1_700_000_000_001, 4_000_000_000_000];
  const keys = moments.map((moment) => entryKey(moment));
  expect([...keys].sort()).toEqual(keys);
});

it("two keys of one moment are apart", () => {
  expect(new Set(Array.from({ length: 200 }, () => entryKey(5))).size).toBe(200);
});
