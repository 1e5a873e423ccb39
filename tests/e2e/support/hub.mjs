// A real hub: the program that was built, in a folder of its own, on a port of its own. What it is asked here it is
// asked as anybody would: on the command line and over HTTP.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { root } from "./parts.mjs";
import { until } from "./until.mjs";

const run = promisify(execFile);
const program = resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "debug", "alongside-hub");

/** A port that nobody listens on. */
async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

// Whatever happens to the tests, no hub is left behind.
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class Hub {
  #folder;
  #child = null;
  #said = "";
  #isDemo;
  port;
  /** Ids of the people to try the demo as. */
  cast = null;

  constructor(folder, port, isDemo) {
    this.#folder = folder;
    this.port = port;
    this.#isDemo = isDemo;
  }

  /** A hub with the demo school in it. */
  static async withDemo() {
    const hub = new Hub(await mkdtemp(join(tmpdir(), "alongside-e2e-")), await freePort(), true);
    hub.cast = await hub.#json("demo");
    await hub.start();
    return hub;
  }

  /** A hub with no school yet. */
  static async empty() {
    const hub = new Hub(await mkdtemp(join(tmpdir(), "alongside-e2e-")), await freePort(), false);
    await hub.start();
    return hub;
  }

  get address() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What the hub has printed since it was started last. */
  get said() {
    return this.#said;
  }

  /** Starts it, on the port it had before, and waits until it answers. */
  async start() {
    const flags = this.#isDemo ? ["--demo-sign-ins"] : [];
    // For work on the screens: those in a folder, instead of those that were built into the hub.
    if (process.env.ALONGSIDE_UI) flags.push("--ui", resolve(process.env.ALONGSIDE_UI));
    const child = spawn(
      program,
      ["serve", "--data-dir", this.#folder, "--listen", `127.0.0.1:${this.port}`, ...flags],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    this.#said = "";
    running.add(child);
    child.on("exit", () => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => (this.#said += text));
    }
    await until("the hub answers", async () => {
      if (child.exitCode !== null) throw new Error(`The hub ended by itself:\n${this.#said}`);
      return (await fetch(`${this.address}/health`)).ok;
    });
  }

  /** Pulls the plug: nothing is written down or told to anybody. */
  async pullThePlug() {
    await this.#end("SIGKILL");
  }

  async #end(signal) {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  /** Ends it and removes its folder. */
  async remove() {
    await this.#end("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A one-time code for somebody: by id, or by a name of the school. */
  async invite(who) {
    const people = await this.people();
    const found = people.find(({ id, name }) => id === who || name === who);
    if (!found) throw new Error(`Nobody here is called ${who}`);
    return (await this.#json("invite", "--person", found.id)).code;
  }

  /** Everybody in the school: id, name and roles. */
  async people() {
    return this.#json("people");
  }

  async #json(command, ...more) {
    const { stdout } = await run(program, [command, "--data-dir", this.#folder, ...more, "--json"]);
    return JSON.parse(stdout);
  }
}
