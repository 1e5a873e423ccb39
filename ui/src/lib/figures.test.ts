import { describe, expect, it } from "vitest";
import { changeSince, corner, ofFour, saidOfFour } from "./figures";

const figure = (of_four: number | null) => ({ of_four, answered: of_four === null ? 0 : 5, of: 5 });

describe("figures of a self-evaluation", () => {
  it("an absence is never a nought", () => {
    expect(ofFour(figure(null))).toBe("–");
    expect(saidOfFour(null)).toBe("not agreed yet");
    expect(saidOfFour(figure(2.8))).toBe("2.8 out of 4");
  });

  it("a change is the difference of what is shown", () => {
    expect(changeSince(figure(2.84), figure(2.4), "2025-26")).toBe("up 0.4 on 2025-26");
    expect(changeSince(figure(2), figure(2.6), "2025-26")).toBe("down 0.6 on 2025-26");
    expect(changeSince(figure(2.41), figure(2.44), "2025-26")).toBe("as in 2025-26");
    expect(changeSince(figure(2), figure(null), "2025-26")).toBeNull();
  });

  it("what rests on a different number of answers is not set against each other", () => {
    expect(changeSince({ of_four: 3, answered: 4, of: 5 }, figure(2.4), "2025-26")).toBe("2.4 in 2025-26");
    expect(changeSince(figure(null), figure(2.4), "2025-26")).toBe("2.4 in 2025-26");
  });

  it("a radar begins at the top and goes round with the clock", () => {
    const [x, y] = corner(0, 8, 4, 100);
    expect([Math.round(x), Math.round(y)]).toEqual([0, -100]);
    const [right, level] = corner(2, 8, 2, 100);
    expect(right).toBeCloseTo(50);
    expect(level).toBeCloseTo(0);
  });
});
