// Judges a manifest and a list of custom functions with Microsoft's own tools, offline: the manifest is converted to
// the unified form by office-addin-manifest-converter and held against the schema that @microsoft/app-manifest brings;
// each function is held against that schema's definition of one. Prints the findings as JSON.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { convert } = require("office-addin-manifest-converter");
const Ajv = require("ajv-draft-04");
const formats = require("ajv-formats");

const SCHEMA = "1.29";

async function main([manifest, functions, folder]) {
  const log = console.log;
  console.log = () => {};
  await convert(manifest, folder);
  console.log = log;
  const schema = require(`@microsoft/app-manifest/build/json-schemas/teams/v${SCHEMA}/MicrosoftTeams.schema.json`);
  const judge = new (Ajv.default ?? Ajv)({ allErrors: true, strict: false });
  (formats.default ?? formats)(judge);
  const converted = JSON.parse(fs.readFileSync(path.join(folder, "manifest.json"), "utf8"));
  const whole = { ...converted, $schema: schema.properties.$schema.const, manifestVersion: SCHEMA };
  if (whole.$schema === undefined) delete whole.$schema;
  const found = judged(judge.compile(schema), whole, "manifest");
  const one = judge.compile({ definitions: schema.definitions, $ref: "#/definitions/extensionFunction" });
  const listed = JSON.parse(fs.readFileSync(functions, "utf8")).functions;
  for (const each of listed) found.push(...judged(one, each, each.id));
  const ribbon = converted.extensions[0].ribbons[0].tabs[0];
  const commands = ribbon.groups.flatMap((group) => group.controls.map((control) => control.actionId));
  const names = converted.extensions[0].runtimes.map((runtime) => [runtime.lifetime, runtime.code.page]);
  log(JSON.stringify({ findings: found, tab: ribbon.label, commands, runtimes: names, functions: listed.length }));
}

function judged(check, value, name) {
  if (check(value)) return [];
  return check.errors.map((error) => `${name}${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
}

main(process.argv.slice(2)).catch((problem) => {
  console.error(problem);
  process.exitCode = 1;
});
