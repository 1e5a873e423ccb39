// What a phone has to fetch before anything is on its screen.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { root } from "./support/parts.mjs";

const assets = join(root, "ui", "dist", "assets");
const KB = 1024;

const gzipped = async (name) => gzipSync(await readFile(join(assets, name))).length;
const sum = async (names) => (await Promise.all([...names].map(gzipped))).reduce((all, one) => all + one, 0);
const inKB = (bytes) => `${(bytes / KB).toFixed(1)} KB`;

/** The script of a file and of all it cannot do without. */
async function neededBy(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const text = await readFile(join(assets, name), "utf8");
  for (const [, other] of text.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[\w*{}$,\s]+?from)?\s*["']\.\/([^"']+\.js)["']/g)) await neededBy(other, found);
  return found;
}

const entry = async () => /src="\.\/assets\/([^"]+\.js)"/.exec(await readFile(join(assets, "..", "index.html"), "utf8"))?.[1];
const scripts = async () => (await readdir(assets)).filter((name) => name.endsWith(".js"));

test("the script that the first screen waits for weighs at most 80 KB, gzipped", async () => {
  const first = await neededBy(await entry());
  assert.ok(first.size > 1, "what the entry imports is found");
  const bytes = await sum(first);
  assert.ok(bytes <= 80 * KB, inKB(bytes));
});

test("no screen needs more than 120 KB of script, gzipped, with all that was there before it", async () => {
  const first = await neededBy(await entry());
  const screens = (await scripts()).filter((name) => /Screen-/.test(name));
  assert.ok(screens.length > 10, "the screens are files of their own");
  for (const screen of screens) {
    const bytes = await sum(await neededBy(screen, new Set(first)));
    assert.ok(bytes <= 120 * KB, `${screen}: ${inKB(bytes)}`);
  }
});

test("all styles together weigh at most 25 KB, gzipped", async () => {
  const bytes = await sum((await readdir(assets)).filter((name) => name.endsWith(".css")));
  assert.ok(bytes > 0 && bytes <= 25 * KB, inKB(bytes));
});
