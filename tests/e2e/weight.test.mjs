// What a phone has to fetch before anything is on its screen.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { root } from "./support/parts.mjs";

const assets = join(root, "ui", "dist", "assets");
const KB = 1024;

async function weight(ending) {
  const names = (await readdir(assets)).filter((name) => name.endsWith(ending));
  assert.ok(names.length > 0, `there is ${ending} in ui/dist`);
  const files = await Promise.all(names.map((name) => readFile(join(assets, name))));
  return files.reduce((sum, file) => sum + gzipSync(file).length, 0);
}

test("all script together weighs at most 120 KB, gzipped", async () => {
  const bytes = await weight(".js");
  assert.ok(bytes <= 120 * KB, `${(bytes / KB).toFixed(1)} KB`);
});

test("all styles together weigh at most 25 KB, gzipped", async () => {
  const bytes = await weight(".css");
  assert.ok(bytes <= 25 * KB, `${(bytes / KB).toFixed(1)} KB`);
});
