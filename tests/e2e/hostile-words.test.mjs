// Words that would be more than words: markup and scripts in names, comments, answers and reports, seen on the screens of
// everyone who reads them. No script of theirs runs, no dialog opens, and the policy against foreign scripts is never hit.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, goTo, openBrowser, settled, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { setScene } from "./support/screens.mjs";

const BAD =
  '<img src=x onerror="window.zq=1"><script>window.zq=2</script><svg onload="window.zq=3"></svg>' +
  '"\' autofocus onfocus=window.zq=4 x=" {@html zq} ${zq} <a href="javascript:window.zq=5">zqhere</a> &lt;b&gt;';
const NAME = '<img src=x onerror="window.zq=6">"\'zqname</h1><script>window.zq=7</script>';

describe("hostile words on every screen", { concurrency: 1 }, () => {
  let browser, hub, ids;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), Hub.withDemo()]);
    const leader = await sitDown(browser, hub, { as: "leader" });
    const observer = await sitDown(browser, hub, { as: "observer" });
    ids = await setScene(leader.page, observer.page);
    const write = (edit) => ask(observer.page, "observation_write", { visit: ids.open, edit });
    await write({ what: "overall", text: BAD });
    await write({ what: "went_well", entry: "zq", text: BAD });
    await ask(observer.page, "comment_put", { comment: null, on: ids.draft, part: "", text: BAD });
    const report = (edit) => ask(leader.page, "report_write", { walk: ids.walk, edit });
    await report({ what: "strength", entry: "zq", text: BAD });
    await report({ what: "changes", text: BAD });
    await ask(leader.page, "debrief_write", { walk: ids.walk, edit: { what: "overall", text: BAD } });
    await ask(leader.page, "review_words", { term: ids.term, words: BAD });
    const { classes, rooms } = await ask(leader.page, "school_get", {});
    const kestrel = classes.find(({ name }) => name === "Kestrel class");
    const { class: id, year_group, phase, teachers, support, room } = kestrel;
    await ask(leader.page, "class_put", { class: id, name: NAME, year_group, phase, teachers, support, room, is_active: true });
    await ask(leader.page, "room_put", { ...rooms[0], name: NAME, place: BAD });
    await Promise.all([leader, observer].map(({ context }) => context.close()));
  });
  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  const paths = {
    observer: () => ["#/today", `#/today/${ids.open}`, `#/forms/${ids.draft}`, `#/reviews/${ids.term}`, "#/mine"],
    teacher: () => ["#/coming", "#/visits", "#/notices", `#/notices/${ids.notice}`, `#/forms/${ids.draft}`, `#/reviews/${ids.term}`],
    leader: () => [
      "#/walks", `#/walks/${ids.walk}`, `#/walks/${ids.walk}/report`, `#/walks/${ids.walk}/debrief`, "#/school/classes",
      "#/school/rooms", `#/reviews/${ids.term}`, `#/forms/${ids.draft}`, `#/visits/${ids.open}/record`, "#/patterns",
    ],
  };

  for (const who of Object.keys(paths)) {
    test(`the ${who} reads them as words`, async () => {
      const { page, watch, context } = await sitDown(browser, hub, { as: who });
      const opened = [];
      page.on("dialog", (dialog) => {
        opened.push(dialog.message());
        dialog.dismiss();
      });
      let seen = 0;
      for (const path of paths[who]()) {
        await goTo(page, path);
        await page.getByRole("heading", { level: 1 }).first().waitFor();
        await settled(page);
        const found = await page.evaluate(() => ({
          ran: window.zq ?? null,
          made: document.querySelectorAll("img[src=x], svg[onload], [onerror], [onfocus], a[href^='javascript:']").length,
          said: document.body.innerText.includes("window.zq") || document.body.innerText.includes("zqname"),
        }));
        assert.deepEqual([found.ran, found.made], [null, 0], path);
        seen += found.said ? 1 : 0;
      }
      assert.ok(seen > 0, "they are read as they were written");
      assert.deepEqual(opened, []);
      // Also no line of the policy's: nothing was even tried.
      watch.check();
      await context.close();
    });
  }
});
