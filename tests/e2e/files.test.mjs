// Files that people take away: the form of a record, the review of a term, the report, patterns, the self-evaluation,
// and the archive of the school.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { ask, openBrowser, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";

let browser, hub;
before(async () => {
  [browser, hub] = await Promise.all([openBrowser(), Hub.withDemo()]);
});
after(async () => {
  await browser?.close();
  await hub?.remove();
});

/** Presses a button and answers the file that the browser keeps for it. */
async function taken(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
  await page.getByRole("region", { name: "Messages" }).getByText("among its downloads").waitFor();
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Where FILES_DIR says so, what is seen and taken is kept there to be looked at. */
async function keep(page, name, bytes) {
  const folder = process.env.FILES_DIR;
  if (folder === undefined) return;
  const { writeFile } = await import("node:fs/promises");
  await page.screenshot({ path: `${folder}/${name}.png` });
  if (bytes) await writeFile(`${folder}/${name}.pdf`, bytes);
}

describe("taking a file", { concurrency: 1 }, () => {
  test("a teacher takes the form of their own record as a PDF", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { as: "teacher", on: "phone" });
    const { records } = await ask(page, "record_list", {});
    const { visit } = records.find(({ state }) => state === "answered" || state === "shared");
    await page.goto(`/#/visits/${visit}/record`);
    await page.getByRole("button", { name: "Take as PDF" }).waitFor();
    await settled(page);
    const { name, bytes } = await taken(page, "Take as PDF");
    assert.match(name, /^[^/\\]+-\d{4}-\d\d-\d\d\.pdf$/);
    assert.equal(bytes.subarray(0, 5).toString(), "%PDF-");
    await keep(page, "record-phone", bytes);
    watch.check();
    await context.close();
  });

  test("a leader takes a term's review as a PDF", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { as: "leader", on: "tablet" });
    const { terms } = await ask(page, "year_get", { year: null });
    const { term } = terms.find(({ is_now }) => is_now) ?? terms[0];
    await ask(page, "review_make", { term });
    await page.goto(`/#/reviews/${term}`);
    await page.getByRole("button", { name: "Take as PDF" }).waitFor();
    await settled(page);
    const { bytes } = await taken(page, "Take as PDF");
    assert.equal(bytes.subarray(0, 5).toString(), "%PDF-");
    await keep(page, "review-tablet", bytes);
    watch.check();
    await context.close();
  });

  test("a leader takes a report, patterns and the self-evaluation from where they are read", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { as: "leader", on: "tablet" });
    const { walk } = (await ask(page, "pattern_list", {})).at(-1);
    const { years } = await ask(page, "self_evaluation_list", {});
    const { year } = years.find(({ overall }) => overall.answered > 0);
    const { state } = await ask(page, "report_get", { of: walk });
    if (state === "none") await ask(page, "report_start", { walk });
    const open = async (hash, button) => {
      await page.goto(`/#/${hash}`);
      if (hash.endsWith("/report") && state !== "published") await page.getByRole("button", { name: "See it as staff will" }).click();
      await page.getByRole("button", { name: button }).waitFor();
      await settled(page);
    };
    for (const [hash, button, shape, begins] of [
      [`walks/${walk}/report`, "Take as PDF", /^report-.+\.pdf$/, "%PDF-"],
      [`patterns/${walk}`, "Take as XLSX", /^patterns-.+\.xlsx$/, "PK"],
      [`patterns/${walk}`, "Take as CSV", /^patterns-.+\.csv$/, "\uFEFFby,group,section"],
      [`self-evaluation/${year}`, "Take as PDF", /^self-evaluation-.+\.pdf$/, "%PDF-"],
    ]) {
      await open(hash, button);
      const { name, bytes } = await taken(page, button);
      assert.match(name, shape);
      assert.ok(bytes.toString().startsWith(begins), name);
      await keep(page, name, bytes);
      // The message is gone before the next is waited for.
      await page.reload();
    }
    watch.check();
    await context.close();
  });

  test("the head takes an archive that is whole", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { as: "leader", on: "desktop", path: "#/retention" });
    await page.getByRole("button", { name: "Take the archive (JSON)" }).waitFor();
    await settled(page);
    const { name, bytes } = await taken(page, "Take the archive (JSON)");
    assert.match(name, /^alongside-archive-.*\.json$/);
    const archive = JSON.parse(bytes.toString());
    assert.equal(archive.format, "alongside-archive");
    assert.ok(archive.records.length > 100);
    assert.ok(!archive.records.some(({ kind }) => kind === "concern" || kind === "reflection"));
    await keep(page, "archive-desktop");
    watch.check();
    await context.close();
  });
});
