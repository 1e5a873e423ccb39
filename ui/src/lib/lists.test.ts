import { expect, it } from "vitest";
import { isWorkbook, textOf } from "./lists";

const bytes = (...given: number[]) => new Uint8Array(given);

it("a list is read in the letters it was written in", () => {
  expect(textOf(new TextEncoder().encode("Ms Núñez"))).toBe("Ms Núñez");
  expect(textOf(bytes(0x4d, 0x73, 0x20, 0x4e, 0xfa))).toBe("Ms Nú");
  expect(textOf(bytes(0xff, 0xfe, 0x4d, 0x00, 0xfa, 0x00))).toBe("Mú");
  expect(textOf(bytes(0xfe, 0xff, 0x00, 0x4d))).toBe("M");
  expect(textOf(bytes())).toBe("");
});

it("a workbook is told from a list", () => {
  expect(isWorkbook(bytes(0x50, 0x4b, 0x03, 0x04))).toBe(true);
  expect(isWorkbook(bytes(0xd0, 0xcf, 0x11, 0xe0))).toBe(true);
  expect(isWorkbook(new TextEncoder().encode("PKP,teacher"))).toBe(false);
});
