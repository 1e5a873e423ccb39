// Every screen, at every size, by day and in a dim room: axe finds nothing, and nobody has to scroll sideways.
import { after, before, describe, test } from "node:test";
import { openBrowser, SCREENS, sitDown } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { checkByAxe, checkWidth, setTextSize } from "./support/looks.mjs";
import { screens, setScene } from "./support/screens.mjs";

// What a hand does to a screen is the same on a phone and on a tablet, so each screen is opened once for fingers and
// once for a mouse, and then held in every size.
const hands = [
  { hand: "fingers", first: "phone", sizes: ["phone", "tablet", "tablet on its side"] },
  { hand: "a mouse", first: "desktop", sizes: ["desktop"] },
];

describe("every screen", { concurrency: 2 }, () => {
  let hub, browser, ids;

  before(async () => {
    hub = await Hub.withDemo();
    browser = await openBrowser();
    const leader = await sitDown(browser, hub, { as: "leader" });
    const observer = await sitDown(browser, hub, { as: "observer" });
    ids = await setScene(leader.page, observer.page);
    await Promise.all([leader.context.close(), observer.context.close()]);
  });

  after(async () => {
    await browser?.close();
    await hub?.remove();
  });

  for (const who of Object.keys(screens)) {
    for (const { hand, first, sizes } of hands) {
      describe(`of the ${who}, with ${hand}`, { concurrency: 1 }, () => {
        let seat;
        before(async () => {
          seat = await sitDown(browser, hub, { as: who === "stranger" ? null : who, on: first });
        });
        after(() => seat?.context.close());

        for (const { name, open } of screens[who]) {
          test(`${name} fits and passes axe in every size, light and dark`, async () => {
            const { page, watch } = seat;
            await page.setViewportSize(SCREENS[first]);
            await open(page, ids);
            for (const size of sizes) {
              await page.setViewportSize(SCREENS[size]);
              await checkWidth(page, `${name}, ${size}`);
              await checkByAxe(page, `${name}, ${size}`);
            }
            if (hand === "fingers") {
              await page.setViewportSize({ width: 320, height: 640 });
              await checkWidth(page, `${name}, 320 pixels wide`);
            }
            watch.check();
          });
        }
      });
    }

    describe(`of the ${who}, with text of twice the size`, { concurrency: 1 }, () => {
      let seat;
      before(async () => {
        seat = await sitDown(browser, hub, { as: who === "stranger" ? null : who, on: "phone" });
        await setTextSize(seat.page, 200);
      });
      after(() => seat?.context.close());

      for (const { name, open } of screens[who]) {
        test(`${name} fits on a phone and on a tablet`, async () => {
          const { page, watch } = seat;
          await page.setViewportSize(SCREENS.phone);
          await open(page, ids);
          await checkWidth(page, `${name}, phone`);
          await page.setViewportSize(SCREENS.tablet);
          await checkWidth(page, `${name}, tablet`);
          watch.check();
        });
      }
    });
  }
});
