// Somebody at a screen: a browser window of a size, with fingers or a mouse, by day or in a dim room; and what must not
// happen in it, whatever is done.
import assert from "node:assert/strict";
import { chromium } from "./parts.mjs";
import { PATIENCE, until } from "./until.mjs";

/** The screens that everything must work on. */
export const SCREENS = {
  phone: { width: 390, height: 844, isTouched: true },
  tablet: { width: 820, height: 1180, isTouched: true },
  "tablet on its side": { width: 1180, height: 820, isTouched: true },
  desktop: { width: 1440, height: 900, isTouched: false },
};

export const THEMES = ["light", "dark"];

/** The browser of a test file; close it at the end. */
export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    // Nothing but the hub is asked, ever: not even what the browser asks by itself.
    args: ["--disable-background-networking", "--disable-component-update", "--no-first-run", "--force-color-profile=srgb"],
  });
}

/** Watches somebody's pages for what no screen may do. `expect` lets pass what a test does on purpose. */
class Watch {
  #seen = [];
  #expected = [];

  constructor(context, address) {
    const home = new URL(address).host;
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.#seen.push(`console: ${message.text()}`);
    });
    context.on("weberror", (thrown) => this.#seen.push(`thrown: ${thrown.error().message}`));
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.protocol !== "blob:" && url.host !== home) this.#seen.push(`asked elsewhere: ${url}`);
    });
  }

  /** From here on this is meant to happen. */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** Fails when anything else has happened. */
  check() {
    const wrong = this.#seen.filter((line) => !this.#expected.some((pattern) => pattern.test(line)));
    assert.deepEqual(wrong, [], "the page did what no page may do");
  }
}

const asking = new WeakMap();

/** Waits until a screen has got everything it asked for, and has drawn it. */
export async function settled(page) {
  await until("the screen has what it asked for", async () => {
    if (asking.get(page.context()).size > 0) return false;
    await page.evaluate(() => document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))));
    return asking.get(page.context()).size === 0;
  });
}

/** What the browser says on its own when the hub refuses something or is away. */
export const REFUSED = /status of 4\d\d/;
export const AWAY = /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|net::ERR_FAILED/;

/**
 * Sits somebody down at a screen.
 * @param {import("playwright-core").Browser} browser
 * @param {import("./hub.mjs").Hub} hub
 * @param {{ as?: "observer" | "teacher" | "leader" | null, on?: keyof typeof SCREENS, theme?: "light" | "dark", path?: string }} how
 */
export async function sitDown(browser, hub, { as = null, on = "desktop", theme = "light", path = "" } = {}) {
  const { width, height, isTouched } = SCREENS[on];
  const context = await browser.newContext({
    baseURL: hub.address,
    viewport: { width, height },
    hasTouch: isTouched,
    isMobile: isTouched,
    colorScheme: theme,
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(PATIENCE);
  const watch = new Watch(context, hub.address);
  const asked = new Set();
  asking.set(context, asked);
  context.on("request", (request) => {
    if (new URL(request.url()).pathname.startsWith("/rpc/")) asked.add(request);
  });
  for (const end of ["requestfinished", "requestfailed"]) context.on(end, (request) => asked.delete(request));
  const page = await context.newPage();
  if (as !== null) {
    await page.goto(`/demo/${as}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
  }
  if (as === null || path !== "") await page.goto(`/${path}`);
  return { context, page, watch };
}

/** Asks a command as whoever is signed in on this page: to set a scene, never in place of what is tested. */
export async function ask(page, name, request) {
  const { isOk, said } = await page.evaluate(
    async ([name, request]) => {
      const answer = await fetch(`/rpc/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      });
      return { isOk: answer.ok, said: await answer.json() };
    },
    [name, request],
  );
  assert.ok(isOk, `${name}: ${JSON.stringify(said)}`);
  return said;
}

/** Opens another screen of the app, as its own links do. */
export async function goTo(page, path) {
  await page.evaluate((hash) => (location.hash = hash), path);
}
