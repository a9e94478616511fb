// Talking to the server that this page came from, and what is remembered between sessions.

const TIMEOUT = 15 * 60 * 1000;

/** A refusal of the server in plain words, with the issues it named. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {number} status
   * @param {object[]} issues
   * @param {string} type
   */
  constructor(message, status = 0, issues = [], type = "") {
    super(message);
    this.status = status;
    this.issues = issues;
    this.type = type;
  }
}

/** @param {string} name */
function key(name) {
  // Excel on the web runs add-ins of several places in one browser; the key keeps their storage apart.
  return `${Office.context?.partitionKey ?? ""}sop-xl.${name}`;
}

/**
 * What was remembered under a name; empty where nothing was, or the browser allows no storage.
 * @param {string} name
 */
export function recall(name) {
  try {
    return localStorage.getItem(key(name)) ?? "";
  } catch {
    return "";
  }
}

/**
 * Remembers a text under a name; an empty one is forgotten.
 * @param {string} name
 * @param {string} text
 */
export function remember(name, text) {
  try {
    if (text) localStorage.setItem(key(name), text);
    else localStorage.removeItem(key(name));
  } catch {
    // A browser that allows no storage asks again the next time.
  }
}

/**
 * Asks the server and returns its JSON.
 * @param {string} path below /api/v1
 * @param {{method?: string, json?: unknown, form?: FormData}} [sent]
 */
export async function ask(path, { method, json, form } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  const token = recall("token");
  if (token) headers.Authorization = `Bearer ${token}`;
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const body = json === undefined ? form : JSON.stringify(json);
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers,
      body,
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch (problem) {
    const late = problem instanceof DOMException && problem.name === "TimeoutError";
    throw new Refused(late ? "The server took too long." : "The server cannot be reached. Check your connection.");
  }
  if (answer.status === 204) return null;
  if (answer.ok) return answer.json();
  let told;
  try {
    told = await answer.json();
  } catch {
    throw new Refused(`The server answered ${answer.status}.`, answer.status);
  }
  const text = [told.title, told.detail].filter(Boolean).join(". ").replaceAll("..", ".");
  throw new Refused(text || `The server answered ${answer.status}.`, answer.status, told.issues ?? [], told.type ?? "");
}
