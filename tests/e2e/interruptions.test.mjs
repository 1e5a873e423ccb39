// What a day in a school does to a screen: it is closed, the page is loaded again, the hub loses its power. Nothing that
// was written may be lost, and the screen says what is going on.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AWAY, openBrowser, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { until } from "./support/until.mjs";

const isPressed = async (button) => (await button.getAttribute("aria-pressed")) === "true";

/** Moves the page under a finger, as a thumb does. */
async function swipe(page, distance) {
  const devtools = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize();
  await devtools.send("Input.synthesizeScrollGesture", {
    x: width / 2,
    y: height / 2,
    yDistance: -distance,
    gestureSourceType: "touch",
    speed: 4000,
    preventFling: true,
  });
  await devtools.detach();
}

/** The first criterion in sight below the bar at the top. */
async function rowInFront(page) {
  return page.evaluate(() => {
    const bar = document.querySelector("header").getBoundingClientRect().bottom;
    const rows = [...document.querySelectorAll("[data-row]")];
    return rows.find((row) => row.getBoundingClientRect().top >= bar)?.dataset.row;
  });
}

const isInSight = (locator) =>
  locator.evaluate((element) => {
    const box = element.getBoundingClientRect();
    const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return there !== null && element.contains(there);
  });

describe("an interrupted visit", { concurrency: 1 }, () => {
  let hub, browser, page, watch;
  const seen = (criterion) => page.getByRole("button", { name: `Seen: ${criterion}` });
  const comment = (section) => page.getByRole("textbox", { name: `Comment on ${section}` });

  before(async () => {
    hub = await Hub.withDemo();
    browser = await openBrowser();
    ({ page, watch } = await sitDown(browser, hub, { as: "observer", on: "tablet" }));
    await page.getByRole("link", { name: /Kestrel class · Science/ }).first().tap();
    await page.getByRole("button", { name: "Start the visit" }).tap();
    await page.getByRole("timer").waitFor();
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  test("loaded again, it is where the last tick was", async () => {
    const row = seen("A topic page opens every topic");
    const placed = page.waitForResponse(/rpc\/place_put/);
    await row.tap();
    await until("it is ticked", () => isPressed(row));
    await placed;
    await page.reload();
    await row.waitFor();
    await until("the row is in sight again", () => isInSight(row));
    assert.equal(await isPressed(row), true);
    assert.ok((await page.evaluate(() => scrollY)) > 500, "the page is where it was, far down");
  });

  test("loaded again, it is where the thumb had moved it", async () => {
    const placed = page.waitForResponse(/rpc\/place_put/);
    await swipe(page, -700);
    await placed;
    const row = page.locator(`[data-row="${await rowInFront(page)}"]`);
    await page.reload();
    await row.waitFor();
    await until("the row is in sight again", () => isInSight(row));
  });

  test("closed in the middle of a word, it has the word", async () => {
    await comment("Behaviour").tap();
    await page.keyboard.insertText("A pupil was given a job");
    const context = page.context();
    await page.close();
    page = await context.newPage();
    await page.goto("/#/today");
    await page.getByRole("link", { name: /Kestrel class · Science/ }).first().tap();
    await until("the word is there", async () => (await comment("Behaviour").inputValue()) === "A pupil was given a job");
  });

  test("without its hub it says so, and keeps what is typed", async () => {
    const second = await sitDown(browser, hub, { as: "teacher", on: "phone" });
    await hub.pullThePlug();
    watch.expect(AWAY);
    second.watch.expect(AWAY);

    await comment("Communication").tap();
    await page.keyboard.insertText("Boards on every table");
    const row = seen("All pupils are engaged");
    await row.tap();
    await page.getByRole("alert").getByText(/hub cannot be reached/).first().waitFor();
    await until("the tick is not shown as if it were saved", async () => !(await isPressed(row)));
    await page.getByRole("button", { name: "2 not saved" }).waitFor();
    await page.getByRole("button", { name: /Sync:.*No connection to the hub/ }).waitFor();
    assert.equal(await comment("Communication").inputValue(), "Boards on every table");

    // Whoever closes the page now is asked first, and stays.
    const asked = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    const question = await asked;
    assert.equal(question.type(), "beforeunload");
    await question.dismiss();
    assert.equal(await comment("Communication").inputValue(), "Boards on every table");

    await second.page.getByRole("link", { name: "Visits" }).tap();
    await second.page.getByText(/hub cannot be reached/).waitFor();
    await second.page.getByRole("button", { name: "Try again" }).waitFor();
    await second.context.close();
  });

  test("a visit is not finished as long as something of it is not saved", async () => {
    await page.getByRole("button", { name: "Finish", exact: true }).tap();
    const sheet = page.getByRole("dialog", { name: /^Finish/ });
    await sheet.getByRole("button", { name: "Finish the visit" }).tap();
    await sheet.getByRole("alert").waitFor();
    await sheet.getByRole("button", { name: "Keep going" }).tap();
    await sheet.waitFor({ state: "hidden" });
  });

  test("when the hub is back, what was typed arrives by itself, and a tick at a press", async () => {
    await hub.start();
    await until("the comment is at the hub", async () => {
      const other = await page.context().newPage();
      await other.goto(page.url());
      const there = await other.getByRole("textbox", { name: "Comment on Communication" }).inputValue();
      await other.close();
      return there === "Boards on every table";
    });
    const row = page.getByRole("listitem").filter({ hasText: "All pupils are engaged" });
    await row.getByRole("button", { name: "Try again" }).tap();
    await until("the tick is there", () => isPressed(seen("All pupils are engaged")));
    await page.getByRole("status").getByText("Saved at the hub").waitFor();
    await page.getByRole("button", { name: /Sync:.*Connected/ }).waitFor();
    await page.getByRole("button", { name: "Finish", exact: true }).tap();
    await page.getByRole("dialog", { name: /^Finish/ }).getByRole("button", { name: "Finish the visit" }).tap();
    await page.getByText(/^Finished \d\d:\d\d/).waitFor();
    await until("what was typed stands in the sheet, to be corrected for a time", async () => {
      return (await comment("Communication").inputValue()) === "Boards on every table";
    });
    watch.check();
  });
});
