// The timetable of a walk while a leader works on it: the cards as they lie, what was before, what the Rust side says of
// them, and whether it is kept yet. Nothing is written until it is kept.
import type { PlanView, WalkView } from "../contract";
import { type Card, isOther, keyed, slotsOf } from "../lib/board";
import { asApiError, call } from "../lib/door";

/** Milliseconds of peace after a change before it is looked at. */
const pause = 120;

export class OpenBoard {
  readonly walk: string;
  cards: Card[] = $state.raw([]);
  /** The last look at a timetable: how it is spread and what it does not meet. */
  view: PlanView = $state.raw() as PlanView;
  /** Whether what is on the board has been looked at as it lies. */
  isChecking = $state(false);
  /** Why the last look failed. */
  wrong = $state("");

  #kept: Card[] = $state.raw([]);
  #past: Card[][] = $state.raw([]);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: PlanView) {
    this.walk = view.walk;
    this.#show(view);
    this.#kept = this.cards;
  }

  /** Whether leaving now would lose something. */
  get isChanged(): boolean {
    return isOther(this.cards, this.#kept);
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get troubled(): number {
    return this.cards.filter(({ problems }) => problems.length > 0).length;
  }

  card(key: string): Card | undefined {
    return this.cards.find((card) => card.key === key);
  }

  /** Lays the cards anew and has them looked at. */
  change(cards: Card[]): void {
    this.#past = [...this.#past.slice(-49), this.cards];
    this.#lay(cards);
  }

  undo(): void {
    const before = this.#past.at(-1);
    if (!before) return;
    this.#past = this.#past.slice(0, -1);
    this.#lay(before);
  }

  /** Has a whole timetable offered; what is locked stays. Rejects with an ApiError. */
  async propose(days: string[], minutes: number, observersEach: 1 | 2): Promise<void> {
    const turn = this.#next();
    const before = this.cards;
    const view = await call("plan_propose", {
      walk: this.walk,
      days,
      minutes,
      observers_each: observersEach,
      slots: slotsOf(this.cards),
    });
    // Someone has moved a card meanwhile: theirs is the newer wish.
    if (turn !== this.#turn) return;
    this.#past = [...this.#past.slice(-49), before];
    this.wrong = "";
    this.#show(view);
  }

  /** Writes the timetable. Rejects with an ApiError, and then nothing was written. */
  async keep(): Promise<WalkView> {
    const cards = this.cards;
    const walk = await call("plan_keep", { walk: this.walk, slots: slotsOf(cards) });
    this.#kept = cards;
    return walk;
  }

  /** Gives up what is not kept. */
  drop(): void {
    this.#kept = this.cards;
  }

  stop(): void {
    this.#next();
  }

  #next(): number {
    clearTimeout(this.#timer);
    this.isChecking = false;
    return ++this.#turn;
  }

  #show(view: PlanView): void {
    this.view = view;
    this.cards = keyed(view.slots);
  }

  #lay(cards: Card[]): void {
    this.cards = cards;
    const turn = this.#next();
    this.isChecking = true;
    this.#timer = setTimeout(() => void this.#check(turn), pause);
  }

  async #check(turn: number): Promise<void> {
    try {
      const view = await call("plan_check", { walk: this.walk, slots: slotsOf(this.cards) });
      if (turn !== this.#turn) return;
      this.wrong = "";
      this.#show(view);
    } catch (thrown) {
      if (turn === this.#turn) this.wrong = asApiError(thrown).message;
    } finally {
      if (turn === this.#turn) this.isChecking = false;
    }
  }
}
