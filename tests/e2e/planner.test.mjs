// A leader plans a walk: the year, the walk, an offered timetable, moved by mouse, by finger and by keys; kept, and then
// announced. Nothing is written before it is kept, and leaving asks.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, goTo, openBrowser, REFUSED, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { until } from "./support/until.mjs";

const OBSERVERS = ["Helen Nandakumar", "Kwame Holt", "Siobhan Petrosyan", "Aoife Rahmani", "Desmond Arkwell"];
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const card = (page, name) => page.locator("[data-card]").filter({ hasText: name });
const cellOf = (card) => card.evaluate((element) => element.closest("[data-cell]")?.dataset.cell);

/** A cell with nothing in it that is in sight, and where its middle is. */
const emptyCell = (page) =>
  page.evaluate(() => {
    for (const cell of document.querySelectorAll("[data-cell]")) {
      const { left, top, bottom, width, height } = cell.getBoundingClientRect();
      const middle = [left + width / 2, top + height / 2];
      const isFree = document.elementFromPoint(...middle)?.closest("[data-cell]") === cell;
      if (cell.children.length === 0 && top > 200 && bottom < innerHeight - 120 && isFree) return { name: cell.dataset.cell, middle };
    }
    return null;
  });

describe("planning a walk", { concurrency: 1 }, () => {
  let hub, browser, seat, page, walk;
  const asKept = () => ask(page, "plan_get", { walk }).then(({ slots }) => slots.map((slot) => [slot.class_name, slot.starts_at]).sort());

  before(async () => {
    hub = await Hub.withDemo();
    browser = await openBrowser();
    seat = await sitDown(browser, hub, { as: "leader", on: "desktop" });
    page = seat.page;
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  test("begins in the year, in a term that has no walk yet", async () => {
    await goTo(page, "#/year");
    await heading(page, /^Year/);
    const terms = (await ask(page, "year_get", { year: null })).terms;
    const { name } = terms.find((term) => !term.is_now && term.walks.length === 0);
    await page.getByRole("link", { name: `Plan a walk in ${name}` }).click();
    await heading(page, "Plan a walk");
    await page.getByRole("button", { name: "Talk for learning" }).click();
    assert.equal(await page.getByLabel("Focus").inputValue(), "Talk for learning");
    assert.notEqual(await page.getByLabel("Purpose").inputValue(), "");
  });

  test("refuses a focus that names a member of staff, kindly and where it stands", async () => {
    seat.watch.expect(REFUSED);
    await page.getByLabel("Focus").fill("How Hamza Tregenza asks questions");
    for (const name of OBSERVERS) await page.getByLabel(name).check();
    await page.getByRole("button", { name: "Save and go to the timetable" }).click();
    await page.getByText("cannot name a member of staff").waitFor();
    assert.equal(await page.getByLabel("Focus").getAttribute("aria-invalid"), "true");
    await page.getByLabel("Focus").fill("Talk for learning");
    await page.getByRole("button", { name: "Save and go to the timetable" }).click();
    await heading(page, "Timetable");
    walk = /walks\/([^/]+)\/timetable/.exec(page.url())[1];
  });

  test("offers a whole timetable for the days that are chosen, and writes none of it", async () => {
    await page.getByRole("button", { name: /the whole week/ }).nth(2).click();
    await page.getByRole("button", { name: "Offer a timetable" }).click();
    await page.locator("[data-card]").first().waitFor();
    assert.ok((await page.locator("[data-card]").count()) >= 10);
    await page.getByText(/no problems · not kept yet/).waitFor();
    assert.deepEqual(await asKept(), []);
  });

  test("a visit is moved with the mouse, and the step undone", async () => {
    const kite = card(page, "Kite class");
    await kite.scrollIntoViewIfNeeded();
    const before = await cellOf(kite);
    const { x, y } = await kite.boundingBox();
    const to = await emptyCell(page);
    await page.mouse.move(x + 20, y + 20);
    await page.mouse.down();
    await page.mouse.move(...to.middle, { steps: 8 });
    await page.mouse.up();
    await until("the visit lies where it was put", async () => (await cellOf(kite)) === to.name);
    assert.equal(await page.getByRole("dialog").count(), 0);
    await page.getByRole("button", { name: "Undo" }).click();
    await until("it is back", async () => (await cellOf(kite)) === before);
  });

  test("a visit is moved, given to others and locked by keys alone, and keeps the focus", async () => {
    const kite = card(page, "Kite class");
    await kite.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: /^Kite class/ }).waitFor();
    const day = page.getByLabel("Move to day");
    await day.focus();
    await page.keyboard.press("End");
    await until("it has moved", async () => (await cellOf(kite)).startsWith(await day.inputValue()));
    await page.getByLabel("Second observer").selectOption("");
    const lock = page.getByRole("button", { name: "Lock", exact: true });
    await lock.focus();
    await page.keyboard.press("Enter");
    assert.ok(await day.isDisabled(), "what is locked stays");
    await page.keyboard.press("Escape");
    await until("the focus is on the card again", () =>
      kite.getByRole("button").evaluate((button) => document.activeElement === button),
    );
  });

  test("two visits swap places, and a locked one does not", async () => {
    const [owl, wren, kite] = ["Owl class", "Wren class", "Kite class"].map((name) => card(page, name));
    const [ofOwl, ofWren] = [await cellOf(owl), await cellOf(wren)];
    await owl.getByRole("button").click();
    const choice = page.getByLabel("Swap with");
    assert.equal(await choice.locator("option", { hasText: "Kite class" }).count(), 0);
    const label = await choice.locator("option", { hasText: "Wren class" }).textContent();
    await choice.selectOption({ label: label.trim() });
    await until("they have swapped", async () => (await cellOf(owl)) === ofWren && (await cellOf(wren)) === ofOwl);
    await page.getByRole("button", { name: "Done" }).click();
    const locked = await cellOf(kite);
    await page.getByText("Offer a timetable").first().click();
    await page.getByRole("button", { name: "Offer another" }).click();
    await settled(page);
    assert.equal(await cellOf(kite), locked);
  });

  test("leaving asks, by a link and by going back", async () => {
    for (const leave of [() => page.getByRole("link", { name: "Devices" }).click(), () => page.goBack()]) {
      await leave();
      await page.getByRole("dialog", { name: /not kept yet/ }).waitFor();
      await page.getByRole("button", { name: "Stay here" }).click();
      await heading(page, "Timetable");
      assert.match(page.url(), /timetable$/);
    }
  });

  test("keeping writes it, and notice shows what all staff will read before it is given", async () => {
    await page.getByRole("button", { name: "Keep this timetable" }).click();
    await heading(page, /walk/);
    const kept = await asKept();
    assert.ok(kept.length >= 10);
    await page.getByRole("button", { name: "Give notice…" }).click();
    const notice = page.getByRole("dialog", { name: "Give notice to all staff?" });
    await notice.getByText(`${kept.length} visits`).waitFor();
    for (const said of ["Talk for learning", "Kite class", "What observers look for"]) {
      assert.ok((await notice.getByText(said).count()) > 0, said);
    }
    await notice.getByRole("button", { name: "Give notice" }).click();
    await page.getByText(/\d+ of \d+ have read it/).waitFor();
    seat.watch.check();
  });

  test("on a phone a finger on a card scrolls, and on its grip moves the visit", async () => {
    const phone = await sitDown(browser, hub, { as: "leader", on: "phone", path: `#/walks/${walk}/timetable` });
    await heading(phone.page, "Timetable");
    await settled(phone.page);
    const line = await phone.context.newCDPSession(phone.page);
    const touch = (type, x, y) => line.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
    const first = phone.page.locator("[data-card]").first();
    await first.scrollIntoViewIfNeeded();
    const name = await first.locator("strong").textContent();
    const at = await cellOf(first);

    const box = await first.boundingBox();
    const from = await phone.page.evaluate(() => scrollY);
    await touch("touchStart", box.x + 60, box.y + 40);
    for (let step = 1; step <= 10; step += 1) await touch("touchMove", box.x + 60, box.y + 40 - step * 20);
    await touch("touchEnd");
    await until("the page has scrolled", async () => (await phone.page.evaluate(() => scrollY)) > from + 40);
    assert.equal(await cellOf(card(phone.page, name)), at);

    const grip = card(phone.page, name).locator("[data-grip]");
    await grip.evaluate((element) => element.scrollIntoView({ block: "center" }));
    const hold = await grip.boundingBox();
    await touch("touchStart", hold.x + 12, hold.y + 12);
    await touch("touchMove", hold.x, hold.y + 40);
    // The page may still be coming to rest under the finger, which then follows the place.
    const to = await until("the finger is over an empty place", async () => {
      const seen = await emptyCell(phone.page);
      if (seen === null) return null;
      await touch("touchMove", ...seen.middle);
      return (await phone.page.locator(`[data-cell="${seen.name}"].over`).count()) === 1 ? seen : null;
    });
    await touch("touchEnd");
    await until("the visit lies where it was put", async () => (await cellOf(card(phone.page, name))) === to.name);
    await phone.page.getByRole("link", { name: "Year" }).click();
    await phone.page.getByRole("button", { name: "Leave without keeping" }).click();
    await heading(phone.page, /^Year/);
    phone.watch.check();
    await phone.context.close();
  });
});
