// Which screen is shown: the part of the address behind the #.
import { routeOf, type Route } from "../lib/route";

class RouteState {
  current: Route = $state.raw(routeOf(location.hash));
  hash: string = $state(location.hash);

  constructor() {
    addEventListener("hashchange", () => {
      this.hash = location.hash;
      this.current = routeOf(location.hash);
    });
  }

  /** Opens a screen; `replace` leaves no step to come back to. */
  go(path: string, how: "push" | "replace" = "push"): void {
    if (how === "replace") location.replace(`#${path}`);
    else location.hash = path;
  }
}

export const route = new RouteState();
