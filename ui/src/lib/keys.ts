// Keys of entries. They sort by when they were made, so that the lines of a list stand in the order of writing on
// every screen; the random end keeps two of the same moment apart. (`randomUUID` is not there on a plain-http page.)

export function entryKey(now: number = Date.now()): string {
  const random = crypto.getRandomValues(new Uint32Array(2));
  const end = [...random].map((part) => part.toString(36).padStart(7, "0")).join("");
  return `${now.toString(36).padStart(9, "0")}-${end}`;
}
