// What one looks for: asked while it is typed, the latest question alone. It is remembered while the page is open, so
// that coming back from what was found shows the rest of it; never longer, never for somebody else, and nowhere else.
import type { ApiError, SearchAnswer, SearchKind } from "../contract";
import { asApiError, call } from "../lib/door";

/** Milliseconds without a key before a question is asked. */
const pause = 150;

class Looking {
  /** As it was typed. */
  words = $state("");
  /** The one kind that is shown whole; null for a few of each. */
  only: SearchKind | null = $state(null);
  answer: SearchAnswer | null = $state.raw(null);
  error: ApiError | null = $state.raw(null);
  isSlow = $state(false);
  /** Whether the answer is to what stands in the field now. */
  isAnswered = $state(false);

  #person = "";
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get isEmpty(): boolean {
    return this.words.trim() === "";
  }

  /** Begins for a person. The hub or the device makes itself ready while they begin to type. */
  begin(person: string): void {
    if (this.#person !== person) this.clear();
    this.#person = person;
    if (this.isEmpty) void call("search_find", { words: "", kinds: [] }).catch(() => undefined);
    else void this.ask();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.words = "";
    this.only = null;
    this.answer = null;
    this.error = null;
    this.isSlow = false;
    this.isAnswered = false;
  }

  typed(words: string): void {
    clearTimeout(this.#timer);
    if (words.trim() === "") {
      this.clear();
      this.words = words;
      return;
    }
    this.words = words;
    this.only = null;
    this.isAnswered = false;
    this.#timer = setTimeout(() => void this.ask(), pause);
  }

  show(only: SearchKind | null): Promise<void> {
    this.only = only;
    return this.ask();
  }

  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.isEmpty) return;
    const asked = ++this.#asked;
    const slow = setTimeout(() => (this.isSlow = asked === this.#asked), 1000);
    try {
      const answer = await call("search_find", { words: this.words, kinds: this.only ? [this.only] : [] });
      if (asked !== this.#asked) return;
      this.answer = answer;
      this.isAnswered = true;
      this.error = null;
    } catch (thrown) {
      if (asked === this.#asked) this.error = asApiError(thrown);
    } finally {
      clearTimeout(slow);
      if (asked === this.#asked) this.isSlow = false;
    }
  }
}

export const looking = new Looking();
