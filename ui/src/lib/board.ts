// The timetable of a walk as cards on a board: moving, swapping and locking them. Where a visit can stand in a lesson and
// what is wrong with it is said by the Rust side; here cards only change places. Every function gives a new list and
// leaves the old one alone, so that a step can be undone.
import type { Part, PlanLesson, PlanSlot } from "../contract";
import { clock, dateField } from "./dates";

/** A visit on the board, with a name that stays the same through moves and checks. */
export type Card = PlanSlot & { key: string };

/** A place on the board: a day, and a lesson by its position; -1 is outside of every lesson. */
export type Cell = { day: string; lesson: number };

/**
 * Gives each slot its key: its class, counted where a class comes twice. Not the visit's id, which a new slot can be
 * given while it is looked at, when it takes the place of one that was left out.
 */
export function keyed(slots: readonly PlanSlot[]): Card[] {
  const known = new Map<string, number>();
  return slots.map((slot) => {
    const before = known.get(slot.class) ?? 0;
    known.set(slot.class, before + 1);
    return { ...slot, key: before === 0 ? slot.class : `${slot.class} ${before + 1}` };
  });
}

/** The same without keys, for the Rust side. */
export function slotsOf(cards: readonly Card[]): PlanSlot[] {
  return cards.map(({ key: _, ...slot }) => slot);
}

/** Whether a card can be moved at all: begun visits stay, and locked ones until they are unlocked. */
export function isLoose(card: Card): boolean {
  return !card.is_locked && !card.is_begun;
}

/** Where a card stands. */
export function cellOf(card: Pick<PlanSlot, "starts_at">, lessons: readonly PlanLesson[]): Cell {
  const time = clock(card.starts_at);
  const lesson = lessons.findIndex(({ starts, ends }) => starts <= time && time < ends);
  return { day: dateField(card.starts_at), lesson };
}

/** The cards of each cell in order of time, under `cellKey`. */
export function cells(cards: readonly Card[], lessons: readonly PlanLesson[]): Map<string, Card[]> {
  const found = new Map<string, Card[]>();
  for (const card of cards.toSorted(inOrder)) {
    const key = cellKey(cellOf(card, lessons));
    const others = found.get(key);
    if (others) others.push(card);
    else found.set(key, [card]);
  }
  return found;
}

function inOrder(one: Card, other: Card): number {
  return Date.parse(one.starts_at) - Date.parse(other.starts_at) || one.route - other.route || one.key.localeCompare(other.key);
}

export function cellKey({ day, lesson }: Cell): string {
  return `${day} ${lesson}`;
}

/** The cell that was written with `cellKey`; null when it is none. */
export function cellNamed(text: string): Cell | null {
  const [day, lesson] = text.split(" ");
  const number = Number(lesson);
  return day && Number.isInteger(number) ? { day, lesson: number } : null;
}

