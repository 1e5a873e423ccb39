// What every screen must keep: no violation that axe can find, and nothing to scroll sideways for.
import assert from "node:assert/strict";
import { THEMES, settled } from "./browser.mjs";
import { axe } from "./parts.mjs";
import { until } from "./until.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
/** What a theme can change; every other rule has one answer for both. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * Fails with what axe finds, by day and in a dim room: the rule, and where. The page is held as high as what is on it,
 * so that a bar which stays in sight is not taken for something that lies over a button for good.
 */
export async function checkByAxe(page, what) {
  const { width, height } = page.viewportSize();
  await settled(page);
  await until(`the page of ${what} is held whole`, async () => {
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    const held = page.viewportSize().height;
    if (whole > held) await page.setViewportSize({ width, height: whole });
    return whole <= held;
  });
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    const runOnly = theme === THEMES[0] ? { type: "tag", values: TAGS } : { type: "rule", values: COLOURS };
    assert.deepEqual(await found(page, runOnly), [], `axe has nothing to say on ${what}, ${theme}`);
  }
  await page.setViewportSize({ width, height });
}

async function found(page, runOnly) {
  return page.evaluate(async (runOnly) => {
    // The size of targets is off unless asked for, although WCAG 2.2 AA asks for it.
    const rules = runOnly.type === "tag" ? { "target-size": { enabled: true } } : {};
    const { violations } = await window.axe.run(document, { runOnly, rules, resultTypes: ["violations"], preload: false });
    return violations.map(({ id, nodes }) => ({
      rule: id,
      where: nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
    }));
  }, runOnly);
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
    const isHeardOnly = (element) => getComputedStyle(element).clipPath !== "none";
    const seen = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT, (element) =>
      element.matches(mayScroll) || element.tagName === "svg" || isHeardOnly(element) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
    );
    for (let element = seen.nextNode(); element !== null; element = seen.nextNode()) {
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

/** Fails when a button is less than 56 pixels high, for a thumb of somebody who stands. */
export async function checkTall(page, what) {
  const low = await page.evaluate(() => {
    const over = document.querySelector("dialog[open]");
    const buttons = (over ?? document.querySelector("main")).querySelectorAll(over ? "footer button" : "button.button:not(.plain), button.key");
    return [...buttons].filter((button) => button.getBoundingClientRect().height < 56).map((button) => button.innerText);
  });
  assert.deepEqual(low, [], `every button is high enough for a thumb on ${what}`);
}

/** The text size that somebody chose in their browser, in hundredths of what is usual; for as long as the page is there. */
export async function setTextSize(page, percent) {
  const devtools = await page.context().newCDPSession(page);
  const size = (usual) => Math.round((usual * percent) / 100);
  await devtools.send("Page.setFontSizes", { fontSizes: { standard: size(16), fixed: size(13) } });
}
