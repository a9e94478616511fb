// The journal of a macro, repeated in the workbook: what the server's macro wrote, written here, and nothing else.

import { addressOf, areaOf, asTyped, bands, within } from "./cells.js";
import { changedSince } from "./workbook.js";

/** @typedef {import("./cells.js").Area} Area */
/** @typedef {{op: string, [member: string]: any}} Operation */
/** @typedef {{sheet: string, address: string, table: string}} Place */
/** @typedef {Place & {hash: string}} Fingerprint */

const CELLS_AT_ONCE = 20000; // Excel on the web refuses requests of more than 5 MB
/** @type {Record<string, any>} */
const ALIGNMENTS = {
  left: "Left",
  center: "Center",
  right: "Right",
  fill: "Fill",
  justify: "Justify",
  top: "Top",
  bottom: "Bottom",
  distributed: "Distributed",
};
const FORMATS = {
  /** @param {Excel.Range} range @param {any} value */
  color: (range, value) => (value === null ? range.format.fill.clear() : (range.format.fill.color = value)),
  /** @param {Excel.Range} range @param {any} value */
  font_color: (range, value) => (range.format.font.color = value),
  /** @param {Excel.Range} range @param {any} value */
  bold: (range, value) => (range.format.font.bold = value),
  /** @param {Excel.Range} range @param {any} value */
  italic: (range, value) => (range.format.font.italic = value),
  /** @param {Excel.Range} range @param {any} value */
  font_size: (range, value) => (range.format.font.size = value),
  /** @param {Excel.Range} range @param {any} value */
  font_name: (range, value) => (range.format.font.name = value),
  /** @param {Excel.Range} range @param {any} value */
  horizontal: (range, value) => (range.format.horizontalAlignment = ALIGNMENTS[value] ?? "General"),
  /** @param {Excel.Range} range @param {any} value */
  vertical: (range, value) => (range.format.verticalAlignment = ALIGNMENTS[value] ?? "Bottom"),
  /** @param {Excel.Range} range @param {any} value */
  wrap: (range, value) => (range.format.wrapText = value),
  /** @param {Excel.Range} range @param {any} value */
  column_width: (range, value) => (range.format.columnWidth = Math.round((value * 7 + 5) * 0.75)), // characters to points
  /** @param {Excel.Range} range @param {any} value */
  row_height: (range, value) => (range.format.rowHeight = value),
};
const TABLE_PROPERTIES = {
  name: "name",
  style: "style",
  show_totals: "showTotals",
  show_autofilter: "showFilterButton",
  show_headers: "showHeaders",
};
const CLEARS = { contents: "Contents", formats: "Formats", all: "All" };
const ON_CELLS = new Set(["write", "formula", "clear", "format", "merge", "unmerge"]);

/** An operation that is not allowed to this button. */
export class Forbidden extends Error {}

/**
 * Checks that a journal writes into the named tables and onto sheets of its own alone.
 *
 * @param {Operation[]} journal
 * @param {string[]} tables names of the Excel tables the button writes into
 * @param {{name: string, sheet: string, address: string}[]} present tables of the workbook
 */
export function checkPlaces(journal, tables, present) {
  const allowed = new Set(tables.map((name) => name.toLowerCase()));
  const added = new Set(journal.filter(({ op }) => op === "sheet_add").map(({ name }) => name.toLowerCase()));
  /** @type {{sheet: string, area: Area}[]} */
  const places = present
    .filter(({ name }) => allowed.has(name.toLowerCase()))
    .map(({ sheet, address }) => ({ sheet: sheet.toLowerCase(), area: areaOf(address) }));
  for (const step of journal) {
    if (step.op === "table_add" && allowed.has(step.name.toLowerCase()) && added.has(step.sheet.toLowerCase())) {
      places.push({ sheet: step.sheet.toLowerCase(), area: areaOf(step.address) });
    } else if (step.op === "table_resize") {
      places.push({ sheet: step.sheet.toLowerCase(), area: grown(step, allowed, places) });
    }
  }
  for (const step of journal) {
    if (ON_CELLS.has(step.op)) {
      const [sheet, area] = [step.sheet.toLowerCase(), areaOf(step.address)];
      if (added.has(sheet) || places.some((place) => place.sheet === sheet && within(area, place.area))) continue;
      throw new Forbidden(`The answer would write to ${step.sheet}!${step.address}, which is none of this button's tables.`);
    }
    if (step.op === "table_add" && !allowed.has(step.name.toLowerCase())) {
      throw new Forbidden(`The answer would add the table ${step.name}, which is none of this button's tables.`);
    }
    if (["sheet_delete", "sheet_rename", "name_delete"].includes(step.op)) {
      throw new Forbidden(`The answer would change the structure of the workbook (${step.op}).`);
    }
  }
}

