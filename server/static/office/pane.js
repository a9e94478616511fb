// The task pane: what the last button said, issues that lead to their cells, the buttons, and the sign-in.

import { associate } from "./functions.js";
import { press } from "./press.js";
import { ask, recall, Refused, remember } from "./server.js";
import { show } from "./workbook.js";

/** @typedef {{name: string, label: string, group: string, tip: string, tables: string[]}} Button */

const catalogue = JSON.parse(element("pane").dataset.catalogue ?? "{}");
/** @type {Button[]} */
const buttons = catalogue.buttons ?? [];
const MARKS = { done: "Done", failed: "Not done", refused: "Changed meanwhile" };
const KINDS = { done: "good", failed: "bad", refused: "warn" };
let working = false;

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

/** @param {string} id */
function field(id) {
  return /** @type {HTMLInputElement} */ (element(id));
}

/**
 * @param {string} tag
 * @param {string} [kind]
 * @param {string} [text]
 */
function made(tag, kind = "", text = "") {
  const node = document.createElement(tag);
  if (kind) node.className = kind;
  node.textContent = text;
  return node;
}

/**
 * Presses a button and shows what came of it; one at a time.
 * @param {string} name
 */
async function pressed(name) {
  const button = buttons.find((each) => each.name === name);
  if (!button || working) return;
  working = true;
  document.body.classList.add("working");
  const started = Date.now();
  let step = "";
  const tick = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    element("step").textContent = seconds < 2 ? step : `${step} · ${seconds} s`;
  };
  const clock = window.setInterval(tick, 500);
  element("doing").textContent = button.label;
  element("progress").hidden = false;
  try {
    const outcome = await press(button, (told) => {
      step = told;
      tick();
    });
    showOutcome(outcome);
  } catch (problem) {
    const issues = problem instanceof Refused ? problem.issues : [];
    if (problem instanceof Refused && problem.status === 401) askToSignIn();
    showOutcome({ state: "failed", title: button.label, message: words(problem), issues, file: null });
  } finally {
    window.clearInterval(clock);
    element("progress").hidden = true;
    document.body.classList.remove("working");
    working = false;
  }
}

/** @param {unknown} problem */
function words(problem) {
  return problem instanceof Error ? problem.message : String(problem);
}

/** @param {any} outcome */
function showOutcome(outcome) {
  const card = element("result");
  card.hidden = false;
  card.className = `card result ${KINDS[outcome.state]}`;
  element("result-title").textContent = outcome.title;
  const mark = element("result-mark");
  const toCorrect = outcome.state === "failed" && outcome.issues.some((/** @type {any} */ issue) => issue.severity === "error");
  mark.textContent = toCorrect ? "To correct" : MARKS[outcome.state];
  mark.className = `badge ${KINDS[outcome.state]}`;
  element("result-text").replaceChildren(...outcome.message.split("\n").map((line) => made("p", "", line)));
  element("result-time").textContent = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  showIssues(outcome.issues);
  showFile(outcome.file);
  element("main").scrollIntoView();
}

/** @param {any[]} issues */
function showIssues(issues) {
  const errors = issues.filter(({ severity }) => severity === "error").length;
  const others = issues.length - errors;
  const counts = [errors && `${errors} to correct`, others && `${others} to look at`].filter(Boolean).join(", ");
  element("issues-count").textContent = counts;
  element("issues").hidden = issues.length === 0;
  element("issue-list").replaceChildren(...issues.slice(0, 200).map(issueRow));
  element("issues-more").textContent = issues.length > 200 ? `and ${issues.length - 200} more` : "";
}

/** @param {any} issue */
function issueRow(issue) {
  const row = made("li", `issue ${issue.severity}`);
  const place = [issue.sheet, issue.cell].filter(Boolean).join("!");
  if (issue.sheet) {
    const link = made("button", "place", place);
    link.setAttribute("type", "button");
    link.title = "Show this cell";
    link.addEventListener("click", () => show(issue.sheet, issue.cell).catch((problem) => hint(words(problem))));
    row.append(link);
  } else if (place || issue.table) {
    row.append(made("span", "place", place || issue.table));
  }
  row.append(made("p", "", issue.message));
  if (issue.hint) row.append(made("p", "hint", issue.hint));
  return row;
}

