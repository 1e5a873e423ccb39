import { describe, expect, it } from "vitest";
import type { Mark, SyncState } from "../contract";
import { count, fileSaid, responseLine, sharingLine, syncLine, together, verdict, whoSaw } from "./phrases";

const now = new Date(2026, 10, 17, 12, 0);
const at = (...[hours, minutes]: [number, number]) => new Date(2026, 10, 17, hours, minutes).toISOString();
const marks = (...given: (Mark | null)[]) =>
  given.map((mark, index) => ({ observer: ["Ms Adeyemi", "Mr Holt", "Dr Okonjo"][index] ?? "", mark }));

describe("who saw it", () => {
  it("two of one mind are named together", () => {
    expect(whoSaw(marks("seen", "seen"))).toBe("Seen by both");
    expect(whoSaw(marks("not_seen", "not_seen"))).toBe("Not this time, noted by both");
    expect(whoSaw(marks(null, null))).toBe("Not looked at");
  });

  it("two who differ stand side by side, each by name", () => {
    expect(whoSaw(marks("seen", "not_seen"))).toBe("Not this time: Mr Holt · seen: Ms Adeyemi");
    expect(whoSaw(marks("seen", null))).toBe("Seen: Ms Adeyemi · not looked at: Mr Holt");
  });

  it("one alone needs no name", () => {
    expect(whoSaw(marks("seen"))).toBe("Seen");
    expect(whoSaw(marks("not_seen"))).toBe("Not this time");
    expect(whoSaw([])).toBe("Not looked at");
  });

  it("not looking is not a verdict", () => {
    expect(verdict(marks("seen", null))).toBe("seen");
    expect(verdict(marks("seen", "not_seen"))).toBe("not_seen");
    expect(verdict(marks(null))).toBe("none");
  });
});

describe("the line about sync", () => {
  const state: SyncState = {
    place: "device",
    waiting: 0,
    received_at: null,
    is_syncing: false,
    set_aside: 0,
    trouble: null,
    hub: "http://hub.example:8420",
    is_hub: false,
    is_cut_off: false,
    skew_seconds: null,
  };
  const line = (changed: Partial<SyncState>) => syncLine({ ...state, ...changed }, "tablet", now).text;

  it("is made from what is counted, never from how the last call went", () => {
    expect(line({ waiting: 3 })).toBe("3 waiting");
    expect(line({ waiting: 3, received_at: at(10, 42) })).toBe("3 waiting");
    expect(line({ received_at: at(10, 42) })).toBe("Received 10:42");
  });

  it("says what is wrong before anything else", () => {
    const trouble = { code: "hub_unreachable", message: "" } as const;
    expect(line({ set_aside: 1, waiting: 2, received_at: at(10, 42) })).toBe("1 set aside · 2 waiting");
    expect(line({ trouble, waiting: 2, received_at: at(10, 42) })).toBe("No hub in reach · 2 waiting");
    expect(line({ trouble: { code: "hub_not_found", message: "" }, waiting: 2 })).toBe("No hub in reach · 2 waiting");
    expect(line({ trouble: { code: "sign_in_first", message: "" }, waiting: 1 })).toBe("Not sent · 1 waiting");
  });

  it("a device without a hub has saved its work, and nothing waits", () => {
    expect(line({ hub: null, waiting: 40 })).toBe("Saved on this tablet");
    expect(syncLine({ ...state, hub: null }, "tablet", now, "beside").text).toBe("No hub yet");
  });

  it("a browser is saved at the hub, or knows that it is not", () => {
    expect(line({ place: "hub" })).toBe("Saved at the hub");
    expect(line({ place: "hub", trouble: { code: "hub_unreachable", message: "" } })).toBe("No connection to the hub");
  });
});

describe("sentences", () => {
  it("names and numbers are joined as people say them", () => {
    expect(together(["A", "B", "C"])).toBe("A, B and C");
    expect(together([])).toBe("");
    expect(count(1, "class", "classes")).toBe("1 class");
    expect(count(0, "visit")).toBe("0 visits");
  });

  it("sharing is told in hours once done, and by its limit before", () => {
    expect(sharingLine({ shared_at: at(9, 0), shared_after_hours: 21, due_at: null }, now)).toBe("Shared after 21 hours");
    expect(sharingLine({ shared_at: at(9, 0), shared_after_hours: 0, due_at: null }, now)).toBe("Shared within the hour");
    expect(sharingLine({ shared_at: null, shared_after_hours: null, due_at: at(15, 0) }, now)).toBe("To be shared by 15:00");
    expect(sharingLine({ shared_at: null, shared_after_hours: null, due_at: at(9, 0) }, now)).toBe("Sharing was due 09:00");
  });

  it("a response is sent only once it was sent, and received only once it was received", () => {
    const response = { teacher: "", is_mine: true, sent_at: null, comments: {}, overall: "", is_received: false };
    expect(responseLine(response, now, "phone")).toBe("Draft on this phone, not sent");
    expect(responseLine({ ...response, sent_at: at(9, 0) }, now, "phone")).toBe("Sent 09:00, waiting for the hub");
    expect(responseLine({ ...response, sent_at: at(9, 0), is_received: true }, now, "phone")).toBe("Sent 09:00, received");
  });

  it("a file is said to be somewhere only once it is there", () => {
    expect(fileSaid("held.html", { end: "kept", place: "/home/nia/held.html" })).toBe("It lies at /home/nia/held.html");
    expect(fileSaid("held.html", { end: "shared" })).toBe("held.html is yours to send, print or keep");
    expect(fileSaid("held.html", { end: "left" })).toBeNull();
  });
});