/**
 * The new area of a table that is resized: it begins where it began.
 * @param {Operation} step
 * @param {Set<string>} allowed
 * @param {{sheet: string, area: Area}[]} places
 */
function grown(step, allowed, places) {
  const area = areaOf(step.address);
  const same = places.some(
    (place) =>
      place.sheet === step.sheet.toLowerCase() && place.area.top === area.top && place.area.left === area.left,
  );
  if (!allowed.has(step.name.toLowerCase()) || !same) {
    throw new Forbidden(`The answer would change the table ${step.name}, which is none of this button's tables.`);
  }
  return area;
}

/**
 * Repeats a journal in the workbook, if what was read is still there. Sheets that are protected without a password are
 * opened for it and protected again just as they were, also where something fails. Whoever is typing into a cell is
 * waited for, and what was typed counts.
 *
 * @param {Operation[]} journal
 * @param {string[]} tables names of the Excel tables the button writes into
 * @param {Fingerprint[]} inputs what the macro read
 * @param {(step: string) => void} [report]
 * @returns {Promise<{cells: number, texts: string[], changed: Place[]}>} cells written, cells that did not take their
 *   text, and ranges that were changed meanwhile: then nothing was written
 */
export async function apply(journal, tables, inputs, report) {
  return Excel.run({ delayForCellEdit: true }, async (context) => {
    report?.("Checking for changes");
    const changed = await changedSince(context, inputs);
    if (changed.length) return { cells: 0, texts: [], changed };
    checkPlaces(journal, tables, await presentTables(context));
    const opened = await unprotect(context, journal);
    const writer = new Writer(context);
    try {
      for (const [index, step] of journal.entries()) {
        await writer.repeat(step);
        report?.(`Writing the answer, ${Math.round((100 * (index + 1)) / journal.length)} %`);
      }
      await writer.flush();
    } finally {
      for (const { sheet, options } of opened) sheet.protection.protect(options);
      await context.sync();
    }
    return { cells: writer.cells, texts: writer.refused, changed };
  });
}

/** @param {Excel.RequestContext} context */
async function presentTables(context) {
  const tables = context.workbook.tables.load("items/name,items/worksheet/name");
  await context.sync();
  const ranges = tables.items.map((table) => table.getRange().load({ address: true }));
  await context.sync();
  return tables.items.map((table, index) => ({
    name: table.name,
    sheet: table.worksheet.name,
    address: addressOf(areaOf(ranges[index].address)),
  }));
}

/**
 * @param {Excel.RequestContext} context
 * @param {Operation[]} journal
 */
async function unprotect(context, journal) {
  const added = new Set(journal.filter(({ op }) => op === "sheet_add").map(({ name }) => name));
  const touched = journal.filter(({ op }) => ON_CELLS.has(op) || op.startsWith("table_")).map(({ sheet }) => sheet);
  const sheets = [...new Set(touched)]
    .filter((name) => !added.has(name))
    .map((name) => context.workbook.worksheets.getItem(name).load({ name: true, protection: { protected: true, options: true } }));
  await context.sync();
  const opened = [];
  for (const sheet of sheets.filter(({ protection }) => protection.protected)) {
    const options = sheet.protection.options;
    sheet.protection.unprotect();
    try {
      await context.sync();
    } catch {
      for (const before of opened) before.sheet.protection.protect(before.options);
      await context.sync();
      throw new Error(`The sheet ${sheet.name} is protected with a password. Take the protection off and press again.`);
    }
    opened.push({ sheet, options });
  }
  return opened;
}

/** Repeats one operation after the other, and sends them to Excel in lots. */
class Writer {
  /** @param {Excel.RequestContext} context */
  constructor(context) {
    this.context = context;
    this.cells = 0;
    /** @type {string[]} */
    this.refused = [];
    this.waiting = 0;
    /** @type {{sheet: string, area: Area, values: any[][]}[]} */
    this.texts = [];
  }

