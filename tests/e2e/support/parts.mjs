// What the tests are built on. The packages live beside the ui, which is why they are asked for through it.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const fromTheUi = createRequire(new URL("../../../ui/package.json", import.meta.url));

export const { chromium } = fromTheUi("playwright-core");
export const axe = fromTheUi("axe-core");

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));
