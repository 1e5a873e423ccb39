// Times as people read them, in the device's own time zone. Everything here is a function of its
// arguments: "now" is passed in.

const locale = "en-GB";
const clockFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hour12: false });
const dayFormat = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const dayAndYearFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
const shortDayFormat = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short" });

/** "09:15" */
export function clock(time: string | Date): string {
  return clockFormat.format(new Date(time));
}

/** "Tuesday 17 November", with the year when it is not this one. */
export function day(time: string | Date, now: Date): string {
  const date = new Date(time);
  const text = dayFormat.format(date).replace(",", "");
  return date.getFullYear() === now.getFullYear() ? text : `${text} ${date.getFullYear()}`;
}

/** "Tue 17 Nov" */
export function shortDay(time: string | Date): string {
  return shortDayFormat.format(new Date(time)).replace(",", "").replace("Sept", "Sep");
}

/** "31 August 2027" */
export function dayAndYear(time: string | Date): string {
  return dayAndYearFormat.format(new Date(time));
}

/** "September" for 9. */
export function monthName(month: number): string {
  return new Intl.DateTimeFormat(locale, { month: "long" }).format(new Date(2026, month - 1, 1));
}

/** Whole days from `from` to `to` by the calendar, not by hours. */
export function daysBetween(from: Date, to: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

/** "today", "tomorrow", "yesterday", or the day with its date. */
export function nearDay(time: string | Date, now: Date): string {
  const apart = daysBetween(now, new Date(time));
  if (apart === 0) return "today";
  if (apart === 1) return "tomorrow";
  if (apart === -1) return "yesterday";
  return day(time, now);
}

/** "10:42" today, "yesterday 10:42", otherwise "Tue 17 Nov, 10:42". */
export function moment(time: string | Date, now: Date): string {
  const apart = daysBetween(now, new Date(time));
  if (apart === 0) return clock(time);
  if (apart === -1) return `yesterday ${clock(time)}`;
  if (apart === 1) return `tomorrow ${clock(time)}`;
  return `${shortDay(time)}, ${clock(time)}`;
}

/** The beginning of something: a moment, and only its day when it begins with the day. */
export function beginning(time: string | Date, now: Date): string {
  const date = new Date(time);
  if (date.getHours() !== 0 || date.getMinutes() !== 0) return moment(date, now);
  const apart = daysBetween(now, date);
  return Math.abs(apart) <= 1 ? nearDay(date, now) : shortDay(date);
}

/** Whether something begins in time for a day: on it or before it. */
export function isInTimeFor(day: string | Date, begins: string | Date): boolean {
  return daysBetween(new Date(day), new Date(begins)) <= 0;
}

/** A running time as "11:24", or "1:02:03" past an hour. Never negative. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${two(minutes)}:${two(seconds % 60)}`;
}

/** The same words at the beginning of a line. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a date field wants to hold: "2026-11-17". */
export function dateField(time: string | Date): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * The moment meant by a date and a time as typed, or null when they mean none. Accepts what date and time
 * fields give ("2026-11-17", "09:15") and, for web views that show such a field as plain text, what
 * people write ("17/11/2026", "9.15").
 */
export function momentTyped(dateText: string, timeText: string): Date | null {
  const iso = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*$/.exec(dateText);
  const written = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(dateText);
  const [year, month, dayOfMonth] = iso
    ? [iso[1], iso[2], iso[3]]
    : [written?.[3], written?.[2], written?.[1]];
  const time = /^\s*(\d{1,2})[:.](\d{2})(?::\d{2})?\s*$/.exec(timeText);
  if (!year || !month || !dayOfMonth || !time?.[1] || !time[2]) return null;
  const hours = Number(time[1]);
  const minutes = Number(time[2]);
  const date = new Date(Number(year), Number(month) - 1, Number(dayOfMonth), hours, minutes);
  const isReal =
    date.getMonth() === Number(month) - 1 &&
    date.getDate() === Number(dayOfMonth) &&
    hours < 24 &&
    minutes < 60;
  return isReal ? date : null;
}
