/** As much of JSON Schema (2020-12) as the schema of receipts uses; a keyword that is not known here is an error. */

import { canonical } from "./canonical.js";
import { equal } from "./octets.js";
import { Refusal } from "./refusal.js";

const ANNOTATIONS = ["$schema", "$id", "$defs", "title", "description"];
const RULES = {
  $ref: (value, name, schema, see) => see(value, see.root.$defs[name.replace("#/$defs/", "")]),
  anyOf: (value, choices, schema, see) => anyOf(value, choices, see),
  type: (value, type) => (typeOf(value) === type ? null : `is not of type ${type}`),
  const: (value, wanted) => (same(value, wanted) ? null : "is not what it has to be"),
  enum: (value, choices) => (choices.some((one) => same(value, one)) ? null : "is none of the values that it may have"),
  minimum: (value, least) => (typeof value === "number" && value < least ? "is too small" : null),
  maximum: (value, most) => (typeof value === "number" && value > most ? "is too large" : null),
  minLength: (value, least) => (typeof value === "string" && lengthOf(value) < least ? "is too short" : null),
  maxLength: (value, most) => (typeof value === "string" && lengthOf(value) > most ? "is too long" : null),
  pattern: (value, pattern) =>
    typeof value === "string" && !new RegExp(pattern, "u").test(value) ? "is not written as it has to be" : null,
  required: (value, names) => (isObject(value) ? missing(value, names) : null),
  properties: (value, schemas, schema, see) => (isObject(value) ? members(value, schemas, see) : null),
  additionalProperties: (value, allowed, schema) => (isObject(value) ? additional(value, allowed, schema) : null),
  items: (value, schema, outer, see) => (Array.isArray(value) ? items(value, schema, see) : null),
};

/** Throws a Refusal that names the first place where `value` is not as `schema` asks. */
export function checkSchema(value, schema) {
  const see = (inner, rules) => problemOf(inner, rules, see);
  see.root = schema;
  const problem = see(value, schema);
  if (problem !== null) throw new Refusal(`The receipt${problem.place ?? ""} ${problem.what ?? problem}.`);
}

/** null, a sentence's end, or {place, what} for something inside. */
function problemOf(value, schema, see) {
  for (const [keyword, rule] of Object.entries(schema)) {
    if (ANNOTATIONS.includes(keyword)) continue;
    if (!Object.hasOwn(RULES, keyword)) throw new Refusal(`The schema uses ${keyword}, which is not read here.`);
    const problem = RULES[keyword](value, rule, schema, see);
    if (problem !== null) return problem;
  }
  return null;
}

function inside(step, problem) {
  return problem === null ? null : { place: step + (problem.place ?? ""), what: problem.what ?? problem };
}

function anyOf(value, choices, see) {
  const problems = choices.map((choice) => see(value, choice));
  if (problems.includes(null)) return null;
  return problems.reduce((deepest, each) => ((each.place ?? "").length > (deepest.place ?? "").length ? each : deepest));
}

function missing(value, names) {
  const name = names.find((each) => !Object.hasOwn(value, each));
  return name === undefined ? null : { place: `.${name}`, what: "is missing" };
}

function additional(value, allowed, schema) {
  if (allowed !== false) return null;
  const name = Object.keys(value).find((each) => !Object.hasOwn(schema.properties ?? {}, each));
  return name === undefined ? null : { place: `.${name.slice(0, 40)}`, what: "does not belong there" };
}

function members(value, schemas, see) {
  for (const [name, schema] of Object.entries(schemas)) {
    const problem = Object.hasOwn(value, name) ? inside(`.${name}`, see(value[name], schema)) : null;
    if (problem !== null) return problem;
  }
  return null;
}

function items(value, schema, see) {
  for (const [at, item] of value.entries()) {
    const problem = inside(`[${at}]`, see(item, schema));
    if (problem !== null) return problem;
  }
  return null;
}

function typeOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" ? "integer" : typeof value; // no other numbers are read
}

function isObject(value) {
  return typeOf(value) === "object";
}

function lengthOf(text) {
  return [...text].length; // in code points, as the specification counts
}

function same(value, wanted) {
  return equal(canonical(value), canonical(wanted));
}
