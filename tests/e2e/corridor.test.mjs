// The corridor's two screens, as the app shows them: the answers of the app's own door are set here, since a browser has
// none; the way they come about is tried in src-tauri/tests/app/corridor. PICTURES=FOLDER keeps a picture of each.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { goTo, openBrowser, SCREENS, settled, sitDown, THEMES } from "./support/browser.mjs";
import { asApp, door, hubSays } from "./support/device.mjs";
import { Hub } from "./support/hub.mjs";
import { checkByAxe, checkWidth } from "./support/looks.mjs";

const pictures = process.env.PICTURES;

async function hold(page, name, theme) {
  for (const [size, { width, height }] of Object.entries(SCREENS)) {
    await page.setViewportSize({ width, height });
    await settled(page);
    await checkWidth(page, `${name}, ${size}`);
    await checkByAxe(page, `${name}, ${size}`);
    if (!pictures) continue;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}-${size}-${theme}.png`.replaceAll(" ", "-")), fullPage: true });
  }
  await page.setViewportSize({ width: 320, height: 640 });
  await checkWidth(page, `${name}, 320 pixels wide`);
}

describe("the corridor", { concurrency: 1 }, () => {
  let browser, hub;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), Hub.withDemo()]);
  });
  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  for (const theme of THEMES) {
    test(`a leader sees a line for each tablet and lets one in, ${theme}`, async () => {
      const { context, page, watch } = await sitDown(browser, hub, { as: "leader", on: "tablet", theme });
      let view = door(await hubSays(page));
      const said = [];
      const answered = (ask, state) => {
        view = { ...view, lines: view.lines.map((line) => (line.ask === ask ? { ...line, state } : line)) };
        return view;
      };
      await asApp(page, {
        door_get: () => view,
        door_open: () => view,
        door_close: () => (view = { ...view, open: null, lines: [] }),
        door_approve: (request) => {
          said.push(request);
          return answered(request.ask, "joined");
        },
        door_refuse: ({ ask }) => answered(ask, "refused"),
      });
      await page.reload();
      await settled(page);
      await page.getByRole("link", { name: /wait at your door/ }).waitFor();
      await goTo(page, "#/devices/collect");
      await page.getByRole("heading", { name: "Collect devices" }).waitFor();
      await hold(page, "collect", theme);
      await page.setViewportSize(SCREENS.tablet);

      await page.getByRole("button", { name: "Answer…" }).first().click();
      await page.getByRole("dialog").waitFor();
      if (pictures) await page.screenshot({ path: join(pictures, `collect-ask-${theme}.png`) });
      await checkByAxe(page, "a device asks");
      await page.getByRole("button", { name: "Let it in" }).click();
      await page.getByText("Let in", { exact: true }).waitFor();
      assert.deepEqual(said, [{ ask: "asking", person: view.people[4].person }]);

      await page.getByRole("button", { name: "Close the door" }).click();
      await page.getByRole("button", { name: "Open the door" }).waitFor();
      await hold(page, "collect closed", theme);
      watch.check();
      await context.close();
    });

    test(`a tablet goes to a leader's door, ${theme}`, async () => {
      const { context, page, watch } = await sitDown(browser, hub, { as: "observer", on: "tablet", theme });
      let standing = { step: "idle", purpose: null, changes: 0, arrived: 0, trouble: null };
      await asApp(page, {
        hub_join_get: () => standing,
        hub_join: () => (standing = { step: "sending", purpose: "collect", changes: 204, arrived: 87, trouble: null }),
        hub_join_stop: () => (standing = { ...standing, step: "idle" }),
        door_find: [{ address: "192.168.1.20:41234", is_own: true }],
      });
      await page.goto("/#/hand-over");
      await page.reload();
      await page.getByRole("heading", { name: "Hand over to a leader" }).waitFor();
      await hold(page, "hand over", theme);
      await page.setViewportSize(SCREENS.tablet);
      await page.getByLabel("Code on the leader’s screen").fill("7K2M Q0VD 3H8J ZN5T W1CE P9XB 4RGA");
      await page.getByRole("button", { name: /Your school’s hub/ }).click();
      await page.getByRole("button", { name: "Go to the leader’s door" }).click();
      await page.getByRole("progressbar").waitFor();
      await hold(page, "hand over sending", theme);
      standing = { ...standing, step: "done", arrived: 204 };
      await page.getByText("Handed over.").waitFor();
      await hold(page, "hand over done", theme);
      watch.check();
      await context.close();
    });
  }
});
