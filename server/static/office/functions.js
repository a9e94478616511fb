// Custom functions: every SOP.<NAME> asks the server; the calls of a recalculation travel together.

import { ask, Refused } from "./server.js";

const WAIT = 25; // milliseconds in which further calls join the same request
const MOST_CALLS = 200;
const MOST_CELLS = 200000;
const MARK = "#S&OP: ";

/** @typedef {{call: {name: string, arguments: unknown[]}, cells: number, resolve: (value: unknown[][]) => void}} Waiting */

/** @type {Waiting[]} */
let waiting = [];
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Ties the custom functions of `functions.json` to the server.
 * @param {{name: string, arguments: number}[]} functions
 */
export function associate(functions) {
  for (const { name, arguments: count } of functions) {
    // The last thing Excel passes is the invocation, after one value for every argument.
    CustomFunctions.associate(name, (...given) => called(name, given.slice(0, count)));
  }
}

/**
 * @param {string} name
 * @param {unknown[]} given
 * @returns {Promise<unknown[][]>}
 */
function called(name, given) {
  const sent = given.map((argument) => (Array.isArray(argument) ? argument.map((row) => row.map(plain)) : plain(argument)));
  const cells = sent.reduce((/** @type {number} */ sum, one) => sum + (Array.isArray(one) ? one.flat().length : 1), 0);
  return new Promise((resolve) => {
    waiting.push({ call: { name, arguments: sent }, cells, resolve });
    clearTimeout(timer);
    const full = waiting.length >= MOST_CALLS || waiting.reduce((sum, one) => sum + one.cells, 0) >= MOST_CELLS;
    if (full) void send();
    else timer = setTimeout(send, WAIT);
  });
}

/** @param {unknown} cell */
function plain(cell) {
  if (cell === undefined || cell === "") return null;
  if (typeof cell === "number" && !Number.isFinite(cell)) return null;
  if (typeof cell !== "object" || cell === null) return cell;
  return "code" in cell ? String(cell.code) : null; // an error of a cell, such as #N/A
}

async function send() {
  const lot = waiting;
  waiting = [];
  if (!lot.length) return;
  let answers;
  try {
    answers = await ask("/functions", { json: lot.map(({ call }) => call) });
  } catch (problem) {
    const text = `${MARK}${told(problem)}`;
    answers = lot.map(() => ({ value: text }));
  }
  lot.forEach(({ resolve }, index) => resolve(rows(answers[index].value)));
}

/** @param {unknown} problem */
function told(problem) {
  if (problem instanceof Refused && problem.status === 401) return "sign in first: S&OP tab, Open pane";
  return problem instanceof Error ? problem.message : String(problem);
}

/**
 * @param {unknown} value
 * @returns {unknown[][]}
 */
function rows(value) {
  return Array.isArray(value) ? value : [[value]];
}
