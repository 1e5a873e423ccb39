// Taking a card in the hand: with a mouse anywhere on it, with a finger by its grip, so that a finger on the card itself
// still scrolls the page. Where it may be put down is said by `data-cell` and `data-card` on the page.
import type { Attachment } from "svelte/attachments";

export type Target = { what: "cell" | "card"; name: string };

/** Pixels a pointer goes before a press becomes a drag. */
const enough = 6;
/** Pixels from the edge of the window within which the page comes to meet the hand. */
const edge = 72;

export class Drag {
  /** The card in the hand. */
  key: string | null = $state(null);
  /** What it is held over. */
  over: Target | null = $state.raw(null);
  x = $state(0);
  y = $state(0);

  #drop: (key: string, target: Target) => void;

  constructor(drop: (key: string, target: Target) => void) {
    this.#drop = drop;
  }

  isOver(what: Target["what"], name: string): boolean {
    return this.over !== null && this.over.what === what && this.over.name === name;
  }

  /** Makes an element something that can be taken in the hand. */
  card(key: string, canMove: boolean): Attachment<HTMLElement> {
    return (element) => {
      if (!canMove) return;
      const down = (event: PointerEvent) => this.#take(element, key, event);
      element.addEventListener("pointerdown", down);
      return () => element.removeEventListener("pointerdown", down);
    };
  }

  #take(element: HTMLElement, key: string, press: PointerEvent): void {
    if (press.button !== 0 || !press.isPrimary || this.key !== null) return;
    const isGrip = press.target instanceof Element && press.target.closest("[data-grip]") !== null;
    if (press.pointerType !== "mouse" && !isGrip) return;
    const { pointerId, clientX, clientY } = press;
    if (isGrip) press.preventDefault();

    const end = new AbortController();
    const { signal } = end;
    const finish = () => {
      end.abort();
      cancelAnimationFrame(frame);
      this.key = null;
      this.over = null;
    };
    let frame = 0;
    const meet = () => {
      const step = this.y < edge ? this.y - edge : this.y > innerHeight - edge ? this.y - innerHeight + edge : 0;
      if (step !== 0) scrollBy(0, step / 4);
      const side = element.closest<HTMLElement>("[data-scrolls]");
      if (side) {
        const { left, right } = side.getBoundingClientRect();
        const aside = this.x < left + edge ? this.x - left - edge : this.x > right - edge ? this.x - right + edge : 0;
        if (aside !== 0) side.scrollLeft += aside / 4;
      }
      this.#look(key);
      frame = requestAnimationFrame(meet);
    };

    addEventListener(
      "pointermove",
      (event) => {
        if (event.pointerId !== pointerId) return;
        if (this.key === null) {
          if (Math.hypot(event.clientX - clientX, event.clientY - clientY) < enough) return;
          this.key = key;
          getSelection()?.removeAllRanges();
          frame = requestAnimationFrame(meet);
        }
        event.preventDefault();
        this.x = event.clientX;
        this.y = event.clientY;
        this.#look(key);
      },
      { signal, passive: false },
    );
    addEventListener(
      "pointerup",
      (event) => {
        if (event.pointerId !== pointerId) return;
        const target = this.over;
        const wasDragged = this.key !== null;
        finish();
        if (!wasDragged) return;
        // The click that follows a drag opens nothing. A browser may leave it out, as the card now lies elsewhere; the next
        // press is another click, however soon it comes.
        const over = new AbortController();
        const swallow = (click: Event) => {
          click.preventDefault();
          click.stopPropagation();
          over.abort();
        };
        addEventListener("click", swallow, { capture: true, signal: over.signal });
        addEventListener("pointerdown", () => over.abort(), { capture: true, signal: over.signal });
        setTimeout(() => over.abort(), 50);
        if (target) this.#drop(key, target);
      },
      { signal },
    );
    addEventListener("pointercancel", (event) => event.pointerId === pointerId && finish(), { signal });
    addEventListener("keydown", (event) => event.key === "Escape" && finish(), { signal });
    addEventListener("blur", finish, { signal });
  }

  #look(key: string): void {
    const below = document.elementFromPoint(this.x, this.y);
    const card = below?.closest<HTMLElement>("[data-card]")?.dataset["card"];
    const cell = below?.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
    const target: Target | null =
      card !== undefined && card !== key ? { what: "card", name: card } : cell !== undefined ? { what: "cell", name: cell } : null;
    if (target?.what !== this.over?.what || target?.name !== this.over?.name) this.over = target;
  }
}
