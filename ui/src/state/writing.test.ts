import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ApiError } from "../contract";
import { unsaved, Writing } from "./writing.svelte";

type Mark = "seen" | "not_seen" | null;
const full: ApiError = { code: "not_saved", message: "This device is full." };

/** A store whose writes are answered by hand, one after the other. */
class Store<T> {
  written: T[] = [];
  #answers: { resolve: () => void; reject: (error: ApiError) => void }[] = [];

  write = (value: T) =>
    new Promise<void>((resolve, reject) => {
      this.written.push(value);
      this.#answers.push({ resolve, reject });
    });

  async answer(error?: ApiError): Promise<void> {
    const next = this.#answers.shift();
    if (error) next?.reject(error);
    else next?.resolve();
    await vi.advanceTimersByTimeAsync(0);
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("a tick", () => {
  it("is shown at once and is saving until the store has it", async () => {
    const store = new Store<Mark>();
    const mark = new Writing<Mark>(null, store.write);
    mark.put("seen");
    expect([mark.shown, mark.status, unsaved.count]).toEqual(["seen", "saving", 1]);
    await store.answer();
    expect([mark.stored, mark.status, unsaved.count]).toEqual(["seen", "saved", 0]);
  });

  it("shows what is stored again when it could not be saved, and can be retried", async () => {
    const store = new Store<Mark>();
    const mark = new Writing<Mark>(null, store.write);
    mark.put("seen");
    await store.answer(full);
    expect([mark.shown, mark.status, mark.error]).toEqual([null, "failed", full]);
    mark.retry();
    expect(mark.shown).toBe("seen");
    await store.answer();
    expect([mark.shown, mark.status, mark.error]).toEqual(["seen", "saved", null]);
  });

  it("quick taps go one after the other and end as the last one said", async () => {
    const store = new Store<Mark>();
    const mark = new Writing<Mark>(null, store.write);
    mark.put("seen");
    mark.put("not_seen");
    mark.put(null);
    mark.put("not_seen");
    expect(store.written).toEqual(["seen"]);
    await store.answer();
    expect(store.written).toEqual(["seen", "not_seen"]);
    await store.answer();
    expect([mark.stored, mark.status]).toEqual(["not_seen", "saved"]);
  });

  it("a tap taken back while it is being written is taken back in the store too", async () => {
    const store = new Store<Mark>();
    const mark = new Writing<Mark>(null, store.write);
    mark.put("seen");
    mark.put(null);
    await store.answer();
    await store.answer();
    expect(store.written).toEqual(["seen", null]);
    expect([mark.shown, mark.stored]).toEqual([null, null]);
  });
});

describe("a text", () => {
  const typing = { delay: 300, onFailure: "keep", retryAfter: 1000 } as const;

  it("waits for the next keystroke, but not when it is left", async () => {
    const store = new Store<string>();
    const text = new Writing<string>("", store.write, typing);
    text.put("T");
    text.put("Tw");
    await vi.advanceTimersByTimeAsync(299);
    expect(store.written).toEqual([]);
    const left = text.flush();
    expect(store.written).toEqual(["Tw"]);
    await store.answer();
    expect(await left).toBe(true);
  });

  it("is kept on the screen when it could not be saved, and is tried again by itself", async () => {
    const store = new Store<string>();
    const text = new Writing<string>("", store.write, typing);
    text.put("Two pupils");
    await vi.advanceTimersByTimeAsync(300);
    await store.answer(full);
    expect([text.shown, text.status, unsaved.count]).toEqual(["Two pupils", "failed", 1]);
    await vi.advanceTimersByTimeAsync(1000);
    await store.answer();
    expect([text.stored, text.status, unsaved.count]).toEqual(["Two pupils", "saved", 0]);
  });

  it("is not overwritten by what the store says meanwhile", async () => {
    const store = new Store<string>();
    const text = new Writing<string>("old", store.write, typing);
    text.put("new");
    text.receive("other", performance.now());
    expect(text.shown).toBe("new");
    await vi.advanceTimersByTimeAsync(300);
    await store.answer();
    text.receive("newer", performance.now());
    expect(text.shown).toBe("newer");
  });

  it("is not taken back by an answer that was asked for before it was saved", async () => {
    const store = new Store<string>();
    const text = new Writing<string>("old", store.write, typing);
    const readAt = performance.now();
    await vi.advanceTimersByTimeAsync(10);
    text.put("new");
    await vi.advanceTimersByTimeAsync(300);
    await store.answer();
    text.receive("old", readAt);
    expect(text.shown).toBe("new");
  });

  it("leaving waits for every text, and knows when one was not saved", async () => {
    const store = new Store<string>();
    const one = new Writing<string>("", store.write, typing);
    const other = new Writing<string>("", store.write, typing);
    one.put("one");
    other.put("other");
    const left = unsaved.flush();
    await store.answer();
    await store.answer({ code: "refused", message: "Finished." });
    expect(await left).toBe(false);
    expect(one.status).toBe("saved");
    other.forget();
    expect(unsaved.count).toBe(0);
  });
});