/** A time of a day as the Rust side writes it, with the offset that holds here on that day. */
export function localTime(day: string, time: string): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  const offset = -new Date(year, month - 1, date, hours, minutes).getTimezoneOffset();
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, "0");
  return `${day}T${time}:00${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

/** When a visit to a part of a lesson starts there; where a lesson has not that part, the nearest thing it has. */
export function placeIn(lesson: PlanLesson | undefined, part: Part): { part: Part; starts: string } | null {
  if (!lesson) return null;
  return lesson.visits.find((start) => start.part === part) ?? lesson.visits.find((start) => start.part === "main") ?? lesson.visits[0] ?? null;
}

function put(cards: readonly Card[], key: string, change: (card: Card) => Card): Card[] {
  return cards.map((card) => (card.key === key ? change(card) : card));
}

/** Moves a card to a cell. It keeps its part of the lesson unless another is asked for. What cannot move stays. */
export function move(cards: readonly Card[], key: string, to: Cell, lessons: readonly PlanLesson[], part?: Part): Card[] {
  return put(cards, key, (card) => {
    const place = placeIn(lessons[to.lesson], part ?? card.part);
    if (!isLoose(card) || place === null) return card;
    return { ...card, starts_at: localTime(to.day, place.starts), part: place.part, problems: [] };
  });
}

/** Two classes change places. The observers stay with the time, so nobody is sent about for it. */
export function swap(cards: readonly Card[], one: string, other: string): Card[] {
  const first = cards.find(({ key }) => key === one);
  const second = cards.find(({ key }) => key === other);
  if (!first || !second || first === second || !isLoose(first) || !isLoose(second)) return [...cards];
  const placed = (card: Card, at: Card): Card => ({
    ...card,
    starts_at: at.starts_at,
    minutes: at.minutes,
    part: at.part,
    observers: at.observers,
    problems: [],
  });
  return cards.map((card) => (card === first ? placed(first, second) : card === second ? placed(second, first) : card));
}

/** Locks a card where it is, so that the next offer keeps it; or lets it go. A begun visit stays locked. */
export function lock(cards: readonly Card[], key: string, isLocked: boolean): Card[] {
  return put(cards, key, (card) => (card.is_begun ? card : { ...card, is_locked: isLocked }));
}

/** Puts others down to visit; each once. How many there may be is judged by the Rust side. */
export function observe(cards: readonly Card[], key: string, observers: readonly string[]): Card[] {
  const people = [...new Set(observers.filter((person) => person !== ""))];
  return put(cards, key, (card) => (card.is_begun ? card : { ...card, observers: people, problems: [] }));
}

/** Says what is taught. */
export function teach(cards: readonly Card[], key: string, subject: string): Card[] {
  return put(cards, key, (card) => (card.is_begun ? card : { ...card, subject }));
}

/** Takes a card off the board. A begun visit stays. */
export function leaveOut(cards: readonly Card[], key: string): Card[] {
  return cards.filter((card) => card.key !== key || card.is_begun);
}

/** Puts a class on the board that was not on it. */
export function add(
  cards: readonly Card[],
  line: { class: string; name: string; room: string; route: number },
  to: Cell,
  lessons: readonly PlanLesson[],
  minutes: number,
): Card[] {
  const place = placeIn(lessons[to.lesson], "main");
  if (place === null) return [...cards];
  const slot: PlanSlot = {
    visit: null,
    class: line.class,
    class_name: line.name,
    room: line.room,
    route: line.route,
    starts_at: localTime(to.day, place.starts),
    minutes,
    part: place.part,
    subject: "",
    observers: [],
    is_locked: false,
    is_begun: false,
    problems: [],
  };
  return keyed([...slotsOf(cards), slot]);
}

/** Whether two boards would be kept as different timetables. Locks and problems are not kept. */
export function isOther(one: readonly Card[], other: readonly Card[]): boolean {
  const written = (cards: readonly Card[]) =>
    cards
      .map(({ key, starts_at, minutes, part, subject, observers }) =>
        JSON.stringify([key, Date.parse(starts_at), minutes, part, subject, [...observers].sort()]),
      )
      .sort()
      .join("\n");
  return written(one) !== written(other);
}

/** The days a board has columns for: those chosen and those on which a card stands. */
export function daysOf(days: readonly string[], cards: readonly Card[]): string[] {
  return [...new Set([...days, ...cards.map(({ starts_at }) => dateField(starts_at))])].sort();
}

/** The school days between two days, in weeks from Monday to Friday; a day outside is null. */
export function weeksBetween(first: string, last: string): (string | null)[][] {
  const date = (text: string) => {
    const [year = 0, month = 1, day = 1] = text.split("-").map(Number);
    return new Date(year, month - 1, day, 12);
  };
  const monday = date(first);
  monday.setDate(monday.getDate() - ((monday.getDay() + 6) % 7));
  const weeks: (string | null)[][] = [];
  for (; dateField(monday) <= last && weeks.length < 60; monday.setDate(monday.getDate() + 7)) {
    const week = Array.from({ length: 5 }, (_, index) => {
      const day = new Date(monday);
      day.setDate(day.getDate() + index);
      const text = dateField(day);
      return text < first || text > last ? null : text;
    });
    if (week.some((day) => day !== null)) weeks.push(week);
  }
  return weeks;
}
