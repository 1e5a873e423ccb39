import { describe, expect, it } from "vitest";
import { roomOf, routeOf } from "../../lib/route";
import type { SearchTarget } from "../../contract";
import { hrefOf } from "./found";

describe("what a hit opens", () => {
  it("is a screen, and a record in the room of whoever reads it", () => {
    const targets: SearchTarget[] = [
      { screen: "people" },
      { screen: "classes" },
      { screen: "rooms" },
      { screen: "walk", walk: "w1" },
      { screen: "notice", notice: "n1" },
      { screen: "observation", visit: "v1" },
      { screen: "report", report: "r1" },
      { screen: "report_draft", walk: "w1" },
      { screen: "action", action: "a1" },
      { screen: "form", template: "t1" },
      { screen: "review", term: "t1" },
      { screen: "concerns" },
      { screen: "reflections" },
    ];
    for (const target of targets) expect(routeOf(hrefOf(target)).screen).not.toBe("unknown");
    const room = (seat: "leader" | "observer" | "teacher") =>
      roomOf(routeOf(hrefOf({ screen: "record", visit: "v1", walk: "w1", seat })));
    expect([room("leader"), room("observer"), room("teacher")]).toEqual(["walks", "today", "visits"]);
  });
});