  /** @param {Operation} step */
  async repeat(step) {
    const { worksheets, tables, names } = this.context.workbook;
    const sheet = () => worksheets.getItem(step.sheet);
    const range = () => sheet().getRange(step.address);
    switch (step.op) {
      case "write":
        await this.write(step.sheet, areaOf(step.address), step.values);
        break;
      case "formula":
        if (step.array) range().getCell(0, 0).formulas = [[step.formulas[0][0]]];
        else range().formulas = step.formulas;
        break;
      case "clear":
        range().clear(CLEARS[step.what]);
        break;
      case "format":
        this.format(range(), step);
        break;
      case "merge":
        range().merge();
        break;
      case "unmerge":
        range().unmerge();
        break;
      case "sheet_add":
        await this.addSheet(step);
        break;
      case "sheet_show":
        sheet().visibility = step.visible ? "Visible" : "Hidden";
        break;
      case "table_add":
        await this.flush();
        this.addTable(tables.add(range(), true), step);
        break;
      case "table_resize":
        await this.flush();
        tables.getItem(step.name).resize(range());
        break;
      case "table_set":
        tables.getItem(step.name)[TABLE_PROPERTIES[step.property]] = step.value;
        break;
      case "name_add":
        (step.sheet ? sheet().names : names).add(step.name, step.refers_to);
        break;
      case "activate":
        sheet().activate();
        break;
      case "select":
        range().select();
        break;
      default: // alerts and statuses are shown by the pane; protection is taken off and put back around the whole
    }
    this.waiting += 1;
    if (this.waiting > 400) await this.flush();
  }

  /**
   * @param {string} sheet
   * @param {Area} area
   * @param {any[][]} values
   */
  async write(sheet, area, values) {
    for (const band of bands(area, CELLS_AT_ONCE)) {
      const rows = values.slice(band.top - area.top, band.bottom - area.top + 1);
      const size = rows.length * rows[0].length;
      if (this.waiting + size > CELLS_AT_ONCE) await this.flush();
      if (this.waiting === 0) this.context.application.suspendScreenUpdatingUntilNextSync();
      const typed = rows.map((row) => row.map(asTyped));
      this.context.workbook.worksheets.getItem(sheet).getRange(addressOf(band)).values = typed;
      if (typed.some((row, r) => row.some((value, c) => value !== rows[r][c] && value !== ""))) {
        this.texts.push({ sheet, area: band, values: rows });
      }
      this.waiting += size;
      this.cells += size;
    }
  }

  /** Sends what waits, and looks at cells whose text Excel could have read as a formula, a date or a number. */
  async flush() {
    if (this.waiting) await this.context.sync();
    this.waiting = 0;
    const looked = this.texts.map(({ sheet, area, values }) => {
      const range = this.context.workbook.worksheets.getItem(sheet).getRange(addressOf(area));
      return { sheet, area, values, range: range.load({ values: true }) };
    });
    this.texts = [];
    if (!looked.length) return;
    await this.context.sync();
    for (const { sheet, area, values, range } of looked) {
      values.forEach((row, r) =>
        row.forEach((value, c) => {
          if (typeof value !== "string" || range.values[r][c] === value) return;
          range.getCell(r, c).clear("Contents");
          const place = addressOf({ top: area.top + r, bottom: area.top + r, left: area.left + c, right: area.left + c });
          this.refused.push(`${sheet}!${place}`);
        }),
      );
    }
    await this.context.sync();
  }

  /**
   * @param {Excel.Range} range
   * @param {Operation} step
   */
  format(range, step) {
    if (step.property === "number_format") {
      const { top, bottom, left, right } = areaOf(step.address);
      range.numberFormat = Array.from({ length: bottom - top + 1 }, () => Array(right - left + 1).fill(step.value));
    } else {
      FORMATS[step.property]?.(range, step.value);
    }
  }

  /** @param {Operation} step */
  async addSheet(step) {
    const { worksheets } = this.context.workbook;
    const made = worksheets.add(step.name);
    if (!step.after) return;
    const before = worksheets.getItem(step.after).load({ position: true });
    await this.context.sync();
    made.position = before.position + 1;
  }

  /**
   * @param {Excel.Table} table
   * @param {Operation} step
   */
  addTable(table, step) {
    table.name = step.name;
    table.style = step.style;
  }
}
