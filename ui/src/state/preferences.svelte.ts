// What a person likes on this device: colours, and the hand they tick with. Kept in the browser's own
// storage, because it belongs to the device and to nobody's record.

export type Theme = "system" | "light" | "dark";
export type Hand = "right" | "left";

function kept(key: string): string | null {
  try {
    return localStorage.getItem(`alongside.${key}`);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`alongside.${key}`, value);
  } catch {
    // Storage can be closed to us; then the choice holds until the app is closed.
  }
}

class Preferences {
  #theme: Theme = $state("system");
  #hand: Hand = $state("right");

  constructor() {
    const theme = kept("theme");
    if (theme === "light" || theme === "dark") this.#theme = theme;
    if (kept("hand") === "left") this.#hand = "left";
    this.#show();
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    keep("theme", theme);
    this.#show();
  }

  get hand(): Hand {
    return this.#hand;
  }

  set hand(hand: Hand) {
    this.#hand = hand;
    keep("hand", hand);
  }

  #show(): void {
    if (this.#theme === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = this.#theme;
  }
}

export const preferences = new Preferences();

/** What to call the thing in someone's hand: by how it is touched and how wide it is. */
export function deviceWord(): "phone" | "tablet" | "computer" {
  if (!matchMedia("(pointer: coarse)").matches) return "computer";
  return Math.min(screen.width, screen.height) < 600 ? "phone" : "tablet";
}
