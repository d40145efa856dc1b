// SPDX-License-Identifier: Apache-2.0
//
// validate.mjs SCHEMA < FILES: judges YAML files, one path a line on standard input, by the schema. Prints one JSON
// object a line: { file, errors: [ "place: what" ] }. A file that is no YAML has an error, too.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { parse } from "yaml";

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(JSON.parse(readFileSync(process.argv[2], "utf8")));

function errors(file) {
  let value;
  try {
    value = parse(readFileSync(file, "utf8"));
  } catch (problem) {
    return [String(problem)];
  }
  return validate(value) ? [] : validate.errors.map((e) => `${e.instancePath || "/"}: ${e.message}`);
}

for (const file of readFileSync(0, "utf8").split("\n").filter(Boolean))
  console.log(JSON.stringify({ file, errors: errors(file) }));
