// Makes the pictures of README.md from the demo school, in docs/pictures: three people at their screens, together and
// each alone; how the protocol is kept, from the timetable by notice and lock to the term's review; and what comes of walks,
// from patterns by report and action to the self-evaluation. Run it with `make pictures`.
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ask, openBrowser, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { root } from "./support/parts.mjs";
import { setScene, visitUnderWay } from "./support/screens.mjs";

const folder = join(root, "docs", "pictures");
const LARGEST = 400_000;
/** How long the observer has been in the room. */
const IN_THE_ROOM = (11 * 60 + 24) * 1000;

/** Somebody's screen, as sharp as a good tablet's. */
async function screen(browser, hub, how, show) {
  const { page, context, watch } = await sitDown(browser, hub, how);
  await show(page);
  await settled(page);
  watch.check();
  const picture = await page.screenshot();
  await context.close();
  return picture;
}

async function observer(page) {
  const { visits } = await ask(page, "day_list", {});
  const { visit } = visits.find((card) => card.class === "Kestrel class");
  await visitUnderWay(page, visit);
  await page.clock.install();
  await page.goto(`/#/today/${visit}`);
  await page.getByRole("timer").waitFor();
  await settled(page);
  await page.clock.fastForward(IN_THE_ROOM);
  const section = page.locator("section", { has: page.getByRole("heading", { name: "Learning environment" }) });
  await section.evaluate((element) => {
    const bars = document.querySelector("header").getBoundingClientRect().height;
    scrollTo(0, element.getBoundingClientRect().top + scrollY - bars - 12);
  });
}

async function teacher(page) {
  await page.getByRole("link", { name: "Visits" }).tap();
  await page.getByRole("link", { name: /Ready to read/ }).first().tap();
  await page.getByRole("heading", { level: 1, name: /Kestrel class/ }).waitFor();
}

async function leader(page) {
  await page.getByRole("link", { name: /Pupils’ independence/ }).click();
  await page.getByRole("heading", { name: "Notice" }).waitFor();
  await page.evaluate(() => document.activeElement?.blur());
}

/** Opens a screen and waits for its heading. */
const opens = (path, title) => async (page) => {
  await page.goto(`/${path}`);
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
};

/** How the protocol is kept: each beside the one that follows from it. */
async function protocol(browser, hub) {
  const [lead, observe] = [await sitDown(browser, hub, { as: "leader" }), await sitDown(browser, hub, { as: "observer" })];
  const ids = await setScene(lead.page, observe.page);
  await Promise.all([lead.context.close(), observe.context.close()]);
  return {
    timetable: await screen(browser, hub, { as: "leader", on: "tablet on its side" }, opens(`#/walks/${ids.walk}/timetable`, "Timetable")),
    notice: await screen(browser, hub, { as: "teacher", on: "phone" }, opens(`#/notices/${ids.notice}`, /walk/i)),
    lock: await screen(browser, hub, { as: "observer", on: "phone" }, opens(`#/today/${ids.locked}`, /Merlin class/)),
    review: await screen(browser, hub, { as: "teacher", on: "phone" }, async (page) => {
      await opens(`#/reviews/${ids.term}`, /^Review/)(page);
      await settled(page);
      await page.getByRole("heading", { name: "How the protocol was kept" }).evaluate((heading) => {
        scrollTo(0, heading.getBoundingClientRect().top + scrollY - 16);
      });
    }),
  };
}

