import { ask, openBrowser, settled, sitDown, goTo } from "./support/browser.mjs";
const hub = { address: "http://leader.localhost:8491" };
const browser = await openBrowser();
const which = process.argv.slice(2);
for (const [on, theme] of [["desktop", "light"], ["phone", "light"], ["tablet", "dark"]]) {
  if (which.length && !which.includes(on)) continue;
  const { page, context } = await sitDown(browser, hub, { as: "leader", on, theme });
  const list = await ask(page, "pattern_list", {});
  if (on === "desktop") console.log(JSON.stringify(list));
  const finished = list.at(-1);
  const shot = async (name) => { await settled(page); await page.screenshot({ path: `/tmp/pshots/${on}-${name}.png`, fullPage: true }); };
  await goTo(page, "#/patterns"); await settled(page); await shot("list");
  const t0 = Date.now();
  await goTo(page, `#/patterns/${finished.walk}`); await page.getByText("Show as").waitFor(); await settled(page);
  console.log(on, Date.now() - t0, "ms");
  await shot("grid");
  await page.getByText("By subject").click().catch(() => {}); await settled(page); await shot("subject");
  await page.getByRole("radio", { name: "Bars" }).check(); await shot("bars");
  await page.getByRole("radio", { name: "Table" }).check(); await shot("table");
  await goTo(page, "#/patterns/over"); await page.getByText("Show as").waitFor(); await shot("over");
  await context.close();
}
await browser.close();
