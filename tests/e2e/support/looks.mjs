// What every screen must keep: no violation that axe can find, and nothing to scroll sideways for.
import assert from "node:assert/strict";
import { axe } from "./parts.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/** Fails with what axe finds: the rule, and where. */
export async function checkByAxe(page, what) {
  const isThere = await page.evaluate(() => "axe" in window);
  if (!isThere) await page.evaluate(axe.source);
  const found = await page.evaluate(
    async (tags) => {
      const { violations } = await window.axe.run(document, {
        runOnly: { type: "tag", values: tags },
        // Off unless asked for, although WCAG 2.2 AA asks for it.
        rules: { "target-size": { enabled: true } },
        resultTypes: ["violations"],
        preload: false,
      });
      return violations.map(({ id, nodes }) => ({
        rule: id,
        where: nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
      }));
    },
    TAGS,
  );
  assert.deepEqual(found, [], `axe has nothing to say on ${what}`);
}

/** Fails when something is wider than the screen, or cut off inside a box that cannot be scrolled. */
export async function checkWidth(page, what) {
  const wide = await page.evaluate(() => {
    const named = (element) => {
      const words = (element.innerText ?? "").trim().slice(0, 40).replaceAll("\n", " ");
      return `${element.tagName.toLowerCase()}.${[...element.classList].join(".")} "${words}"`;
    };
    const found = [];
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) found.push(`the page is ${page.scrollWidth} wide on ${page.clientWidth}`);
    // A list from a spreadsheet may be wider than a phone: it scrolls in a box of its own, which keys can reach.
    const mayScroll = "textarea, input, select, [role=region][tabindex='0']";
    for (const element of document.querySelectorAll("body *")) {
      if (element.closest(mayScroll) || element.closest(".heard") || element.closest("svg")) continue;
      const style = getComputedStyle(element);
      if (style.display === "inline" || style.visibility === "hidden" || element.clientWidth === 0) continue;
      const box = element.getBoundingClientRect();
      if (box.right > page.clientWidth + 1 || box.left < -1) found.push(`${named(element)} stands outside`);
      else if (style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1) {
        found.push(`${named(element)} has ${element.scrollWidth} in ${element.clientWidth}`);
      }
    }
    return found.slice(0, 8);
  });
  assert.deepEqual(wide, [], `nothing is too wide on ${what}`);
}

/** The text size that somebody chose in their browser, in hundredths of what is usual. */
export async function setTextSize(page, percent) {
  const devtools = await page.context().newCDPSession(page);
  const size = (usual) => Math.round((usual * percent) / 100);
  await devtools.send("Page.setFontSizes", { fontSizes: { standard: size(16), fixed: size(13) } });
  await devtools.detach();
}
