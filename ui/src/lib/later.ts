// Screens that are fetched when they are first opened, so that a phone has the first one on its screen early. In the
// background the rest follows, so that a page which loses its network has them all.
import type { Component } from "svelte";

type Module<P extends Record<string, unknown>> = { default: Component<P> };

/** A screen that may not be here yet. */
export class Later<P extends Record<string, unknown>> {
  /** Null until it has been fetched. */
  screen: Component<P> | null = null;

  #fetch: () => Promise<Module<P>>;

  constructor(fetch: () => Promise<Module<P>>) {
    this.#fetch = fetch;
  }

  /** Fetches it; rejects when the network is away. What was fetched once stays. */
  async get(): Promise<Component<P>> {
    this.screen ??= (await this.#fetch()).default;
    return this.screen;
  }
}

const all: { get: () => Promise<unknown> }[] = [];

export function later<P extends Record<string, unknown>>(fetch: () => Promise<Module<P>>): Later<P> {
  const made = new Later(fetch);
  all.push(made);
  return made;
}

/** Fetches every screen, one after the other; what cannot be fetched now is asked for again when it is opened. */
export async function fetchAll(): Promise<void> {
  for (const one of all) await one.get().catch(() => undefined);
}
