import { expect, it } from "vitest";
import { invitationIn, tidyAddress, tidyCode } from "./invites";

it("a code is the same however it was typed", () => {
  for (const typed of ["ABCD-EFGH", "abcd efgh", " abcdefgh ", "AbCd–EfGh"]) expect(tidyCode(typed)).toBe("ABCD-EFGH");
});

it("a pasted link gives its code and its hub", () => {
  const wanted = { code: "ABCD-EFGH", address: "http://192.168.1.20:8420" };
  expect(invitationIn("http://192.168.1.20:8420/#/join/ABCD-EFGH")).toEqual(wanted);
  expect(invitationIn("http://192.168.1.20:8420/?code=ABCDEFGH")).toEqual(wanted);
  expect(invitationIn("abcd-efgh")).toEqual({ code: "ABCD-EFGH", address: null });
});

it("the key in a link stays with the address, or nobody would know who may answer there", () => {
  expect(invitationIn("https://192.168.1.20:8420/#/join/ABCD-EFGH?key=Ab_9-x")).toEqual({
    code: "ABCD-EFGH",
    address: "https://192.168.1.20:8420#key=Ab_9-x",
  });
});

it("a link that is none is not lost on the way", () => {
  expect(invitationIn("http://")).toEqual({ code: "HTTP://", address: null });
});

it("an address is made whole, and a whole one is left alone", () => {
  expect(tidyAddress(" hub.example:8420/ ")).toBe("hub.example:8420");
  expect(tidyAddress("https://hub.example")).toBe("https://hub.example");
});
