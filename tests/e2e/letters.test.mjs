// Sending without a network: the screen at the hub, where files that were brought are opened, and as a device shows it,
// with answers put in its mouth, since a device has no browser.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBrowser, REFUSED, settled, sitDown } from "./support/browser.mjs";
import { onTheWay } from "./support/device.mjs";
import { Hub } from "./support/hub.mjs";
import { checkByAxe, checkWidth } from "./support/looks.mjs";

let browser, hub;
before(async () => {
  [browser, hub] = await Promise.all([openBrowser(), Hub.withDemo()]);
});
after(async () => {
  await browser?.close();
  await hub?.remove();
});

/** Puts an answer in the hub's mouth. */
const say = (page, command, answer) =>
  page.route(`**/rpc/${command}`, (route) => route.fulfill({ json: answer }));

async function open(page) {
  await page.goto("/#/letters");
  await page.getByRole("heading", { level: 1, name: "Send without a network" }).waitFor();
  await settled(page);
}

const choose = (page, name, buffer) =>
  page.getByLabel("Open a file").setInputFiles({ name, mimeType: "application/octet-stream", buffer });

describe("sending without a network", { concurrency: 1 }, () => {
  test("at the hub a file that is none says what to do, by name of the files that are", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { as: "leader", on: "tablet" });
    watch.expect(REFUSED);
    await open(page);
    await choose(page, "list.txt", Buffer.from("a shopping list"));
    await page.getByRole("alert").filter({ hasText: "not from Alongside" }).waitFor();
    await choose(page, "newer.alongside-letter", Buffer.from("alongside letter 9\n{}"));
    await page.getByRole("alert").filter({ hasText: "Update this one" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Make the file" }).count(), 0, "a browser keeps nothing to send");
    watch.check();
    await context.close();
  });

  test("at the hub a letter is taken in and its receipt is a file to bring back", async () => {
    const { page, watch, context } = await sitDown(browser, hub, { as: "leader", on: "phone" });
    await say(page, "letter_take", {
      lines: [
        { outcome: "done", message: "Received from Amara Okafor: 34 changes." },
        { outcome: "before", message: "The letter of Kwame Holt was taken in before. Its receipt is in the file again." },
      ],
      receipts: { name: "alongside-2026-11-22-1015.alongside-receipt", media_type: "application/octet-stream", base64: "YQ==" },
      letters: { ...onTheWay, place: "hub", waiting: 0, written: [], carried: [], to_carry: 0, receipts: 0 },
    });
    await open(page);
    await choose(page, "a.alongside-letter", Buffer.from("alongside letter 1\n"));
    await page.getByRole("status").getByText("Received from Amara Okafor: 34 changes.").waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Take the receipt" }).click()]);
    assert.match(download.suggestedFilename(), /\.alongside-receipt$/);
    watch.check();
    await context.close();
  });

  for (const [on, theme] of [["phone", "light"], ["tablet", "dark"], ["desktop", "light"]]) {
    test(`on a device it says what waits and what is on its way, on a ${on}, ${theme}`, async () => {
      const { page, watch, context } = await sitDown(browser, hub, { as: "leader", on, theme });
      await say(page, "letter_list", onTheWay);
      await open(page);
      await page.getByText("34 changes wait here.").waitFor();
      await page.getByRole("button", { name: "Make the file" }).waitFor();
      await page.getByRole("region", { name: "Carried for others" }).getByText("Not taken by the hub").waitFor();
      await page.getByRole("button", { name: "Make a file of the receipt" }).waitFor();
      await checkWidth(page, `letters, ${on}`);
      await checkByAxe(page, `letters, ${on}`);
      if (process.env.PICTURES_DIR) await page.screenshot({ path: `${process.env.PICTURES_DIR}/letters-${on}-${theme}.png`, fullPage: true });
      await page.setViewportSize({ width: 320, height: 640 });
      await checkWidth(page, "letters, 320 pixels wide");
      watch.check();
      await context.close();
    });
  }
});
