import { openBrowser, settled, sitDown, goTo } from "/work/selfeval/tests/e2e/support/browser.mjs";
import { Hub } from "/work/selfeval/tests/e2e/support/hub.mjs";
import { checkByAxe, checkWidth, setTextSize } from "/work/selfeval/tests/e2e/support/looks.mjs";
import { mkdirSync } from "node:fs";
mkdirSync("/tmp/sepics", { recursive: true });
const browser = await openBrowser();
const hub = await Hub.withDemo();
const pages = [["list", "#/self-evaluation", /^Self-evaluation/], ["result", "#/self-evaluation/2026", /2026-27/], ["last", "#/self-evaluation/2025", /2025-26/], ["rate", "#/self-evaluation/2026/rate/curriculum", /Rate/], ["agree", "#/self-evaluation/2026/agree/assessment", /Compare/]];
const only = process.argv[2];
try {
  for (const [on, theme] of [["phone", "light"], ["tablet", "dark"], ["desktop", "light"]]) {
    const { page, context, watch } = await sitDown(browser, hub, { as: "leader", on, theme });
    for (const [name, path, title] of pages) {
      await goTo(page, path);
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await settled(page);
      await page.screenshot({ path: `/tmp/sepics/${name}-${on}.png`, fullPage: true });
      for (const check of [checkWidth, checkByAxe]) {
        try { await check(page, `${name} ${on}`); } catch (e) { console.log(name, on, e.message.slice(0, 1500)); }
      }
      if (on === "phone") {
        await page.setViewportSize({ width: 320, height: 640 });
        try { await checkWidth(page, `${name} 320`); } catch (e) { console.log(name, "320", e.message.slice(0, 800)); }
        await page.setViewportSize({ width: 390, height: 844 });
      }
    }
    if (on === "phone") {
      await setTextSize(page, 200);
      for (const [name, path, title] of pages) {
        await goTo(page, path);
        await page.getByRole("heading", { level: 1, name: title }).waitFor();
        await settled(page);
        try { await checkWidth(page, `${name} 200%`); } catch (e) { console.log(name, "200%", e.message.slice(0, 800)); }
      }
    }
    try { watch.check(); } catch (e) { console.log(on, e.message); }
    await context.close();
  }
} finally { await browser.close(); await hub.remove(); }
