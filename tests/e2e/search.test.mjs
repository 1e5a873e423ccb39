// Looking for words: found while they are typed, gone through by keys, opened, come back to, and kept nowhere.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBrowser, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";

describe("the search", { concurrency: 1 }, () => {
  let hub, browser, page, watch;

  before(async () => {
    hub = await Hub.withDemo();
    browser = await openBrowser();
    ({ page, watch } = await sitDown(browser, hub, { as: "leader", on: "desktop" }));
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  const words = () => page.getByLabel("Words");
  const found = () => page.getByRole("status").filter({ hasText: /found/ });

  test("finds while one types, goes through it by keys, and shows it again on the way back", async () => {
    await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Search" }).click();
    await words().waitFor();
    await settled(page);
    assert.ok(await words().evaluate((field) => field === document.activeElement), "typing goes into the field");
    await page.keyboard.type("partn");
    await page.getByRole("heading", { name: "In records" }).waitFor();
    const records = page.getByRole("region", { name: "In records" }).getByRole("link");
    assert.match(await records.first().locator("mark").first().innerText(), /^partn/i);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    assert.ok(await page.evaluate(() => document.activeElement?.tagName === "A"));
    await page.keyboard.press("Escape");
    assert.ok(await words().evaluate((field) => field === document.activeElement));
    assert.ok(!page.url().includes("partn"), "an address stands in the history");
    await records.first().click();
    await page.getByRole("heading", { level: 1, name: /class/ }).waitFor();
    await page.goBack();
    await found().waitFor();
    assert.equal(await words().inputValue(), "partn");
    await page.reload();
    await words().waitFor();
    assert.equal(await words().inputValue(), "");
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]));
    assert.ok(!kept.includes("partn"), kept);
  });

  test("a name finds the class and its visits, and says that records are not found by it", async () => {
    await words().fill("kestrel");
    await page.getByText("not searched by the name of a person or class").waitFor();
    assert.deepEqual(await page.getByRole("heading", { level: 2 }).allInnerTexts(), ["Classes", "Visits"]);
  });

  test("nothing found says so, and what to do", async () => {
    await words().fill("zzzz");
    await page.getByRole("heading", { name: "Nothing found" }).waitFor();
    await words().fill("");
    await page.getByRole("heading", { name: "What you may read, by its words" }).waitFor();
  });

  test("a teacher comes to it from their own page", async () => {
    const teacher = await sitDown(browser, hub, { as: "teacher", on: "phone", path: "#/mine" });
    await teacher.page.getByRole("link", { name: /^Search/ }).click();
    await teacher.page.getByLabel("Words").fill("thank");
    await teacher.page.getByRole("heading", { name: "In teachers’ answers" }).waitFor();
    await teacher.page.getByRole("link", { name: /Kestrel class/ }).first().click();
    await teacher.page.getByRole("heading", { level: 1, name: /Kestrel class/ }).waitFor();
    await teacher.context.close();
  });

  test("nothing went wrong on the way", () => {
    watch.check();
  });
});
