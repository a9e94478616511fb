// Reading from the workbook: the file itself, the selection, and the fingerprints of ranges.

import { areaOf, addressOf, bands, canonicalRows, fingerprint } from "./cells.js";

const SLICE = 4 * 1024 * 1024;
const CELLS_AT_ONCE = 20000; // Excel on the web refuses answers of more than 5 MB

/**
 * The workbook as it stands, entries not saved yet included.
 * @param {(share: number) => void} [report]
 * @returns {Promise<Blob>}
 */
export async function workbookFile(report) {
  const file = await new Promise((resolve, reject) => {
    Office.context.document.getFileAsync(Office.FileType.Compressed, { sliceSize: SLICE }, (result) => {
      if (result.status === Office.AsyncResultStatus.Succeeded) resolve(result.value);
      else reject(new Error(`Excel does not hand out the workbook: ${result.error.message}`));
    });
  });
  try {
    const slices = [];
    for (let index = 0; index < file.sliceCount; index += 1) {
      slices.push(new Uint8Array(await slice(file, index)));
      report?.((index + 1) / file.sliceCount);
    }
    return new Blob(slices, { type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" });
  } finally {
    file.closeAsync(() => {}); // Office keeps at most two files open
  }
}

/**
 * @param {Office.File} file
 * @param {number} index
 * @returns {Promise<number[]>}
 */
function slice(file, index) {
  return new Promise((resolve, reject) => {
    file.getSliceAsync(index, (result) => {
      if (result.status === Office.AsyncResultStatus.Succeeded) resolve(result.value.data);
      else reject(new Error(`Excel does not hand out the workbook: ${result.error.message}`));
    });
  });
}

/**
 * Sheet and address of the selected cells; null where no single block is selected.
 * @returns {Promise<{sheet: string, address: string} | null>}
 */
export async function selection() {
  try {
    return await Excel.run(async (context) => {
      const range = context.workbook.getSelectedRange().load({ address: true });
      const sheet = range.worksheet.load({ name: true });
      await context.sync();
      return { sheet: sheet.name, address: addressOf(areaOf(range.address)) };
    });
  } catch {
    return null; // several blocks, whole columns, or a chart
  }
}

/**
 * Where ranges differ from the fingerprints the server took.
 * @param {Excel.RequestContext} context
 * @param {{sheet: string, address: string, hash: string, table: string}[]} inputs
 * @returns {Promise<{sheet: string, address: string, table: string}[]>}
 */
export async function changedSince(context, inputs) {
  const changed = [];
  for (const input of inputs) {
    const rows = await readRows(context, input.sheet, input.address);
    if (rows === null || (await fingerprint(rows)) !== input.hash) changed.push(input);
  }
  return changed;
}

/**
 * @param {Excel.RequestContext} context
 * @param {string} name
 * @param {string} address
 * @returns {Promise<string[] | null>}
 */
async function readRows(context, name, address) {
  const sheet = context.workbook.worksheets.getItemOrNullObject(name);
  await context.sync();
  if (sheet.isNullObject) return null;
  const rows = [];
  for (const band of bands(areaOf(address), CELLS_AT_ONCE)) {
    const range = sheet.getRange(addressOf(band)).load({ values: true, formulas: true });
    await context.sync();
    rows.push(...canonicalRows(range.values, range.formulas));
  }
  return rows;
}

/**
 * Brings a cell to the front.
 * @param {string} sheet
 * @param {string} cell
 */
export async function show(sheet, cell) {
  await Excel.run(async (context) => {
    const found = context.workbook.worksheets.getItemOrNullObject(sheet);
    await context.sync();
    if (found.isNullObject) throw new Error(`There is no sheet ${sheet} in this workbook.`);
    found.activate();
    found.getRange(cell || "A1").select();
    await context.sync();
  });
}
