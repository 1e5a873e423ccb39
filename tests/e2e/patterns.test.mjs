// What a walk shows together: a leader looks and publishes, all staff read the same, and nobody finds one class in it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, openBrowser, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";

describe("patterns", { concurrency: 1 }, () => {
  let browser, hub;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), Hub.withDemo()]);
  });
  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  test("a leader publishes a walk once, and a teacher reads it on a phone down to the words", async () => {
    const leader = await sitDown(browser, hub, { as: "leader" });
    const teacher = await sitDown(browser, hub, { as: "teacher", on: "phone" });
    const [, { walk }, earlier] = await ask(leader.page, "pattern_list", {});
    const published = await ask(teacher.page, "pattern_list", {});
    assert.deepEqual(published.map(({ walk }) => walk), [earlier.walk]);

    await leader.page.goto(`/#/patterns/${walk}`);
    await leader.page.getByRole("button", { name: "Publish to all staff" }).click();
    await leader.page.getByRole("dialog").getByRole("button", { name: "Publish", exact: true }).click();
    await leader.page.getByText(/^Published on /).waitFor();
    assert.equal(await leader.page.getByRole("button", { name: "Publish to all staff" }).count(), 0);

    await teacher.page.goto("/#/notices");
    await teacher.page.getByRole("link", { name: /Patterns across classes/ }).tap();
    await teacher.page.getByRole("link", { name: /Published/ }).first().tap();
    const cell = teacher.page.getByRole("button", { name: /Seen in .* visits that looked/ }).first();
    await cell.tap();
    const dialog = teacher.page.getByRole("dialog");
    await dialog.getByText(/In no order, with names/).waitFor();
    const { classes } = await ask(teacher.page, "school_get", {});
    const words = await dialog.innerText();
    for (const { name } of classes) assert.ok(!words.includes(name), `${name} is named in ${words}`);
    await dialog.getByRole("button", { name: "Close" }).tap();
    assert.ok(await cell.evaluate((element) => element === document.activeElement), "the focus is back on the cell");
    await settled(teacher.page);
    leader.watch.check();
    teacher.watch.check();
    await Promise.all([leader, teacher].map(({ context }) => context.close()));
  });

  test("a leader begins an action from a cell, with its criterion in it", async () => {
    const { page, context, watch } = await sitDown(browser, hub, { as: "leader" });
    const { walk } = (await ask(page, "pattern_list", {})).at(-1);
    await page.goto(`/#/patterns/${walk}`);
    await page.getByRole("button", { name: /^Every adult gives pupils time to answer,/ }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Add an action" }).click();
    const dialog = page.getByRole("dialog", { name: "Add an action" });
    await dialog.getByText("From: Every adult gives pupils time to answer").waitFor();
    await dialog.getByLabel("What is to be done").fill("Count to ten before asking again");
    await dialog.getByLabel(/^How you will know/).fill("Seen in most classes at the next walk");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "Count to ten before asking again" }).waitFor();
    await page.getByText("Every adult gives pupils time to answer").first().waitFor();
    watch.check();
    await context.close();
  });

  test("the table behind a plot is reached and read by keys alone", async () => {
    const { page, context, watch } = await sitDown(browser, hub, { as: "leader" });
    const { walk } = (await ask(page, "pattern_list", {})).at(-1);
    await page.goto(`/#/patterns/${walk}`);
    await page.getByRole("radio", { name: "Grid" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const table = page.getByRole("table", { name: /Visits in which each criterion was seen/ });
    await table.waitFor();
    const row = table.getByRole("row", { name: /^Every adult gives pupils time to answer/ });
    assert.match(await row.innerText(), /of \d+|under \d+ classes|held back/);
    await page.keyboard.press("Tab");
    watch.check();
    await context.close();
  });
});
