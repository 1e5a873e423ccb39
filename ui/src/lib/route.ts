// Addresses of screens. They live behind the # so that one file serves them all, from the hub and in the window.

export type Route =
  | { screen: "home" }
  | { screen: "start"; step: string | null }
  | { screen: "join"; code: string | null }
  | { screen: "today" }
  | { screen: "observation"; visit: string }
  | { screen: "coming" }
  | { screen: "visits" }
  | { screen: "record"; visit: string; from: "visits" | "today" | "walk"; walk: string | null }
  | { screen: "notices" }
  | { screen: "notice"; notice: string }
  | { screen: "forms" }
  | { screen: "form_import" }
  | { screen: "form"; template: string }
  | { screen: "form_edit"; template: string }
  | { screen: "form_compare"; before: string; after: string }
  | { screen: "review"; term: string }
  | { screen: "patterns" }
  | { screen: "pattern"; walk: string }
  | { screen: "patterns_over" }
  | { screen: "mine" }
  | { screen: "self_evaluations" }
  | { screen: "self_evaluation"; year: number; part: "result" | "rate" | "agree"; domain: string | null }
  | { screen: "held" }
  | { screen: "concerns" }
  | { screen: "reflections" }
  | { screen: "pin" }
  | { screen: "about" }
  | { screen: "year"; year: string | null }
  | { screen: "walks" }
  | { screen: "walk"; walk: string }
  | { screen: "walk_plan"; walk: string | null; term: string | null; follows?: string }
  | { screen: "debrief"; walk: string }
  | { screen: "report"; of: string; from: "walk" | "notices" }
  | { screen: "improve" }
  | { screen: "actions" }
  | { screen: "action"; action: string }
  | { screen: "timetable"; walk: string }
  | { screen: "visit_plan"; walk: string; visit: string | null }
  | { screen: "devices" }
  | { screen: "collect" }
  | { screen: "hand_over" }
  | { screen: "letters" }
  | { screen: "school"; list: "people" | "classes" | "rooms" }
  | { screen: "import"; list: "people" | "classes" | "rooms" }
  | { screen: "settings" }
  | { screen: "log" }
  | { screen: "retention" }
  | { screen: "search" }
  | { screen: "unknown" };

/** Room of the navigation a screen belongs to. */
export type Room = "today" | "coming" | "visits" | "year" | "walks" | "devices" | "notices" | "improve" | "school" | "search" | "mine";

function isList(text: string | undefined): text is "people" | "classes" | "rooms" {
  return text === "people" || text === "classes" || text === "rooms";
}

