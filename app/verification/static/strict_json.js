/**
 * JSON as receipts are written, and nothing else: bytes -> objects without a prototype, arrays, strings, whole numbers.
 *
 * Browsers' own parser takes the last of two equal keys and rounds numbers without a word; both would let a document mean
 * one thing to who signed it and another to who reads it. Refused: equal keys, fractions, exponents, minus zero, whole
 * numbers beyond 2^53 - 1, half of a surrogate pair, bytes that are not UTF-8, and documents that are too long or too deep.
 */

import { Refusal } from "./refusal.js";

export const LARGEST_BYTES = 1024 * 1024;
export const DEEPEST = 16;

const SPACE = /[ \t\n\r]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const WHOLE_NUMBER = /-?(?:0|[1-9][0-9]*)/y;
const ESCAPED = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = [["true", true], ["false", false], ["null", null]];

/** The value; throws Refusal. */
export function parse(bytes) {
  if (bytes.length > LARGEST_BYTES) throw new Refusal("The document is larger than 1 MiB.");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal("The document is not UTF-8.");
  }
  return new Parser(text).document();
}

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  document() {
    const value = this.value(0);
    this.take(SPACE);
    if (this.at !== this.text.length) this.fail("something follows the document");
    return value;
  }

  /** `depth`: how many arrays and objects are open around it. */
  value(depth) {
    this.take(SPACE);
    switch (this.text[this.at]) {
      case "{": return this.object(this.deeper(depth));
      case "[": return this.array(this.deeper(depth));
      case '"': return this.string();
      default: return this.wordOrNumber();
    }
  }

  deeper(depth) {
    if (depth + 1 > DEEPEST) throw new Refusal(`The document is nested more than ${DEEPEST} levels deep.`);
    return depth + 1;
  }

  object(depth) {
    const found = Object.create(null); // so that a key "__proto__" is a key like any other
    this.members("}", () => {
      if (this.text[this.at] !== '"') this.fail("a key has to be a string");
      const key = this.string();
      if (key in found) throw new Refusal("The document has the same key twice in one object.");
      this.take(SPACE);
      this.expect(":");
      found[key] = this.value(depth);
    });
    return found;
  }

  array(depth) {
    const found = [];
    this.members("]", () => found.push(this.value(depth)));
    return found;
  }

  /** What stands between brackets, each read by `readOne`; the opening one is next. */
  members(closing, readOne) {
    this.at += 1;
    this.take(SPACE);
    if (this.text[this.at] === closing) {
      this.at += 1;
      return;
    }
    for (;;) {
      this.take(SPACE);
      readOne();
      this.take(SPACE);
      if (this.text[this.at] === closing) {
        this.at += 1;
        return;
      }
      this.expect(",");
    }
  }

  string() {
    this.expect('"');
    let found = "";
    for (;;) {
      found += this.take(PLAIN);
      const next = this.text[this.at];
      if (next === '"') break;
      if (next !== "\\") this.fail("a string does not end");
      found += this.escape();
    }
    this.at += 1;
    if (!found.isWellFormed()) throw new Refusal("A string holds half of a surrogate pair.");
    return found;
  }

  escape() {
    const letter = this.text[this.at + 1];
    if (letter === "u") {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail("an escape is not complete");
      this.at += 6;
      return String.fromCharCode(parseInt(digits, 16));
    }
    if (letter === undefined || !Object.hasOwn(ESCAPED, letter)) this.fail("an escape is not known");
    this.at += 2;
    return ESCAPED[letter];
  }

  wordOrNumber() {
    const found = WORDS.find(([word]) => this.text.startsWith(word, this.at));
    if (found === undefined) return this.number();
    this.at += found[0].length;
    return found[1];
  }

  number() {
    const digits = this.take(WHOLE_NUMBER);
    if (digits === "") this.fail("a value is expected");
    if (/[.eE]/.test(this.text[this.at] ?? "")) throw new Refusal("The document has a number that is not a whole one.");
    const number = Number(digits);
    if (!Number.isSafeInteger(number)) throw new Refusal("The document has a number that is too large.");
    if (Object.is(number, -0)) throw new Refusal("The document has a negative zero.");
    return number;
  }

  expect(character) {
    if (this.text[this.at] !== character) this.fail(`“${character}” is expected`);
    this.at += 1;
  }

  /** The text that a sticky expression matches here, which may be none. */
  take(expression) {
    expression.lastIndex = this.at;
    const [found] = expression.exec(this.text) ?? [""];
    this.at += found.length;
    return found;
  }

  fail(what) {
    throw new Refusal(`This is not JSON: ${what} at character ${this.at + 1}.`);
  }
}
