import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PlanSlot, PlanView } from "../contract";
import { keyed, lock, move } from "../lib/board";

const asked = vi.hoisted(() => vi.fn());
vi.mock("../lib/door", () => ({
  call: asked,
  asApiError: () => ({ code: "internal", message: "No." }),
}));
const { OpenBoard } = await import("./board.svelte");

const lessons = [{ starts: "09:10", ends: "10:00", visits: [{ part: "main" as const, starts: "09:25" }] }];
const slot: PlanSlot = {
  visit: "v1",
  class: "kite",
  class_name: "Kite class",
  room: "Room 1",
  route: 1,
  starts_at: "2026-11-16T09:25:00",
  minutes: 20,
  part: "main",
  subject: "Art",
  observers: [],
  is_locked: false,
  is_begun: false,
  problems: [],
};
const view = (slots: PlanSlot[], unmet: string[] = []): PlanView => ({
  walk: "w1",
  slots,
  unmet,
  loads: [],
  parts: { opening: 0, main: 1, plenary: 0 },
  crossings: 0,
  lessons,
  days: ["2026-11-16"],
  minutes: 20,
  score: 0,
});
const moved = (day: string) => move(keyed([slot]), "kite", { day, lesson: 0 }, lessons);

beforeEach(() => {
  vi.useFakeTimers();
  asked.mockReset();
});
afterEach(() => vi.useRealTimers());

describe("a timetable on the board", () => {
  it("is looked at once after many quick changes", async () => {
    asked.mockResolvedValue(view([slot]));
    const board = new OpenBoard(view([slot]));
    for (const day of ["2026-11-17", "2026-11-18", "2026-11-19"]) board.change(moved(day));
    expect(board.isChecking).toBe(true);
    await vi.runAllTimersAsync();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(board.isChecking).toBe(false);
  });

  it("does not let a late answer put back what was moved since", async () => {
    let answer: (view: PlanView) => void = () => undefined;
    asked.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const board = new OpenBoard(view([slot]));
    board.change(moved("2026-11-17"));
    await vi.advanceTimersByTimeAsync(200);
    const latest = moved("2026-11-18");
    asked.mockResolvedValue(view([{ ...slot, starts_at: latest[0]?.starts_at ?? "" }], ["of the latest"]));
    board.change(latest);
    answer(view([slot], ["of an old one"]));
    await vi.runAllTimersAsync();
    expect(board.view.unmet).toEqual(["of the latest"]);
    expect(board.cards[0]?.starts_at).toBe(latest[0]?.starts_at);
  });

  it("steps back, and knows when nothing is changed any more", async () => {
    asked.mockImplementation((_: string, request: { slots: PlanSlot[] }) => Promise.resolve(view(request.slots)));
    const board = new OpenBoard(view([slot]));
    expect(board.canUndo).toBe(false);
    board.change(moved("2026-11-17"));
    await vi.runAllTimersAsync();
    expect(board.isChanged).toBe(true);
    board.undo();
    await vi.runAllTimersAsync();
    expect([board.isChanged, board.canUndo]).toEqual([false, false]);
  });

  it("a lock is nothing to keep", () => {
    const board = new OpenBoard(view([slot]));
    board.change(lock(board.cards, "kite", true));
    expect(board.isChanged).toBe(false);
  });

  it("is kept as it lies, and a failure leaves it unkept", async () => {
    const board = new OpenBoard(view([slot]));
    board.change(moved("2026-11-17"));
    asked.mockRejectedValueOnce(new Error("no"));
    await expect(board.keep()).rejects.toThrow();
    expect(board.isChanged).toBe(true);
    asked.mockResolvedValue({});
    await board.keep();
    expect(board.isChanged).toBe(false);
    board.stop();
  });

  it("an offer can be undone, and one that comes too late is left lying", async () => {
    const offered = { ...slot, starts_at: moved("2026-11-20")[0]?.starts_at ?? "" };
    asked.mockResolvedValueOnce(view([offered]));
    const board = new OpenBoard(view([slot]));
    await board.propose(["2026-11-20"], 20, 2);
    expect(board.cards[0]?.starts_at).toBe(offered.starts_at);
    expect(board.canUndo).toBe(true);
    asked.mockImplementation((_: string, request: { slots: PlanSlot[] }) => Promise.resolve(view(request.slots)));
    const late = board.propose(["2026-11-16"], 20, 2);
    const latest = moved("2026-11-18");
    board.change(latest);
    await late;
    expect(board.cards).toEqual(latest);
    board.stop();
  });

  it("says why a look failed, until one works", async () => {
    asked.mockRejectedValueOnce(new Error("no"));
    const board = new OpenBoard(view([slot]));
    board.change(moved("2026-11-17"));
    await vi.runAllTimersAsync();
    expect(board.wrong).toBe("No.");
    asked.mockResolvedValue(view([slot]));
    board.undo();
    await vi.runAllTimersAsync();
    expect(board.wrong).toBe("");
  });
});
