// A leader rates on a phone with one thumb and by keys, sees what everyone says, agrees, and reads what it comes to. Each
// answer is kept the moment it is given.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, goTo, openBrowser, REFUSED, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { until } from "./support/until.mjs";

const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

describe("the self-evaluation", { concurrency: 1 }, () => {
  let hub, browser, seat, page, year;
  const indicators = async () => (await ask(page, "self_evaluation_get", { year })).domains.flatMap(({ indicators }) => indicators);
  const kept = async (key) => (await indicators()).find((one) => one.key === key);

  before(async () => {
    hub = await Hub.withDemo();
    browser = await openBrowser();
    seat = await sitDown(browser, hub, { as: "leader", on: "phone" });
    page = seat.page;
    year = (await ask(page, "self_evaluation_list", {})).years[0].year;
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  test("an answer under the thumb is kept at once, and taken back with one press", async () => {
    await goTo(page, `#/self-evaluation/${year}/rate/premium`);
    await heading(page, /^Rate/);
    const first = page.getByRole("group", { name: "Money goes where evidence says it helps" });
    await first.getByText("Not answered").waitFor();
    await first.getByRole("radio", { name: /Embedded/ }).tap();
    await until("it is kept", async () => (await kept("premium_evidence")).mine === 4);
    await page.reload();
    await heading(page, /^Rate/);
    assert.ok(await first.getByRole("radio", { name: /Embedded/ }).isChecked());
    await first.getByRole("button", { name: /^Take back/ }).tap();
    await until("it is unanswered, not nought", async () => (await kept("premium_evidence")).mine === null);
  });

  test("keys answer, move on and take back", async () => {
    const group = page.getByRole("group", { name: "Good teaching for everyone comes before everything else" });
    await group.getByRole("radio").first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowRight");
    await until("the next is kept", async () => (await kept("premium_teaching")).mine === 2);
    await page.keyboard.press("Delete");
    await until("it is taken back", async () => (await kept("premium_teaching")).mine === null);
  });

  test("what an answer rests on is kept while it is written, also when one leaves", async () => {
    await page.getByLabel(/^What it rests on: Extra support for some/).fill("Small groups in reading, looked at each term.");
    await page.getByRole("link", { name: "Back" }).tap();
    await page.getByRole("heading", { level: 2, name: "Parents" }).waitFor();
    await until("the note is kept", async () => (await kept("premium_targeted")).my_note.startsWith("Small groups"));
  });

  test("leaders agree with everyone's answer in sight, and the result follows", async () => {
    const before = (await ask(page, "self_evaluation_get", { year })).overall.answered;
    await goTo(page, `#/self-evaluation/${year}/agree/parents`);
    await heading(page, /^Compare/);
    await page.getByText("Kwame Holt:").first().waitFor();
    await page.getByRole("group", { name: /^Agreed: Families are partners/ }).getByRole("radio", { name: /Developing/ }).tap();
    await until("it is agreed", async () => (await kept("parents_partners")).agreed === 3);
    await goTo(page, `#/self-evaluation/${year}`);
    await heading(page, /^Self-evaluation/);
    await page.getByText(`${before + 1} of 40 indicators are agreed`).waitFor();
  });

  test("a year is closed only after being asked by name, and stays", async () => {
    const { name } = await ask(page, "self_evaluation_get", { year });
    await page.getByRole("button", { name: `Close ${name}…` }).tap();
    await page.getByRole("dialog", { name: `Close the self-evaluation of ${name}?` }).waitFor();
    await page.getByRole("button", { name: "Leave it open" }).tap();
    assert.equal((await ask(page, "self_evaluation_get", { year })).closed_at, null);
    await page.getByRole("button", { name: `Close ${name}…` }).tap();
    await page.getByRole("button", { name: `Close ${name}`, exact: true }).tap();
    await page.getByText(/closed on/).first().waitFor();
    await settled(page);
    assert.equal(await page.getByRole("link", { name: /^Rate/ }).count(), 0);
    seat.watch.expect(REFUSED);
    await assert.rejects(ask(page, "self_evaluation_rate", { year, indicator: "send_cycle", edit: { what: "answer", value: 1 } }));
  });

  test("a teacher is not shown the way, and is told why at the address", async () => {
    const teacher = await sitDown(browser, hub, { as: "teacher", on: "phone" });
    await goTo(teacher.page, "#/mine");
    await heading(teacher.page, /./);
    await settled(teacher.page);
    assert.equal(await teacher.page.getByRole("link", { name: "Self-evaluation" }).count(), 0);
    teacher.watch.expect(REFUSED);
    await goTo(teacher.page, `#/self-evaluation/${year}`);
    await teacher.page.getByText("The self-evaluation is read by leaders").waitFor();
    teacher.watch.check();
    await teacher.context.close();
  });
});
