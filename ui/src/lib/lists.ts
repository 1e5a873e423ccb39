// A list as it comes out of a spreadsheet: the bytes of a chosen file, made into text. What the lines mean
// is not decided here.

/** Most that is read from a file: beyond it, it is not a list of one school. */
export const LARGEST_LIST = 2_000_000;

/**
 * The text of a file saved by a spreadsheet. Such files come as UTF-8, as UTF-16 with a mark at the start,
 * or, from older spreadsheets, in the Windows set of Western letters.
 */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** True for a workbook (a zip or an old Excel file), which holds no plain lines to read. */
export function isWorkbook(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  const isZip = a === 0x50 && b === 0x4b && (c === 0x03 || c === 0x05);
  const isOldExcel = a === 0xd0 && b === 0xcf && c === 0x11 && d === 0xe0;
  return isZip || isOldExcel;
}
