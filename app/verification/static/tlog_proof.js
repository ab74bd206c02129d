/** The file beside a receipt that proves its place in the log (C2SP tlog-proof). */

import { fromBase64 } from "./octets.js";
import { Refusal, require } from "./refusal.js";
import { decimal, parseNote } from "./signed_note.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const MOST_HASHES = 63; // a tree of 2^63 leaves is so high
const INDEX = /^index (.+)$/;
export const LARGEST_PROOF_BYTES = 128 * 1024;

/** {index (BigInt), hashes, hasExtra, note}; throws Refusal. */
export function parseProof(bytes) {
  require(bytes.length <= LARGEST_PROOF_BYTES, "The log proof is too long.");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal("The log proof is not UTF-8.");
  }
  const border = text.indexOf("\n\n");
  require(border >= 0, "The log proof has no checkpoint.");
  const [header, ...lines] = text.slice(0, border).split("\n");
  require(header === HEADER, "This is not a log proof.");
  const hasExtra = lines[0]?.startsWith("extra ") ?? false;
  if (hasExtra) fromBase64(lines.shift().slice("extra ".length));
  const [, index] = (lines.shift() ?? "").match(INDEX) ?? [];
  require(index !== undefined, "The log proof does not say which place it is for.");
  const hashes = lines.map(fromBase64);
  require(hashes.length <= MOST_HASHES && hashes.every((hash) => hash.length === 32), "The log proof has a hash that is none.");
  return { index: decimal(index), hashes, hasExtra, note: parseNote(text.slice(border + 2)) };
}
