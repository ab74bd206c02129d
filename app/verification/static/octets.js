/** Bytes: hashing them, putting them together, comparing them, and their forms as text. */

import { Refusal } from "./refusal.js";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Standard base64 with its padding, one form only; throws Refusal. */
export function fromBase64(text) {
  let found;
  try {
    found = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new Refusal("A base64 text cannot be read.");
  }
  if (btoa(String.fromCharCode(...found)) !== text) throw new Refusal("A base64 text is not in its one form.");
  return found;
}

/** Multibase, base58btc: "z…"; throws Refusal. */
export function fromMultibase(text) {
  if (!text.startsWith("z") || text.length > 128) throw new Refusal("A multibase text does not begin with z.");
  let number = 0n;
  for (const character of text.slice(1)) {
    const digit = BASE58.indexOf(character);
    if (digit < 0) throw new Refusal("A base58 text has a character that is none.");
    number = number * 58n + BigInt(digit);
  }
  const bytes = [];
  for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 0xffn));
  const zeros = text.slice(1).match(/^1*/)[0].length; // each leading 1 is a byte of zero
  return Uint8Array.from([...new Array(zeros).fill(0), ...bytes]);
}
