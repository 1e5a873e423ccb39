import { describe, expect, it } from "vitest";
import { cellSentence, figures, hiddenShort, share, shortShare, type Shown } from "./patterns";

const cell = (least: number, most: number, looked: number): Shown => ({ state: "shown", least, most, looked, classes: 6 });

describe("cells of patterns", () => {
  it("say the share of those who looked", () => {
    expect(share(cell(9, 9, 12))).toBe("75%");
    expect(figures(cell(9, 9, 12))).toBe("9 of 12");
  });

  it("never say all or none", () => {
    expect(share(cell(11, 12, 12))).toBe("at least 92%");
    expect(shortShare(cell(0, 1, 12))).toBe("≤\u00a08%");
    expect(figures(cell(11, 12, 12))).toBe("11 or 12 of 12");
    expect(figures(cell(20, 22, 24))).toBe("20 to 22 of 24");
  });

  it("say why they are hidden", () => {
    expect(hiddenShort({ state: "few" }, 5)).toBe("under 5 classes");
    expect(cellSentence({ state: "protects" }, 5)).toContain("worked out");
    expect(cellSentence(null, 5)).toBe("Not part of this walk.");
  });
});
