// Everything by keys alone: where one is can be seen at every step, nothing hides it, and dialogues keep the focus and
// give it back.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBrowser, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { until } from "./support/until.mjs";

/** What has the focus: its role and name as a screen reader has them, and whether it can be seen to have it. */
async function focus(page) {
  return page.evaluate(async () => {
    // Scrolling to what gets the focus takes a moment.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    // Radio buttons and files are drawn by the label around them.
    const drawn = [element, element.closest("label")].filter(Boolean);
    const isMarked = drawn.some((one) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    });
    const box = element.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, Math.max(box.top, 0) + Math.min(box.height, innerHeight) / 2];
    const there = document.elementFromPoint(x, y);
    const isInSight = there !== null && (element.contains(there) || drawn.some((one) => one.contains(there)));
    const label = element.labels?.[0]?.innerText ?? "";
    const name = element.getAttribute("aria-label") || label || element.textContent || "";
    return {
      tag: element.tagName.toLowerCase(),
      name: name.replace(/\s+/g, " ").trim(),
      isTitle: element.tagName === "H1",
      isMarked,
      isInSight,
      isInDialog: element.closest("dialog") !== null,
    };
  });
}

describe("by keys alone", { concurrency: 1 }, () => {
  let hub, browser, page, watch;

  before(async () => {
    hub = await Hub.withDemo();
    browser = await openBrowser();
    ({ page, watch } = await sitDown(browser, hub, { as: "observer", on: "desktop" }));
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  /** Presses Tab until something with this name has the focus; every stop on the way must be there to be seen. */
  async function tabTo(name, { key = "Tab", most = 60 } = {}) {
    const passed = [];
    for (let pressed = 0; pressed < most; pressed += 1) {
      await page.keyboard.press(key);
      const at = await focus(page);
      // Past the last stop of the page come the browser's own.
      if (at === null) continue;
      if (at.name.match(name)) {
        assert.ok(at.isMarked && at.isInSight, `it can be seen that "${at.name}" has the focus: ${JSON.stringify(at)}`);
        return passed;
      }
      assert.ok(at.isMarked, `it can be seen that "${at.name}" has the focus`);
      assert.ok(at.isInSight, `nothing lies over "${at.name}"`);
      passed.push(at.name);
    }
    assert.fail(`${name} was not reached: ${passed.join(" → ")}`);
  }

  test("a new screen begins at its title, and Tab goes through it in the order it is read", async () => {
    await until("the title has the focus", async () => (await focus(page))?.isTitle);
    await page.getByRole("link", { name: /Kestrel class/ }).first().waitFor();
    for (const name of [/Kestrel class/, /Heron class/, /Kite class/, /Alder class/]) await tabTo(name, { most: 1 });
    await tabTo(/^Today$/);
    await tabTo(/^Notices/, { most: 1 });
    await tabTo(/^Mine$/, { most: 1 });
  });

  test("a visit is opened and started", async () => {
    await tabTo(/Kestrel class/);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Start the visit" }).waitFor();
    await until("the title has the focus", async () => (await focus(page))?.isTitle);
    await tabTo(/^Start the visit$/);
    await page.keyboard.press("Enter");
    await page.getByRole("timer").waitFor();
  });

  test("criteria are ticked, cleared and marked as not this time", async () => {
    const row = page.getByRole("button", { name: /^Seen: Every adult gives/ });
    const end = page.getByRole("button", { name: /^Not this time: Every adult gives/ });
    const isPressed = (button) => async () => (await button.getAttribute("aria-pressed")) === "true";
    await tabTo(/^Seen: Every adult gives/);
    await page.keyboard.press("Space");
    await until("it is seen", isPressed(row));
    await page.keyboard.press("Space");
    await until("it is clear", async () => !(await isPressed(row)()));
    await tabTo(/^Not this time: Every adult gives/, { most: 1 });
    await page.keyboard.press("Enter");
    await until("it is not this time", isPressed(end));
    await tabTo(/^Comment on Communication$/);
    await page.keyboard.type("Asked twice, then waited.");
    await page.getByRole("status").getByText("Saved at the hub").waitFor();
  });

  test("every stop of the form can be seen, down to the end of it", async () => {
    const passed = await tabTo(/^Finish$/, { most: 160 });
    assert.ok(passed.some((name) => /^Not this time: Marking follows/.test(name)), "all rows are on the way");
    assert.ok(passed.includes("Overall comment"), "and the summary");
    await tabTo(/^Went well$/, { key: "Shift+Tab", most: 3 });
  });

  test("a dialogue keeps the focus, Escape closes it, and the focus is where it was", async () => {
    await page.keyboard.press("Enter");
    const sheet = page.getByRole("dialog");
    await sheet.waitFor();
    await until("the first words can be typed at once", async () => (await focus(page))?.name === "What went well, 1");
    await page.keyboard.type("Nobody was rushed");
    const stops = [];
    for (let pressed = 0; pressed < 14; pressed += 1) {
      await page.keyboard.press("Tab");
      const at = await focus(page);
      // Past its last stop the browser's own controls come, then the dialogue again; never the page behind.
      if (at === null) continue;
      assert.ok(at.isInDialog, `"${at.name}" is in the dialogue`);
      stops.push(at.name);
    }
    assert.ok(stops.filter((name) => name === "Close").length >= 1, `the focus goes round: ${stops.join(" → ")}`);
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    await until("the focus is back", async () => (await focus(page))?.name === "Went well");
    assert.equal(await page.getByRole("textbox", { name: "What went well, 1" }).inputValue(), "Nobody was rushed");
  });

  test("the visit is finished, and the record of it can be left again", async () => {
    await tabTo(/^Finish$/, { most: 3 });
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: /^Finish/ }).waitFor();
    await page.keyboard.press("Escape");
    await until("the focus is back", async () => (await focus(page))?.name === "Finish");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: /^Finish/ }).waitFor();
    await tabTo(/^Finish the visit$/, { most: 5 });
    await page.keyboard.press("Enter");
    await page.getByText(/^Finished \d\d:\d\d/).waitFor();
    // The sheet can still be corrected, so the way back lies behind all of it, or before it.
    await tabTo(/^Today$/, { most: 200 });
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
    await until("the title has the focus", async () => (await focus(page))?.isTitle);
  });

  test("the rooms of the app are reached, and what one likes is chosen with arrows", async () => {
    await tabTo(/^Mine$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Imani Adeyemi" }).waitFor();
    await until("the title has the focus", async () => (await focus(page))?.isTitle);
    await tabTo(/^As the device$/);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await until("it is dark", () => page.evaluate(() => document.documentElement.dataset.theme === "dark"));
    await tabTo(/^Right hand$/, { most: 1 });
    watch.check();
  });

  test("a leader plans a visit with the keyboard, and gets back what a dialogue took", async () => {
    const seat = await sitDown(browser, hub, { as: "leader", on: "desktop" });
    ({ page, watch } = seat);
    await page.getByRole("link", { name: /Pupils’ independence/ }).waitFor();
    await tabTo(/Pupils’ independence/);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Plan a visit" }).waitFor();
    await tabTo(/^Plan a visit$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Plan a visit" }).waitFor();
    await until("the title has the focus", async () => (await focus(page))?.isTitle);
    await tabTo(/^Class$/);
    await page.keyboard.type("Robin");
    await tabTo(/^Date$/);
    await tabTo(/^Save the visit$/, { most: 40 });
    await tabTo(/^Devices$/, { most: 12 });
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Devices" }).waitFor();
    await until("the title has the focus", async () => (await focus(page))?.isTitle);
    await tabTo(/^Invite a person$/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Invite a person" }).waitFor();
    await tabTo(/^Cancel$/, { most: 6 });
    await page.keyboard.press("Enter");
    await until("the focus is back", async () => (await focus(page))?.name === "Invite a person");
    watch.check();
  });
});
