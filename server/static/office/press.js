// Pressing a button: the workbook goes to the server, the same macro as on the desktop runs there, and what it wrote
// is written here, if nobody typed into what it read meanwhile.

import { apply } from "./journal.js";
import { ask, recall } from "./server.js";
import { selection, workbookFile } from "./workbook.js";

/**
 * @typedef {{severity: string, message: string, hint?: string, sheet?: string, table?: string, cell?: string}} Issue
 * @typedef {object} Outcome
 * @property {"done" | "failed" | "refused"} state
 * @property {string} title
 * @property {string} message
 * @property {Issue[]} issues
 * @property {{name: string, data: string} | null} file
 */

/**
 * Presses a button.
 * @param {{name: string, label: string, tables: string[]}} button
 * @param {(step: string) => void} report
 * @returns {Promise<Outcome>}
 */
export async function press(button, report) {
  report("Reading the workbook");
  const form = new FormData();
  form.append("selection", JSON.stringify(await selection()));
  form.append("cycle", recall("cycle"));
  const file = await workbookFile((share) => report(`Reading the workbook, ${Math.round(share * 100)} %`));
  form.append("workbook", file, fileName());
  report("Calculating on the server");
  const answer = await ask(`/office/buttons/${button.name}`, { form });
  if (answer.journal.some((/** @type {{op: string}} */ step) => !["alert", "status"].includes(step.op))) {
    report("Waiting for Excel");
    const { texts, changed } = await apply(answer.journal, button.tables, answer.inputs, report);
    if (changed.length) return refused(changed);
    if (texts.length) answer.issues.push(...texts.map(unwritten));
  }
  // A dialog repeats the message and lists the issues, which the pane shows below it.
  const alerts = answer.alerts
    .map((/** @type {{text: string}} */ alert) => alert.text)
    .filter((/** @type {string} */ text) => !text.startsWith(answer.message));
  return {
    state: answer.failed ? "failed" : "done",
    title: button.label,
    message: [...new Set([answer.message, ...alerts])].filter(Boolean).join("\n"),
    issues: answer.issues,
    file: answer.file ?? null,
  };
}

/** Name of the workbook's file as far as Excel tells it. */
function fileName() {
  const last = (Office.context.document.url ?? "").split(/[\\/]/).pop() ?? "";
  try {
    return decodeURIComponent(last.split("?")[0]) || "workbook.xlsx";
  } catch {
    return last || "workbook.xlsx";
  }
}

/**
 * @param {{sheet: string, address: string, table: string}[]} changed
 * @returns {Outcome}
 */
function refused(changed) {
  const one = changed.length === 1;
  return {
    state: "refused",
    title: "Nothing was written",
    message:
      `The workbook was changed while the server calculated: ${changed.length} ${one ? "table differs" : "tables differ"} ` +
      "from what was sent. Your entries are as you typed them. Press the button again.",
    issues: changed.map(({ sheet, address, table }) => ({
      severity: "warning",
      message: `${table || address} was changed meanwhile.`,
      sheet,
      cell: address.split(":")[0],
      table,
    })),
    file: null,
  };
}

/**
 * @param {string} place
 * @returns {Issue}
 */
function unwritten(place) {
  const [sheet, cell] = [place.slice(0, place.lastIndexOf("!")), place.slice(place.lastIndexOf("!") + 1)];
  const message = "Excel would have read this text as a formula or a number, so the cell was left empty.";
  return { severity: "warning", message, hint: "To see it, press the same button in desktop Excel, or with sop-xl press.", sheet, cell };
}
