// Which screen is shown: the part of the address behind the #.
import { routeOf, type Route } from "../lib/route";

class RouteState {
  current: Route = $state.raw(routeOf(location.hash));
  hash: string = $state(location.hash);

  #hold: ((leave: () => void) => void) | null = null;

  constructor() {
    addEventListener("hashchange", () => {
      if (this.#hold !== null && location.hash !== this.hash) {
        // Back to where one is, until it is said that this may be left.
        const wanted = location.hash;
        history.replaceState(null, "", this.hash);
        this.#hold(() => {
          this.#hold = null;
          location.hash = wanted;
        });
        return;
      }
      this.hash = location.hash;
      this.current = routeOf(location.hash);
    });
  }

  /** While something would be lost, leaving asks first: `ask` is given what goes on with it. Ends with what is returned. */
  hold(ask: (leave: () => void) => void): () => void {
    this.#hold = ask;
    // A link is asked about before it is followed, so that it leaves no step in the history.
    const pressed = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="#"]') : null;
      if (link === null || this.#hold !== ask || link.hash === this.hash) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      ask(() => {
        this.#hold = null;
        location.hash = link.hash;
      });
    };
    addEventListener("click", pressed, { capture: true });
    return () => {
      removeEventListener("click", pressed, { capture: true });
      if (this.#hold === ask) this.#hold = null;
    };
  }

  /** Opens a screen; `replace` leaves no step to come back to. */
  go(path: string, how: "push" | "replace" = "push"): void {
    if (how === "replace") location.replace(`#${path}`);
    else location.hash = path;
  }
}

export const route = new RouteState();