/** Reads an address such as `#/walks/ID/record/ID`. What it does not know is `unknown`, never an error. */
export function routeOf(hash: string): Route {
  const parts = hash
    .replace(/^#\/?/, "")
    .split("?")[0]
    ?.split("/")
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    })
    .filter((part) => part !== "") ?? [];
  const [first, second, third, fourth] = parts;
  switch (first) {
    case undefined:
      return { screen: "home" };
    case "start":
      return { screen: "start", step: second ?? null };
    case "join":
      return { screen: "join", code: second ?? null };
    case "today":
      if (second === undefined) return { screen: "today" };
      if (third === "record") return { screen: "record", visit: second, from: "today", walk: null };
      return { screen: "observation", visit: second };
    case "coming":
      return { screen: "coming" };
    case "visits":
      if (second === undefined) return { screen: "visits" };
      return { screen: "record", visit: second, from: "visits", walk: null };
    case "notices":
      return second === undefined ? { screen: "notices" } : { screen: "notice", notice: second };
    case "forms":
      if (second === undefined) return { screen: "forms" };
      if (second === "import") return { screen: "form_import" };
      if (third === "edit") return { screen: "form_edit", template: second };
      if (third === "compare" && fourth !== undefined) return { screen: "form_compare", after: second, before: fourth };
      return { screen: "form", template: second };
    case "reviews":
      return second === undefined ? { screen: "unknown" } : { screen: "review", term: second };
    case "patterns":
      if (second === undefined) return { screen: "patterns" };
      return second === "over" ? { screen: "patterns_over" } : { screen: "pattern", walk: second };
    case "mine":
      if (second === undefined) return { screen: "mine" };
      if (second === "held" || second === "reflections" || second === "pin") return { screen: second };
      // An address stands in the history of a browser, so this one says less than its screen.
      return second === "head" ? { screen: "concerns" } : { screen: "unknown" };
    case "self-evaluation": {
      if (second === undefined) return { screen: "self_evaluations" };
      const year = Number(second);
      const part = third ?? "result";
      const isPart = part === "result" || part === "rate" || part === "agree";
      if (!/^\d{4}$/.test(second) || !isPart) return { screen: "unknown" };
      return { screen: "self_evaluation", year, part, domain: fourth ?? null };
    }
    case "about":
      return { screen: "about" };
    case "year":
      return { screen: "year", year: second ?? null };
    case "walks":
      if (second === undefined) return { screen: "walks" };
      if (second === "plan" && third === "after" && fourth !== undefined) {
        return { screen: "walk_plan", walk: null, term: null, follows: fourth };
      }
      if (second === "plan") return { screen: "walk_plan", walk: null, term: third ?? null };
      if (third === undefined) return { screen: "walk", walk: second };
      if (third === "plan") return { screen: "walk_plan", walk: second, term: null };
      if (third === "debrief") return { screen: "debrief", walk: second };
      if (third === "report") return { screen: "report", of: second, from: "walk" };
      if (third === "timetable") return { screen: "timetable", walk: second };
      if (third === "visit") return { screen: "visit_plan", walk: second, visit: fourth ?? null };
      if (third === "record" && fourth !== undefined) {
        return { screen: "record", visit: fourth, from: "walk", walk: second };
      }
      return { screen: "unknown" };
    case "reports":
      return second === undefined ? { screen: "unknown" } : { screen: "report", of: second, from: "notices" };
    case "improve":
      return { screen: "improve" };
    case "actions":
      return second === undefined ? { screen: "actions" } : { screen: "action", action: second };
    case "devices":
      return second === "collect" ? { screen: "collect" } : { screen: "devices" };
    case "hand-over":
      return { screen: "hand_over" };
    case "school":
      if (second === undefined) return { screen: "school", list: "people" };
      if (!isList(second)) return { screen: "unknown" };
      if (third === "add") return { screen: "import", list: second };
      return { screen: "school", list: second };
    case "letters":
    case "settings":
    case "log":
    case "retention":
    case "search":
      return { screen: first };
    default:
      return { screen: "unknown" };
  }
}

/** The room whose entry in the navigation is marked as the current one. Actions are everyone's, and leaders have a room
    for what comes of walks. */
export function roomOf(route: Route, isLeader = false): Room | null {
  switch (route.screen) {
    case "today":
    case "observation":
      return "today";
    case "coming":
      return "coming";
    case "visits":
      return "visits";
    case "record":
      return route.from === "walk" ? "walks" : route.from;
    case "year":
      return "year";
    case "walks":
    case "walk":
    case "walk_plan":
    case "timetable":
    case "visit_plan":
      return "walks";
    case "debrief":
    case "improve":
      return "improve";
    case "report":
      return route.from === "walk" ? "improve" : "notices";
    case "actions":
    case "action":
    case "patterns":
    case "pattern":
    case "patterns_over":
      return isLeader ? "improve" : "notices";
    case "self_evaluations":
    case "self_evaluation":
      return isLeader ? "improve" : "mine";
    case "devices":
    case "collect":
      return "devices";
    case "letters":
      return isLeader ? "devices" : "mine";
    case "school":
    case "import":
      return "school";
    case "search":
      return isLeader ? "search" : "mine";
    case "notices":
    case "notice":
    case "forms":
    case "form_import":
    case "form":
    case "form_edit":
    case "form_compare":
    case "review":
      return "notices";
    case "mine":
    case "held":
    case "concerns":
    case "reflections":
    case "pin":
    case "about":
    case "settings":
    case "log":
    case "retention":
      return "mine";
    default:
      return null;
  }
}

/** The rooms a person has, in the order they stand in the navigation. */
export function roomsOf(me: { is_observer: boolean; is_teacher: boolean; is_leader: boolean }): Room[] {
  const rooms: Room[] = [];
  if (me.is_observer) rooms.push("today");
  if (me.is_teacher) rooms.push("coming", "visits");
  if (me.is_leader) rooms.push("year", "walks", "devices");
  rooms.push("notices");
  if (me.is_leader) rooms.push("improve", "school", "search");
  rooms.push("mine");
  return rooms;
}

/** What a narrow bar shows: at most five, the last of them "more" when there are others. */
export function barOf(rooms: readonly Room[]): { shown: Room[]; more: Room[] } {
  if (rooms.length <= 5) return { shown: [...rooms], more: [] };
  return { shown: rooms.slice(0, 4), more: rooms.slice(4) };
}
