// Cells as text: addresses, the fingerprint of a range, and text that Excel must not read as anything but text.

/** @typedef {{top: number, left: number, bottom: number, right: number}} Area */

const LAST_ROW = 1048576;
const LAST_COLUMN = 16384;
const FORMULA = "f";
const PLAIN_TEXT = /^\p{L}[^\d]*$/u;

/**
 * Column letters as a number, A = 1.
 * @param {string} letters
 */
export function columnNumber(letters) {
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

/**
 * Number of a column as letters.
 * @param {number} number
 * @returns {string}
 */
export function columnLetters(number) {
  return number > 0 ? columnLetters(Math.floor((number - 1) / 26)) + String.fromCharCode(65 + ((number - 1) % 26)) : "";
}

/**
 * The area of an address such as B5:D9, 'My sheet'!$B$5, A:C or 2:7.
 * @param {string} address
 * @returns {Area}
 */
export function areaOf(address) {
  const plain = address.slice(address.lastIndexOf("!") + 1).replaceAll("$", "").toUpperCase();
  const columns = /^([A-Z]{1,3}):([A-Z]{1,3})$/.exec(plain);
  if (columns) return { top: 1, bottom: LAST_ROW, left: columnNumber(columns[1]), right: columnNumber(columns[2]) };
  const rows = /^(\d{1,7}):(\d{1,7})$/.exec(plain);
  if (rows) return { top: Number(rows[1]), bottom: Number(rows[2]), left: 1, right: LAST_COLUMN };
  const found = /^([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?$/.exec(plain);
  if (!found) throw new Error(`${address} is not the address of a block of cells`);
  const [left, top] = [columnNumber(found[1]), Number(found[2])];
  return { top, left, bottom: found[4] ? Number(found[4]) : top, right: found[3] ? columnNumber(found[3]) : left };
}

/**
 * The address of an area.
 * @param {Area} area
 */
export function addressOf({ top, left, bottom, right }) {
  const first = `${columnLetters(left)}${top}`;
  return top === bottom && left === right ? first : `${first}:${columnLetters(right)}${bottom}`;
}

/**
 * Whether one area lies within another.
 * @param {Area} inner
 * @param {Area} outer
 */
export function within(inner, outer) {
  return (
    inner.top >= outer.top && inner.left >= outer.left && inner.bottom <= outer.bottom && inner.right <= outer.right
  );
}

/**
 * A value as it must be given to `Range.values` so that the cell holds just this value.
 *
 * Excel reads text given to it as if it had been typed: `=1+1` and `-x` become formulas, `3-4` a date, `007` a number.
 * A leading apostrophe says "text", as it does on the keyboard. Text of letters alone needs none.
 * @param {unknown} value
 */
export function asTyped(value) {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value !== "string") return value;
  return PLAIN_TEXT.test(value) && !/^(true|false)$/i.test(value) ? value : `'${value}`;
}

/**
 * One cell as it counts for the fingerprint; the server writes the same text. Formulas count as such, not by their
 * result, which moves when other cells do.
 * @param {unknown} value
 * @param {unknown} formula
 */
export function canonicalCell(value, formula) {
  if (typeof formula === "string" && formula.startsWith("=")) return FORMULA;
  if (typeof value === "number") return `n${(value === 0 ? 0 : value).toExponential(14)}`;
  if (typeof value === "boolean") return value ? "b1" : "b0";
  const text = value === null || value === undefined ? "" : String(value);
  return text === "" ? "" : `s${text.replace(/\r\n?/g, "\n")}`;
}

/**
 * The rows of a range as they count for the fingerprint.
 * @param {unknown[][]} values
 * @param {unknown[][]} formulas
 */
export function canonicalRows(values, formulas) {
  return values.map((row, r) => row.map((value, c) => canonicalCell(value, formulas[r][c])).join("\u001f"));
}

/**
 * SHA-256 of rows, in hexadecimal.
 * @param {string[]} rows
 */
export async function fingerprint(rows) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(rows.join("\u001e")));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Splits an area into bands of whole rows with at most so many cells each.
 * @param {Area} area
 * @param {number} most
 * @returns {Area[]}
 */
export function bands(area, most) {
  const rows = Math.max(1, Math.floor(most / (area.right - area.left + 1)));
  const found = [];
  for (let top = area.top; top <= area.bottom; top += rows) {
    found.push({ ...area, top, bottom: Math.min(top + rows - 1, area.bottom) });
  }
  return found;
}
