// A stand-in for Excel as an add-in sees it: the part of Office.js that the task pane uses, over cells in memory.
//
// It keeps to what is documented and is strict where Excel is: a property must be loaded and synchronised before it is
// read, values must have the shape of their range, text is read as if it were typed (`=1` becomes a formula, `3-4` a
// date, `'=1` text), locked cells of protected sheets refuse, requests and answers are at most 5 MB, objects end with
// their run. The test fills `window.__book` before it and moves the "person's" hands through `window.__host`.
"use strict";

(() => {
  const LIMIT = 5 * 1024 * 1024;
  const book = window.__book;
  const pressed = new Map();
  const functions = new Map();
  const openFiles = new Set();
  const log = { syncs: 0, activated: [], selected: [], created: [], suspended: 0 };

  class OfficeError extends Error {
    constructor(code, message) {
      super(message || code);
      this.name = "RichApi.Error";
      this.code = code;
    }
  }
  const fail = (code, message) => {
    throw new OfficeError(code, message);
  };
  const same = (a, b) => a.toLowerCase() === b.toLowerCase();

  // ------------------------------------------------------------------------------------------------ addresses, cells
  const number = (letters) => [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  const letters = (n) => (n > 0 ? letters(Math.floor((n - 1) / 26)) + String.fromCharCode(65 + ((n - 1) % 26)) : "");
  function parse(address) {
    const columns = /^\$?([A-Z]{1,3}):\$?([A-Z]{1,3})$/i.exec(address);
    if (columns) return { top: 1, bottom: 1048576, left: number(columns[1].toUpperCase()), right: number(columns[2].toUpperCase()) };
    const found = /^\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?$/i.exec(address);
    if (!found) fail("InvalidArgument", `The address ${address} is invalid.`);
    const [left, top] = [number(found[1].toUpperCase()), Number(found[2])];
    const [right, bottom] = found[3] ? [number(found[3].toUpperCase()), Number(found[4])] : [left, top];
    return { top: Math.min(top, bottom), left: Math.min(left, right), bottom: Math.max(top, bottom), right: Math.max(left, right) };
  }
  const text = (a) => {
    const first = letters(a.left) + a.top;
    return a.top === a.bottom && a.left === a.right ? first : `${first}:${letters(a.right)}${a.bottom}`;
  };
  const quoted = (name) => (/^\w+$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`);
  function sheetOf(name) {
    return book.sheets.find((sheet) => same(sheet.name, name)) || fail("ItemNotFound", `There is no sheet ${name}.`);
  }
  function cellOf(sheet, row, column) {
    const key = letters(column) + row;
    if (!sheet.cells[key]) sheet.cells[key] = { v: "", f: "", nf: "General", locked: true };
    return sheet.cells[key];
  }
  function* cellsOf({ sheet, area }) {
    for (let row = area.top; row <= area.bottom; row += 1) {
      for (let column = area.left; column <= area.right; column += 1) yield [row, column, cellOf(sheet, row, column)];
    }
  }
  const grid = ({ sheet, area }, read) =>
    Array.from({ length: area.bottom - area.top + 1 }, (_, r) =>
      Array.from({ length: area.right - area.left + 1 }, (_, c) => read(cellOf(sheet, area.top + r, area.left + c))),
    );
  const tooLarge = ({ area }) => (area.bottom - area.top + 1) * (area.right - area.left + 1) > 5e6;
  function refuseLocked({ sheet, area }) {
    if (tooLarge({ area })) fail("InvalidArgument", "The range has more than five million cells.");
    if (!sheet.protection.protected) return;
    for (const [row, column, cell] of cellsOf({ sheet, area })) {
      if (cell.locked) fail("AccessDenied", `${sheet.name}!${letters(column)}${row} is protected.`);
    }
  }

  /** What Excel makes of a value that is given to it: the same as if it had been typed. */
  function enter(cell, value) {
    if (value === null) return; // null leaves a cell as it is
    [cell.f, cell.quoted] = ["", false];
    if (typeof value !== "string") {
      if (typeof value === "number" && !Number.isFinite(value)) fail("InvalidArgument", "The number is not finite.");
      if (!["number", "boolean"].includes(typeof value)) fail("InvalidArgument", `A cell cannot hold ${typeof value}.`);
      cell.v = value;
    } else if (cell.nf === "drops quotes" && value.startsWith("'=")) {
      [cell.f, cell.v] = [value.slice(1), "#NAME?"]; // an Excel that this stand-in's author did not foresee
    } else if (value.startsWith("'")) {
      [cell.v, cell.quoted] = [value.slice(1), true];
    } else if (cell.nf === "@") {
      cell.v = value;
    } else if (/^[-+]?\d*\.?\d+(e[-+]?\d+)?%?$/i.test(value.trim())) {
      cell.v = Number.parseFloat(value) / (value.trim().endsWith("%") ? 100 : 1);
    } else if (/^(\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?|\d{1,2}:\d{2})$/.test(value) || /^[a-z]{3,9}[- ]\d{1,4}$/i.test(value)) {
      cell.v = 45000; // some date
    } else if (/^(true|false)$/i.test(value)) {
      cell.v = value.toLowerCase() === "true";
    } else if (/^[=+\-@]./.test(value)) {
      [cell.f, cell.v] = [value.startsWith("=") ? value : `=${value}`, "#NAME?"];
    } else {
      cell.v = value;
    }
  }
  function fill(range, given, set) {
    refuseLocked(range);
    const { area } = range;
    const [rows, columns] = [area.bottom - area.top + 1, area.right - area.left + 1];
    const shaped =
      !Array.isArray(given) ||
      (given.length === rows && given.every((row) => Array.isArray(row) && row.length === columns));
    if (!shaped) fail("InvalidArgument", "The number of rows or columns does not fit the range.");
    for (const [row, column, cell] of cellsOf(range)) {
      set(cell, Array.isArray(given) ? given[row - area.top][column - area.left] : given);
    }
  }

  // ------------------------------------------------------------------------------------------------ proxy objects
  class ClientObject {
    constructor(context, find) {
      this.context = context;
      this.$find = find;
      this.$values = {};
      this.$null = false;
    }
    /** Queues a load: "a,b/c", ["a"], or {a: true, b: {c: true}}. */
    load(wanted) {
      const paths = pathsOf(wanted ?? Object.keys(this.constructor.properties || {}));
      for (const path of paths) this.$check(path);
      this.$queue(() => {
        const state = this.$find();
        if (state === null) {
          this.$null = true;
          return 0;
        }
        return paths.reduce((size, path) => size + this.$read(state, path), 0);
      });
      return this;
    }
    $queue(work, size = 0) {
      if (this.context.$ended) fail("InvalidObjectPath", "The object was used after its run had ended.");
      this.context.$queue.push(work);
      this.context.$size += size;
    }
    $check([name, ...rest]) {
      const known = this.constructor.properties?.[name] || this.constructor.children?.includes(name);
      if (!known) fail("InvalidArgument", `${this.constructor.name} has no property ${name}.`);
      if (rest.length && this.constructor.children?.includes(name)) this[name].$check(rest);
    }
    $read(state, [name, ...rest]) {
      if (this.constructor.children?.includes(name)) {
        const child = this[name];
        return child.$read(child.$find(), rest);
      }
      const value = this.constructor.properties[name].read(state);
      this.$values[name] = value;
      return JSON.stringify(value)?.length ?? 0;
    }
    get isNullObject() {
      if (!this.context.$synced.has(this)) fail("PropertyNotLoaded", "isNullObject is known after a sync only.");
      return this.$null;
    }
  }
  function pathsOf(wanted) {
    if (typeof wanted === "string") return wanted.split(",").map((path) => path.trim().split("/"));
    if (Array.isArray(wanted)) return wanted.flatMap(pathsOf);
    return Object.entries(wanted).flatMap(([name, inner]) =>
      inner === true ? [[name]] : pathsOf(inner).map((path) => [name, ...path]),
    );
  }
  /** Declares properties of a class: how they are read, and written where they can be. */
  function properties(type, declared) {
    type.properties = declared;
    for (const [name, { write }] of Object.entries(declared)) {
      Object.defineProperty(type.prototype, name, {
        get() {
          if (this.$null) fail("InvalidObjectPath", "The object is a null object.");
          if (!(name in this.$values)) {
            fail("PropertyNotLoaded", `The property '${name}' is not available. Call load and context.sync() first.`);
          }
          return this.$values[name];
        },
        set(value) {
          if (!write) fail("InvalidOperation", `The property ${name} cannot be set.`);
          this.$queue(() => write(this.$find(), structuredClone(value)), JSON.stringify(value)?.length ?? 0);
        },
      });
    }
  }

  class Font extends ClientObject {}
  class Fill extends ClientObject {
    clear() {
      this.$queue(() => fill(this.$find(), null, (cell) => (cell.color = "")));
    }
  }
  const look = (name) => ({
    read: (range) => cellOf(range.sheet, range.area.top, range.area.left)[name] ?? null,
    write: (range, value) => fill(range, value, (cell) => (cell[name] = value)),
  });
  const font = { bold: look("bold"), italic: look("italic"), color: look("fontColor"), size: look("size"), name: look("font") };
  properties(Font, font);
  properties(Fill, { color: look("color") });
  class RangeFormat extends ClientObject {
    get font() {
      return new Font(this.context, this.$find);
    }
    get fill() {
      return new Fill(this.context, this.$find);
    }
  }
  const oneOf = (name, values) => ({
    read: look(name).read,
    write: (range, value) => (values.includes(value) ? look(name).write(range, value) : fail("InvalidArgument", value)),
  });
  /** Widths and heights belong to whole columns and rows; the stand-in only checks them. */
  const measure = {
    read: () => 48,
    write: ({ sheet }, value) => {
      if (sheet.protection.protected) fail("AccessDenied", "The sheet is protected.");
      if (!(value > 0 && value < 1800)) fail("InvalidArgument", `${value} is no width or height.`);
    },
  };
  properties(RangeFormat, {
    wrapText: look("wrap"),
    columnWidth: measure,
    rowHeight: measure,
    horizontalAlignment: oneOf("horizontal", ["General", "Left", "Center", "Right", "Fill", "Justify", "Distributed"]),
    verticalAlignment: oneOf("vertical", ["Top", "Center", "Bottom", "Justify", "Distributed"]),
  });

  class Range extends ClientObject {
    get format() {
      return new RangeFormat(this.context, this.$find);
    }
    get worksheet() {
      return (this.$sheet ??= new Worksheet(this.context, () => this.$find().sheet));
    }
    getCell(row, column) {
      return new Range(this.context, () => {
        const { sheet, area } = this.$find();
        const [top, left] = [area.top + row, area.left + column];
        return { sheet, area: { top, left, bottom: top, right: left } };
      });
    }
    clear(what = "All") {
      if (!["All", "Formats", "Contents"].includes(what)) fail("InvalidArgument", `${what} cannot be cleared.`);
      this.$queue(() => {
        refuseLocked(this.$find());
        for (const [, , cell] of cellsOf(this.$find())) {
          if (what !== "Formats") [cell.v, cell.f] = ["", ""];
          if (what !== "Contents") cell.nf = "General";
        }
      });
    }
    merge() {
      this.$queue(() => refuseLocked(this.$find()));
    }
    unmerge() {
      this.$queue(() => refuseLocked(this.$find()));
    }
    select() {
      this.$queue(() => {
        const { sheet, area } = this.$find();
        if (sheet.visibility !== "Visible") fail("InvalidSelection", "The sheet is hidden.");
        book.selection = { sheet: sheet.name, address: text(area) };
        log.selected.push(`${sheet.name}!${text(area)}`);
      });
    }
  }
  properties(Range, {
    address: { read: ({ sheet, area }) => `${quoted(sheet.name)}!${text(area)}` },
    values: {
      read: (range) => grid(range, (cell) => cell.v),
      write: (range, value) => fill(range, value, enter),
    },
    formulas: {
      read: (range) => grid(range, (cell) => cell.f || cell.v),
      write: (range, value) => fill(range, value, enter),
    },
    numberFormat: {
      read: (range) => grid(range, (cell) => cell.nf),
      write: (range, value) => fill(range, value, (cell, one) => one === null || (cell.nf = one)),
    },
    text: { read: (range) => grid(range, (cell) => String(cell.v)) },
    rowCount: { read: ({ area }) => area.bottom - area.top + 1 },
    columnCount: { read: ({ area }) => area.right - area.left + 1 },
  });

  class WorksheetProtection extends ClientObject {
    protect(options, password) {
      this.$queue(() => {
        const sheet = this.$find();
        if (sheet.protection.protected) fail("InvalidOperation", "The sheet is protected already.");
        sheet.protection = { protected: true, options: options ?? {}, password: password ?? "" };
      });
    }
    unprotect(password) {
      this.$queue(() => {
        const { protection } = this.$find();
        if (protection.protected && (protection.password ?? "") !== (password ?? "")) {
          fail("AccessDenied", "The password is wrong.");
        }
        protection.protected = false;
      });
    }
  }
  properties(WorksheetProtection, {
    protected: { read: (sheet) => sheet.protection.protected },
    options: { read: (sheet) => structuredClone(sheet.protection.options ?? {}) },
  });

  class NamedItemCollection extends ClientObject {
    add(name, reference) {
      if (!/^[A-Za-z_\\][\w.\\]*$/.test(name)) fail("InvalidArgument", `${name} is no name.`);
      this.$queue(() => (this.$find()[name] = String(reference)));
    }
  }

  class Worksheet extends ClientObject {
    static children = ["protection"];
    get protection() {
      return (this.$protection ??= new WorksheetProtection(this.context, this.$find));
    }
    get names() {
      return new NamedItemCollection(this.context, () => (this.$find().names ??= {}));
    }
    getRange(address) {
      return new Range(this.context, () => {
        const sheet = this.$find();
        return sheet && { sheet, area: parse(address) };
      });
    }
    activate() {
      this.$queue(() => {
        if (this.$find().visibility !== "Visible") fail("InvalidOperation", "A hidden sheet cannot be activated.");
        log.activated.push(this.$find().name);
      });
    }
  }
  properties(Worksheet, {
    name: { read: (sheet) => sheet.name, write: (sheet, value) => (sheet.name = value) },
    position: {
      read: (sheet) => book.sheets.indexOf(sheet),
      write: (sheet, value) => {
        book.sheets.splice(book.sheets.indexOf(sheet), 1);
        book.sheets.splice(value, 0, sheet);
      },
    },
    visibility: { read: (sheet) => sheet.visibility, write: (sheet, value) => (sheet.visibility = value) },
  });

  class WorksheetCollection extends ClientObject {
    getItem(name) {
      return new Worksheet(this.context, () => sheetOf(name));
    }
    getItemOrNullObject(name) {
      const find = () => book.sheets.find((sheet) => same(sheet.name, name)) ?? null;
      const found = new Worksheet(this.context, find);
      found.$queue(() => {
        found.$null = find() === null;
        found.context.$synced.add(found);
      });
      return found;
    }
    add(name) {
      if (!name || name.length > 31 || /[\\/?*[\]:]/.test(name)) fail("InvalidArgument", `${name} cannot name a sheet.`);
      const made = { name, visibility: "Visible", cells: {}, protection: { protected: false }, names: {} };
      this.$queue(() => {
        if (book.structureProtected) fail("AccessDenied", "The structure of the workbook is protected.");
        if (book.sheets.some((sheet) => same(sheet.name, name))) fail("ItemAlreadyExists", `${name} exists already.`);
        book.sheets.push(made);
      });
      return new Worksheet(this.context, () => made);
    }
  }

  class Table extends ClientObject {
    static children = ["worksheet"];
    get worksheet() {
      return (this.$sheet ??= new Worksheet(this.context, () => sheetOf(this.$find().sheet)));
    }
    getRange() {
      return new Range(this.context, () => ({ sheet: sheetOf(this.$find().sheet), area: parse(this.$find().address) }));
    }
    resize(range) {
      this.$queue(() => {
        const table = this.$find();
        const { sheet, area } = typeof range === "string" ? { sheet: sheetOf(table.sheet), area: parse(range) } : range.$find();
        const before = parse(table.address);
        if (sheet.protection.protected) fail("AccessDenied", "Tables of a protected sheet cannot be resized.");
        if (!same(sheet.name, table.sheet) || area.top !== before.top) fail("InvalidArgument", "The header row must stay.");
        if (overlaps(sheet.name, area, table)) fail("InvalidArgument", "Tables cannot overlap.");
        table.address = text(area);
      });
    }
  }
  properties(Table, {
    name: { read: (table) => table.name, write: (table, value) => (table.name = value) },
    style: { read: (table) => table.style, write: (table, value) => (table.style = value) },
    showTotals: { read: (table) => table.totals ?? false, write: (table, value) => (table.totals = value) },
    showHeaders: { read: () => true, write: () => {} },
    showFilterButton: { read: () => true, write: () => {} },
  });
  function overlaps(sheet, area, own) {
    return book.tables.some((table) => {
      if (table === own || !same(table.sheet, sheet)) return false;
      const other = parse(table.address);
      return area.top <= other.bottom && other.top <= area.bottom && area.left <= other.right && other.left <= area.right;
    });
  }

  class TableCollection extends ClientObject {
    get items() {
      if (!this.$items) fail("PropertyNotLoaded", "The items must be loaded first.");
      return this.$items;
    }
    load(wanted) {
      const paths = pathsOf(wanted).map(([first, ...rest]) => (first === "items" ? rest : [first, ...rest]));
      this.$queue(() => {
        this.$items = book.tables.map((table) => new Table(this.context, () => table));
        return this.$items.reduce(
          (size, item, index) => size + paths.reduce((sum, path) => sum + item.$read(book.tables[index], path), 0),
          0,
        );
      });
      return this;
    }
    getItem(name) {
      return new Table(
        this.context,
        () => book.tables.find((table) => same(table.name, name)) || fail("ItemNotFound", `There is no table ${name}.`),
      );
    }
    add(range, headers) {
      if (headers !== true) fail("InvalidArgument", "This stand-in knows tables with headers alone.");
      const made = { name: `Table${book.tables.length + 1}`, style: "" };
      this.$queue(() => {
        const { sheet, area } = range.$find();
        if (sheet.protection.protected) fail("AccessDenied", "No table can be added to a protected sheet.");
        if (overlaps(sheet.name, area)) fail("InvalidArgument", "Tables cannot overlap.");
        Object.assign(made, { sheet: sheet.name, address: text(area) });
        book.tables.push(made);
      });
      return new Table(this.context, () => made);
    }
  }

  class Workbook extends ClientObject {
    get worksheets() {
      return new WorksheetCollection(this.context, () => book);
    }
    get tables() {
      return new TableCollection(this.context, () => book);
    }
    get names() {
      return new NamedItemCollection(this.context, () => book.names);
    }
    getSelectedRange() {
      return new Range(this.context, () => {
        if (!book.selection) fail("InvalidSelection", "The selection is no single block of cells.");
        return { sheet: sheetOf(book.selection.sheet), area: parse(book.selection.address) };
      });
    }
  }

  class RequestContext {
    constructor() {
      this.$queue = [];
      this.$synced = new Set();
      this.$size = 0;
      this.$ended = false;
      this.workbook = new Workbook(this, () => book);
      this.application = {
        suspendScreenUpdatingUntilNextSync: () => (log.suspended += 1),
        suspendApiCalculationUntilNextSync: () => {},
      };
    }
    async sync() {
      if (this.$ended) fail("InvalidObjectPath", "The run has ended.");
      const [work, size] = [this.$queue, this.$size];
      [this.$queue, this.$size] = [[], 0];
      log.syncs += 1;
      await Promise.resolve();
      if (size > LIMIT) fail("RequestPayloadSizeLimitExceeded", "The request is larger than 5 MB.");
      let answered = 0;
      for (const step of work) {
        const read = step();
        answered += typeof read === "number" ? read : 0;
      }
      if (answered > LIMIT) fail("ResponsePayloadSizeLimitExceeded", "The answer is larger than 5 MB.");
    }
  }

  // ------------------------------------------------------------------------------------------------ the three globals
  window.Excel = {
    async run(first, second) {
      const [options, work] = second ? [first, second] : [{}, first];
      if (book.editing && !options.delayForCellEdit) fail("InvalidOperationInCellEditMode", "A cell is being edited.");
      while (book.editing) await new Promise((resolve) => setTimeout(resolve, 20));
      const context = new RequestContext();
      try {
        const result = await work(context);
        await context.sync();
        return result;
      } finally {
        context.$ended = true;
      }
    },
    async createWorkbook(data) {
      log.created.push(data);
    },
  };
  const succeeded = (value) => ({ status: "succeeded", value });
  window.Office = {
    HostType: { Excel: "Excel" },
    FileType: { Compressed: "compressed" },
    AsyncResultStatus: { Succeeded: "succeeded", Failed: "failed" },
    context: {
      partitionKey: "partition-",
      document: {
        url: "https://contoso.example/Documents/operations%20July.xlsx?web=1",
        async getFileAsync(type, { sliceSize }, answer) {
          if (type !== "compressed" || sliceSize > 4194304) fail("InvalidArgument");
          if (openFiles.size >= 2) return answer({ status: "failed", error: { message: "Too many files are open." } });
          const bytes = Uint8Array.from(atob(await window.__save()), (letter) => letter.charCodeAt(0));
          const file = {
            size: bytes.length,
            sliceCount: Math.ceil(bytes.length / sliceSize),
            getSliceAsync(index, told) {
              if (index >= file.sliceCount) return told({ status: "failed", error: { message: "There is no such slice." } });
              const data = [...bytes.slice(index * sliceSize, (index + 1) * sliceSize)];
              setTimeout(() => told(succeeded({ data, index, size: data.length })));
            },
            closeAsync(told) {
              openFiles.delete(file);
              told?.(succeeded());
            },
          };
          openFiles.add(file);
          setTimeout(() => answer(succeeded(file)));
        },
      },
    },
    onReady(then) {
      const info = { host: "Excel", platform: "OfficeOnline" };
      return Promise.resolve().then(() => then?.(info) ?? info);
    },
    actions: { associate: (name, action) => pressed.set(name, action) },
    addin: { showAsTaskpane: async () => {} },
  };
  window.CustomFunctions = {
    associate(id, work) {
      if (functions.has(id)) throw new Error(`${id} is associated twice`);
      functions.set(id, work);
    },
  };

  // ------------------------------------------------------------------------------------------------ the person's hands
  window.__host = {
    log,
    openFiles: () => openFiles.size,
    commands: () => [...pressed.keys()],
    functions: () => [...functions.keys()],
    press: (name) => new Promise((resolve) => pressed.get(name)({ completed: resolve })),
    /** A formula =SOP.NAME(...): Excel passes every parameter, null for what was left out, and the invocation. */
    async evaluate(name, given, count) {
      const padded = Array.from({ length: count }, (_, index) => given[index] ?? null);
      return functions.get(name)(...padded, { address: "Sheet1!A1", functionName: name });
    },
    /** Begins to type into a cell; what is typed counts when it is entered. */
    edit: () => (book.editing = true),
    enter(sheet, address, value) {
      window.__host.type(sheet, address, value);
      book.editing = false;
    },
    type(sheet, address, value) {
      const range = { sheet: sheetOf(sheet), area: parse(address) };
      fill(range, [[value]], enter);
      (book.typed ??= []).push([sheet, address, value]);
    },
    cell: (sheet, address) => structuredClone(cellOf(sheetOf(sheet), parse(address).top, parse(address).left)),
    book: () => structuredClone(book),
  };
})();
