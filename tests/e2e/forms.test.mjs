// A school's own form from the one that ships: made, changed by touch and by key, seen as an observer reads it, settled.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBrowser, REFUSED, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { until } from "./support/until.mjs";

describe("a form of the school's own", { concurrency: 1 }, () => {
  let hub, browser, leader, teacher;

  before(async () => {
    hub = await Hub.withDemo();
    browser = await openBrowser();
    leader = await sitDown(browser, hub, { as: "leader", on: "desktop" });
    teacher = await sitDown(browser, hub, { as: "teacher", on: "phone" });
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  const isSaved = () => leader.page.getByText("Saved as you type").waitFor();
  const words = async (label) => {
    const fields = leader.page.getByLabel(label, { exact: true });
    return fields.evaluateAll((all) => all.map((field) => field.value));
  };

  test("is made from the evidence form in three presses", async () => {
    const { page } = leader;
    await page.getByRole("link", { name: "School" }).click();
    await page.getByRole("link", { name: /^Forms/ }).click();
    await page.getByRole("link", { name: /^Evidence form/ }).click();
    await page.getByRole("button", { name: "Make our own from this" }).click();
    await page.getByLabel("Call it").fill("Our form");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByRole("heading", { level: 1, name: "Our form" }).waitFor();
    assert.equal((await words("Criterion")).length, 23);
  });

  test("is worded in place, and the words stand beside it as an observer reads them", async () => {
    const { page } = leader;
    await page.getByLabel("Criterion", { exact: true }).first().fill("Aids are within reach of every pupil");
    await page.getByRole("button", { name: "Seen: Aids are within reach of every pupil" }).waitFor();
    await isSaved();
  });

  test("is put in order by key, also over the edge of a section, and the key stays where the criterion went", async () => {
    const { page } = leader;
    const down = page.getByRole("button", { name: /^Down: Language and questions/ });
    await down.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("status").getByText(/is now 1 of 5 in Learning environment/).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
    await until("the focus went along", async () => (await focused()).startsWith("Down: Language and questions"));
  });

  test("is put in order by hand", async () => {
    const { page } = leader;
    const at = async (key) => (await page.locator(`[data-criterion="${key}"]`).boundingBox()) ?? assert.fail(key);
    await page.locator('[data-criterion="aids"]').scrollIntoViewIfNeeded();
    const from = await page.locator('[data-criterion="wait"] [data-grip]').boundingBox();
    const to = await at("aids");
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(to.x + 60, to.y + 30, { steps: 12 });
    await page.mouse.up();
    await until("it stands first", async () => (await words("Criterion"))[0].startsWith("Every adult gives"));
  });

  test("a question about a teacher is refused beside it, kindly, and another is taken", async () => {
    const { page, watch } = leader;
    watch.expect(REFUSED);
    const asked = page.getByLabel("Questions for pupils in Communication");
    await asked.fill("Do you like your teacher?");
    await page.getByRole("alert").getByText("never about staff").waitFor();
    await asked.fill("What helps you say what you think?");
    await page.getByText("never about staff").waitFor({ state: "detached" });
    await isSaved();
  });

  test("a criterion is split, taken out, and both are undone", async () => {
    const { page } = leader;
    const before = await words("Criterion");
    await page.getByRole("button", { name: /^Split ?: Zones/ }).click();
    await page.getByRole("button", { name: "Split it" }).click();
    await until("there is one more", async () => (await words("Criterion")).length === 24);
    await page.getByRole("button", { name: /^Take out ?: Resources/ }).click();
    await page.getByRole("region", { name: "Messages" }).getByRole("button", { name: "Undo" }).click();
    await until("it is back", async () => (await words("Criterion")).length === 24);
    await page.getByRole("button", { name: "Undo", exact: true }).first().click();
    await until("it is as it was", async () => JSON.stringify(await words("Criterion")) === JSON.stringify(before));
  });

  test("a teacher says what she thinks, and reads what became of it", async () => {
    const hers = teacher.page;
    await hers.goto("/#/forms");
    await hers.getByRole("link", { name: /^Our form/ }).tap();
    await hers.getByRole("button", { name: /^Comment.*on Every adult/ }).tap();
    await hers.getByLabel(/^Comment on Every adult/).fill("Ten seconds is long");
    await hers.getByRole("button", { name: "Give the comment" }).tap();
    await leader.page.getByText("Ten seconds is long", { exact: true }).waitFor();
    await leader.page.getByRole("button", { name: /^Taken up/ }).click();
    await hers.getByText("Taken up").waitFor();
    teacher.watch.check();
  });

  test("is settled, and then stays as it is", async () => {
    const { page, watch } = leader;
    await page.getByRole("link", { name: "The form" }).click();
    await page.getByRole("button", { name: "Settle the form…" }).click();
    await page.getByRole("button", { name: "Settle the form", exact: true }).click();
    await page.getByText("Settled, version 1").waitFor();
    await page.getByRole("link", { name: /^Compare with “Evidence form”/ }).click();
    await page.getByText(/parts differ/).waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Change it, as version 2" }).click();
    await page.getByText("Draft of version 2").waitFor();
    await settled(page);
    watch.check();
  });
});
