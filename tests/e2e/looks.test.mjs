// Every screen, at every size, by day and in a dim room: axe finds nothing, and nobody has to scroll sideways.
import { after, before, describe, test } from "node:test";
import { ask, openBrowser, REFUSED, SCREENS, settled, sitDown } from "./support/browser.mjs";
import { hubSays, onADevice, standing } from "./support/device.mjs";
import { Hub } from "./support/hub.mjs";
import { checkByAxe, checkTall, checkWidth, setTextSize } from "./support/looks.mjs";
import { foundSchool, screens as ofPeople, setScene } from "./support/screens.mjs";

const screens = { ...ofPeople, device: onADevice };

// What a hand does to a screen is the same on a phone and on a tablet, so each screen is opened once for fingers and
// once for a mouse, and then held in every size.
const hands = [
  { hand: "fingers", first: "phone", sizes: ["phone", "tablet", "tablet on its side"] },
  { hand: "a mouse", first: "desktop", sizes: ["desktop"] },
];

describe("every screen", { concurrency: 2 }, () => {
  let browser, demo, empty, young, ids;
  let letIn = Promise.resolve();

  before(async () => {
    [browser, demo, empty, young] = await Promise.all([openBrowser(), Hub.withDemo(), Hub.empty(), Hub.empty()]);
    const leader = await sitDown(browser, demo, { as: "leader" });
    const observer = await sitDown(browser, demo, { as: "observer" });
    ids = await setScene(leader.page, observer.page);
    const founder = await sitDown(browser, young);
    await foundSchool(founder.page, young);
    await Promise.all([leader, observer, founder].map(({ context }) => context.close()));
  });

  after(async () => {
    await browser?.close();
    await Promise.all([demo, empty, young].map((hub) => hub?.remove()));
  });

  /** Somebody at the hub where they belong, signed in if they can be. */
  async function sit(who, on) {
    if (who === "newcomer") return sitDown(browser, empty, { on });
    if (who === "stranger") return sitDown(browser, demo, { on });
    if (who === "device") {
      const seat = await sitDown(browser, demo, { as: "leader", on });
      seat.watch.expect(REFUSED);
      const hub = await hubSays(seat.page);
      return { ...seat, hub };
    }
    if (who !== "founder") return sitDown(browser, demo, { as: who, on });
    const seat = await sitDown(browser, young, { on });
    // A new code for somebody ends the one before, so one after the other.
    letIn = letIn.then(async () => {
      const code = await young.invite("Imke Sandoval");
      await ask(seat.page, "device_join", { address: null, code, device: "" });
    });
    await letIn;
    await seat.page.reload();
    await settled(seat.page);
    return seat;
  }

  for (const who of Object.keys(screens)) {
    for (const { hand, first, sizes } of hands) {
      describe(`of the ${who}, with ${hand}`, { concurrency: 1 }, () => {
        let seat;
        before(async () => {
          seat = await sit(who, first);
        });
        after(() => seat?.context.close());

        for (const { name, open } of screens[who]) {
          test(`${name} fits and passes axe in every size, light and dark`, async () => {
            const { page, watch } = seat;
            await page.setViewportSize(SCREENS[first]);
            await open(page, seat.hub ?? ids);
            for (const size of sizes) {
              await page.setViewportSize(SCREENS[size]);
              await checkWidth(page, `${name}, ${size}`);
              await checkByAxe(page, `${name}, ${size}`);
              if (standing.has(name)) await checkTall(page, `${name}, ${size}`);
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
        seat = await sit(who, "phone");
        await setTextSize(seat.page, 200);
      });
      after(() => seat?.context.close());

      for (const { name, open } of screens[who]) {
        test(`${name} fits on a phone and on a tablet`, async () => {
          const { page, watch } = seat;
          await page.setViewportSize(SCREENS.phone);
          await open(page, seat.hub ?? ids);
          await checkWidth(page, `${name}, phone`);
          await page.setViewportSize(SCREENS.tablet);
          await checkWidth(page, `${name}, tablet`);
          watch.check();
        });
      }
    });
  }
});