/** @param {{name: string, data: string} | null} file */
function showFile(file) {
  const row = element("result-actions");
  row.replaceChildren();
  if (file) {
    const open = made("button", "", "Open in Excel");
    open.setAttribute("type", "button");
    open.addEventListener("click", () => Excel.createWorkbook(file.data).catch((problem) => hint(words(problem))));
    const save = /** @type {HTMLAnchorElement} */ (made("a", "button quiet", "Save the file"));
    save.href = URL.createObjectURL(new Blob([Uint8Array.from(atob(file.data), (c) => c.charCodeAt(0))]));
    save.download = file.name;
    row.append(open, save);
  }
  row.hidden = row.childElementCount === 0;
}

/** @param {string} text */
function hint(text) {
  element("notice").textContent = text;
}

function askToSignIn() {
  document.body.classList.add("signed-out");
  element("sign-in").hidden = false;
  /** @type {HTMLDetailsElement} */ (element("account")).open = true;
  element("who").textContent = "not signed in";
}

/** Fills in who is signed in and which cycles there are. */
async function refreshAccount() {
  try {
    const me = await ask("/me");
    document.body.classList.remove("signed-out");
    element("who").textContent = me.name;
    element("sign-in").hidden = true;
    element("sign-out").hidden = false;
  } catch (problem) {
    const status = problem instanceof Refused ? problem.status : 0;
    element("sign-out").hidden = !recall("token");
    askToSignIn();
    if (status !== 401) return hint(words(problem));
  }
  await refreshCycles();
}

async function refreshCycles() {
  const choice = /** @type {HTMLSelectElement} */ (element("cycle"));
  try {
    const cycles = await ask("/cycles");
    const options = [new Option("as in the workbook", "")];
    options.push(...cycles.map((/** @type {{id: string, name: string}} */ cycle) => new Option(cycle.name, cycle.id)));
    choice.replaceChildren(...options);
    choice.value = cycles.some((/** @type {{id: string}} */ cycle) => cycle.id === recall("cycle")) ? recall("cycle") : "";
    hint("");
  } catch (problem) {
    if (!(problem instanceof Refused && problem.status === 401)) hint(words(problem));
  }
}

/** @param {SubmitEvent} event */
async function signIn(event) {
  event.preventDefault();
  const [name, password, token] = [field("name").value.trim(), field("password").value, field("token").value.trim()];
  const chosen = field("new-password").value;
  try {
    const made = token ? { token, id: "" } : await ask("/sign-in", { json: { name, password, new_password: chosen, label: "Excel add-in" } });
    remember("token", made.token);
    remember("token-id", made.id);
    field("password").value = field("token").value = field("new-password").value = "";
    element("first-password").hidden = true;
    hint("");
    await refreshAccount();
    if (!element("sign-out").hidden) /** @type {HTMLDetailsElement} */ (element("account")).open = false;
  } catch (problem) {
    if (problem instanceof Refused && problem.type === "/problems/password-change-needed") {
      element("first-password").hidden = false;
      field("new-password").focus();
      return hint("This is a one-time password. Choose a new one.");
    }
    hint(words(problem));
  }
}

/** Forgets the token and, where the pane signed in for it, makes it worthless on the server. */
async function signOut() {
  const id = recall("token-id");
  try {
    if (id) await ask(`/tokens/${id}`, { method: "DELETE" });
  } catch (problem) {
    if (!(problem instanceof Refused && problem.status === 401)) return hint(`Still signed in. ${words(problem)}`);
  }
  remember("token", "");
  remember("token-id", "");
  await refreshAccount();
}

function listen() {
  element("buttons").addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("button[data-button]") : null;
    if (target instanceof HTMLElement) void pressed(target.dataset.button ?? "");
  });
  element("sign-in").addEventListener("submit", (event) => void signIn(/** @type {SubmitEvent} */ (event)));
  element("sign-out").addEventListener("click", () => void signOut());
  element("cycle").addEventListener("change", () => remember("cycle", field("cycle").value));
}

if (typeof Office === "undefined") {
  hint("Excel's own script, office.js, could not be loaded from Microsoft. Check the connection or the proxy.");
} else void Office.onReady(({ host }) => {
  if (host !== Office.HostType.Excel) return hint("This page works inside Excel: open it from the S&OP tab.");
  associate(catalogue.functions);
  for (const { name } of buttons) {
    Office.actions.associate(name, async (/** @type {Office.AddinCommands.Event} */ event) => {
      await Office.addin.showAsTaskpane();
      await pressed(name);
      event.completed();
    });
  }
  listen();
  element("pane").classList.add("ready");
  return refreshAccount();
});
