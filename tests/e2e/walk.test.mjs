// A walk from the room to the teacher and back, by touch: two observers, a leader and a teacher, each at a screen of
// their own. One test is one step, and the next begins where it ended.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, openBrowser, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { until } from "./support/until.mjs";

const AIDS = "Communication aids are within reach and adults model them";
const ZONES = "Zones of regulation are shown and used";
const TIME = "Every adult gives pupils time to answer";

describe("a walk, by touch", { concurrency: 1 }, () => {
  let hub, browser;
  const seats = {};
  const page = (who) => seats[who].page;
  const seen = (who, criterion) => page(who).getByRole("button", { name: `Seen: ${criterion}` });
  const notThisTime = (who, criterion) => page(who).getByRole("button", { name: `Not this time: ${criterion}` });
  const isPressed = async (button) => (await button.getAttribute("aria-pressed")) === "true";
  const isSaved = (who) => page(who).getByRole("status").getByText("Saved at the hub").waitFor();

  before(async () => {
    hub = await Hub.withDemo();
    browser = await openBrowser();
    seats.observer = await sitDown(browser, hub, { as: "observer", on: "tablet" });
    seats.second = await sitDown(browser, hub, { on: "phone" });
    seats.leader = await sitDown(browser, hub, { as: "leader", on: "tablet on its side" });
    seats.teacher = await sitDown(browser, hub, { as: "teacher", on: "phone" });
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  test("the teacher reads beforehand when who is coming and why", async () => {
    const coming = page("teacher").getByRole("listitem").filter({ hasText: "Science" });
    await coming.getByText("Imani Adeyemi and Desmond Arkwell").waitFor();
    await coming.getByText("Pupils’ independence").waitFor();
    await coming.getByText("09:30").waitFor();
  });

  test("the observer opens today's visit and starts it", async () => {
    const observer = page("observer");
    await observer.getByRole("link", { name: /Kestrel class · Science/ }).first().tap();
    await observer.getByRole("heading", { name: "What is never done" }).waitFor();
    await observer.getByRole("button", { name: "Start the visit" }).tap();
    await observer.getByRole("timer").waitFor();
    await seen("observer", AIDS).waitFor();
  });

  test("a tap is seen, another clears it, and the end of the row is not this time", async () => {
    await seen("observer", AIDS).tap();
    await until("the row is ticked", () => isPressed(seen("observer", AIDS)));
    await seen("observer", AIDS).tap();
    await until("the row is clear again", async () => !(await isPressed(seen("observer", AIDS))));
    await seen("observer", AIDS).tap();
    await seen("observer", TIME).tap();
    await notThisTime("observer", ZONES).tap();
    await until("all three stand", async () => {
      const marks = [seen("observer", AIDS), seen("observer", TIME), notThisTime("observer", ZONES)];
      return (await Promise.all(marks.map(isPressed))).every(Boolean);
    });
    assert.equal(await isPressed(seen("observer", ZONES)), false);
    await page("observer").getByText("3 of 4 looked at").waitFor();
    await isSaved("observer");
  });

  test("every row and both its ends are large enough for a thumb", async () => {
    const small = await page("observer")
      .getByRole("button", { name: /^(Seen|Not this time): / })
      .evaluateAll((buttons) =>
        buttons
          .map((button) => ({ name: button.ariaLabel ?? button.textContent, box: button.getBoundingClientRect() }))
          .filter(({ box }) => box.height < 56 || box.width < 56),
      );
    assert.deepEqual(small, []);
  });

  test("a comment and what went well are kept as they are written", async () => {
    const observer = page("observer");
    const comment = observer.getByRole("textbox", { name: "Comment on Communication" });
    await comment.tap();
    await comment.pressSequentially("Boards on every table; two pupils asked for theirs.");
    await observer.getByRole("button", { name: "Went well", exact: true }).tap();
    const sheet = observer.getByRole("dialog");
    await sheet.getByRole("textbox", { name: "What went well, 1" }).pressSequentially("Everyone waited for an answer");
    await sheet.getByRole("button", { name: "Add even better if" }).tap();
    await sheet.getByRole("textbox", { name: "Even better if, 1" }).pressSequentially("The zones could hang lower");
    await sheet.getByRole("button", { name: "Close" }).tap();
    await sheet.waitFor({ state: "hidden" });
    await isSaved("observer");
    await observer.reload();
    await until("the comment is still there", async () => (await comment.inputValue()).startsWith("Boards on every table"));
    assert.equal(await observer.getByRole("textbox", { name: "What went well, 1" }).inputValue(), "Everyone waited for an answer");
    await observer.getByText("1 strength, 1 development point").waitFor();
  });

  test("the second observer signs in with a code, and sees nothing of the first", async () => {
    const second = page("second");
    await second.getByLabel("Code").fill(await hub.invite("Desmond Arkwell"));
    await second.getByRole("button", { name: "Sign in" }).tap();
    await second.getByRole("link", { name: /Kestrel class · Science/ }).first().tap();
    await second.getByRole("button", { name: "Start the visit" }).tap();
    await notThisTime("second", AIDS).tap();
    await seen("second", ZONES).tap();
    await until("both stand", async () => (await isPressed(notThisTime("second", AIDS))) && (await isPressed(seen("second", ZONES))));
    assert.equal(await second.getByText("Boards on every table").count(), 0);
    assert.equal(await second.getByRole("textbox", { name: "Comment on Communication" }).inputValue(), "");
    const comment = second.getByRole("textbox", { name: "Comment on Communication" });
    await comment.tap();
    await comment.pressSequentially("One board was out of reach.");
    await isSaved("second");
  });

  test("each finishes, and only then sees the other's", async () => {
    for (const who of ["observer", "second"]) {
      await page(who).getByRole("button", { name: "Finish", exact: true }).tap();
      const sheet = page(who).getByRole("dialog", { name: /^Finish Kestrel class/ });
      await sheet.getByRole("button", { name: "Finish the visit" }).tap();
      await page(who).getByText(/^Finished \d\d:\d\d/).waitFor();
    }
    await page("observer").getByRole("link", { name: "See the record side by side" }).tap();
    await page("observer").getByText("One board was out of reach.").waitFor();
  });

  test("the leader shares the record with one press", async () => {
    const leader = page("leader");
    await leader.getByRole("link", { name: /Pupils’ independence/ }).tap();
    await leader.getByRole("button", { name: "Share the record of Kestrel class" }).tap();
    const sheet = leader.getByRole("dialog", { name: /Kestrel class/ });
    await sheet.getByText("Nia Castellow will read every word of it").waitFor();
    await sheet.getByRole("checkbox", { name: /talked/ }).tap();
    await sheet.getByRole("button", { name: "Share", exact: true }).tap();
    await sheet.waitFor({ state: "hidden" });
    await leader.getByRole("listitem").filter({ hasText: "Kestrel class · Science" }).getByText(/^Shared/).first().waitFor();
  });

  test("the teacher reads both observers side by side, every word", async () => {
    const teacher = page("teacher");
    await teacher.getByRole("link", { name: "Visits" }).tap();
    await teacher.getByRole("link", { name: /Kestrel class · Science/ }).tap();
    const section = teacher.getByRole("region", { name: "Communication" });
    const line = (criterion) => section.getByRole("listitem").filter({ hasText: criterion });
    await line(AIDS).getByText("Not this time: Desmond Arkwell · seen: Imani Adeyemi").waitFor();
    await line(ZONES).getByText("Not this time: Imani Adeyemi · seen: Desmond Arkwell").waitFor();
    await section.getByText("Boards on every table; two pupils asked for theirs.").waitFor();
    await section.getByText("One board was out of reach.").waitFor();
    await teacher.getByText("Everyone waited for an answer").waitFor();
    await teacher.getByText("The zones could hang lower").waitFor();
    await teacher.getByText("Teacher and observers talked straight after the visit").waitFor();
  });

  test("the teacher replies to a section and to the whole, and the draft survives a reload", async () => {
    const teacher = page("teacher");
    await teacher.getByRole("button", { name: "Reply to Communication" }).tap();
    await teacher.getByRole("textbox", { name: "Reply to Communication" }).pressSequentially("That board was being mended.");
    const whole = teacher.getByRole("textbox", { name: "Your response to the whole visit" });
    await whole.tap();
    await whole.pressSequentially("Thank you for waiting with us.");
    await teacher.getByText(/^Draft/).waitFor();
    await teacher.reload();
    await until("the draft is still there", async () => (await whole.inputValue()) === "Thank you for waiting with us.");
    // Until it is sent it is nobody else's, at the hub either.
    for (const who of ["leader", "observer", "second"]) {
      const visit = /([0-9a-f-]{36})$/.exec(teacher.url())[1];
      const record = JSON.stringify(await ask(page(who), "record_get", { visit }));
      assert.ok(record.includes("One board was out of reach."), "this is the record");
      assert.equal(record.includes("being mended") || record.includes("waiting with us"), false);
    }
    await teacher.getByRole("button", { name: "Send response" }).tap();
    await teacher.getByText(/^Sent .*received$/).waitFor();
  });

  test("the leader sees the answer arrive without asking again", async () => {
    const leader = page("leader");
    const visit = leader.getByRole("listitem").filter({ hasText: "Kestrel class · Science" });
    await visit.getByText("Answered").waitFor();
    await visit.getByRole("link", { name: "Record of Kestrel class" }).tap();
    await leader.getByText("Thank you for waiting with us.").waitFor();
    await leader.getByText("That board was being mended.").waitFor();
    for (const { watch } of Object.values(seats)) watch.check();
  });
});
