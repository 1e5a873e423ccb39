// From a walk to what is done about it, by hand: a leader talks it over, writes and publishes the report, and hands out an
// action; a teacher reads it, and says how the action goes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, goTo, openBrowser, REFUSED, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { until } from "./support/until.mjs";

describe("what comes of a walk", { concurrency: 1 }, () => {
  let browser, hub, leader, teacher, walk;

  before(async () => {
    browser = await openBrowser();
    hub = await Hub.withDemo();
    leader = await sitDown(browser, hub, { as: "leader", on: "tablet" });
    teacher = await sitDown(browser, hub, { as: "teacher", on: "phone" });
    const walks = await ask(leader.page, "walk_list", {});
    walk = walks.find(({ finished, shared }) => finished > shared).walk;
    // What was finished is shared, so that nothing holds up the report.
    const { visits } = await ask(leader.page, "walk_get", { walk });
    for (const { card } of visits.filter(({ may_share }) => may_share)) {
      await ask(leader.page, "record_share", { visit: card.visit, talked: false });
    }
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  test("is talked over, without names", async () => {
    const { page, watch } = leader;
    await goTo(page, `#/walks/${walk}/debrief`);
    const said = page.getByRole("textbox", { name: "What was said on the whole" });
    watch.expect(REFUSED);
    await said.fill("Nia Castellow could show the others how");
    await said.blur();
    await page.getByText("Not saved.").waitFor();
    await said.fill("Several rooms can show the others how");
    await said.blur();
    await until("what was said is kept", async () => (await ask(page, "debrief_get", { walk })).overall.startsWith("Several"));
    assert.equal(await page.getByText("Not saved.").count(), 0);
  });

  test("is written as a report, and published once everyone was offered their record", async () => {
    const { page } = leader;
    await page.getByRole("link", { name: /Go on to the report/ }).click();
    await page.getByRole("button", { name: "Start the report" }).click();
    await page.getByRole("button", { name: "Add a strength" }).click();
    await page.getByRole("textbox", { name: /^Strengths and areas of excellence, / }).last().fill("Pupils ask each other before they ask an adult");
    await page.getByRole("textbox", { name: "Changes of policy, practice or routine" }).fill("Every lesson ends with two quiet minutes.");
    await page.getByRole("button", { name: "Publish to all staff" }).click();
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByText(/^Published \d/).waitFor();
    assert.equal(await page.getByRole("button", { name: "Add a strength" }).count(), 0);
  });

  test("becomes an action of somebody's", async () => {
    const { page } = leader;
    await page.getByRole("button", { name: "Add an action" }).click();
    await page.getByLabel("What is to be done").fill("Quiet endings in every room");
    await page.getByLabel("How you will know that it worked").fill("Seen in most classes at the next walk");
    await page.getByLabel("Owner").selectOption({ label: "Nia Castellow" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("link", { name: /Quiet endings/ }).waitFor();
  });

  test("is read by a teacher, who says how the action goes", async () => {
    const { page } = teacher;
    await page.getByRole("link", { name: /^Notices/ }).click();
    await page.getByRole("link", { name: /^Report: / }).first().tap();
    await page.getByText("Pupils ask each other before they ask an adult").waitFor();
    await page.getByRole("button", { name: "I have read this" }).tap();
    await page.getByText("You have read this.").waitFor();
    await page.getByRole("link", { name: /Quiet endings/ }).tap();
    await page.getByRole("button", { name: "Begin" }).tap();
    await page.getByText("In progress").first().waitFor();
    await page.getByRole("textbox", { name: "A note of progress" }).fill("Two rooms have begun");
    await page.getByRole("button", { name: "Add the note" }).tap();
    await page.getByText("Two rooms have begun").waitFor();
    assert.equal(await page.getByRole("button", { name: "Change" }).count(), 0);
  });

  test("is moved on the board with keys, by hand, and back again", async () => {
    const { page } = leader;
    await goTo(page, "#/actions");
    await page.getByText("Board", { exact: true }).click();
    const state = page.getByLabel("How far is Quiet endings in every room");
    await state.selectOption("done");
    const column = (name) => page.getByRole("region", { name: new RegExp(`^${name}`) });
    await column("Done").getByRole("link", { name: "Quiet endings in every room" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    const card = column("In progress").getByRole("listitem").filter({ hasText: "Quiet endings" });
    await card.scrollIntoViewIfNeeded();
    await settled(page);

    const grip = await card.locator("[data-grip]").boundingBox();
    const there = await column("Done").getByRole("list").boundingBox();
    await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
    await page.mouse.down();
    await page.mouse.move(there.x + there.width / 2, grip.y + grip.height / 2, { steps: 8 });
    await page.mouse.up();
    await column("Done").getByRole("link", { name: "Quiet endings in every room" }).waitFor();
  });

  test("has done nothing else on the page", () => {
    for (const { watch } of [leader, teacher]) watch.check();
  });
});