/** What comes of walks: what they show, what is written, what is done about it, and the school's own view of itself. */
async function improving(browser, hub) {
  const lead = await sitDown(browser, hub, { as: "leader" });
  const [, { walk }] = await ask(lead.page, "walk_list", {});
  const [{ report }] = await ask(lead.page, "report_list", {});
  const { years } = await ask(lead.page, "self_evaluation_list", {});
  const { actions } = await ask(lead.page, "action_list", {});
  const { action } = actions.find(({ title }) => title.startsWith("Pupils check"));
  await lead.context.close();
  const [wide, phone] = [{ as: "leader", on: "tablet on its side" }, { as: "teacher", on: "phone" }];
  return {
    patterns: await screen(browser, hub, wide, async (page) => {
      await opens(`#/patterns/${walk}`, /^Patterns:/)(page);
      await settled(page);
      await page.getByRole("radio", { name: "Grid" }).evaluate((radio) => {
        scrollTo(0, radio.closest("fieldset, div").getBoundingClientRect().top + scrollY - 24);
      });
    }),
    report: await screen(browser, hub, phone, async (page) => {
      await opens(`#/reports/${report}`, /^Report/)(page);
      await settled(page);
      await page.getByRole("heading", { name: /^Strengths/ }).evaluate((heading) => {
        scrollTo(0, heading.getBoundingClientRect().top + scrollY - 28);
      });
    }),
    actions: await screen(browser, hub, phone, opens("#/actions", "Actions")),
    followed: await screen(browser, hub, { as: "leader", on: "phone" }, async (page) => {
      await opens(`#/actions/${action}`, /^Pupils check/)(page);
      await settled(page);
      await page.getByRole("heading", { name: "Before and after" }).evaluate((heading) => {
        scrollTo(0, heading.getBoundingClientRect().bottom + scrollY - innerHeight + 490);
      });
    }),
    selfEvaluation: await screen(browser, hub, wide, opens(`#/self-evaluation/${years[0].year}`, /^Self-evaluation/)),
  };
}

/** Screens beside each other on one sheet, each with its height. */
async function together(browser, width, ...screens) {
  const page = await browser.newPage({ viewport: { width, height: 700 } });
  const image = ([picture, height]) =>
    `<img height="${height}" src="data:image/png;base64,${picture.toString("base64")}">`;
  await page.setContent(`
    <style>
      body { margin: 0; padding: 28px; display: flex; align-items: center; justify-content: center; gap: 28px; background: #e9e4d8; }
      img { border-radius: 16px; border: 1px solid #cfc8b8; }
    </style>
    ${screens.map(image).join("")}`);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete && image.naturalWidth > 0));
  const whole = await page.screenshot();
  await page.close();
  return whole;
}

const hub = await Hub.withDemo();
const browser = await openBrowser();
try {
  const light = {
    observer: await screen(browser, hub, { as: "observer", on: "tablet" }, observer),
    teacher: await screen(browser, hub, { as: "teacher", on: "phone" }, teacher),
    leader: await screen(browser, hub, { as: "leader", on: "tablet on its side" }, leader),
  };
  const dark = await screen(browser, hub, { as: "observer", on: "tablet", theme: "dark" }, observer);
  const after = await improving(browser, hub);
  const kept = await protocol(browser, hub);
  const files = {
    "three.png": await together(browser, 1640, [light.observer, 640], [light.teacher, 640], [light.leader, 545]),
    "protocol.png": await together(browser, 1840, [kept.timetable, 560], [kept.notice, 640], [kept.lock, 640], [kept.review, 640]),
    "improve.png": await together(browser, 1840, [after.patterns, 560], [after.report, 640], [after.actions, 640], [after.followed, 640]),
    "observer-tablet-light.png": light.observer,
    "observer-tablet-dark.png": dark,
    "teacher-phone-light.png": light.teacher,
    "leader-walk-light.png": light.leader,
    "leader-timetable-light.png": kept.timetable,
    "leader-patterns-light.png": after.patterns,
    "leader-self-evaluation-light.png": after.selfEvaluation,
  };
  await mkdir(folder, { recursive: true });
  for (const [name, picture] of Object.entries(files)) {
    await writeFile(join(folder, name), picture);
    const { size } = await stat(join(folder, name));
    if (size > LARGEST) throw new Error(`${name} has ${size} bytes; a page should not wait for more than ${LARGEST}.`);
    console.log(`docs/pictures/${name}  ${Math.round(size / 1000)} KB`);
  }
} finally {
  await browser.close();
  await hub.remove();
}
