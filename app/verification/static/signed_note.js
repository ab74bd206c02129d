/** Signed notes and checkpoints of the log (C2SP signed-note, tlog-checkpoint). */

import { verify } from "./ed25519.js";
import { concat, equal, fromBase64, sha256 } from "./octets.js";
import { require } from "./refusal.js";

const ED25519 = 1;
const MOST_BYTES = 64 * 1024;
const MOST_SIGNATURES = 16;
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
const SIGNATURE_LINE = /^\u2014 ([^\s+]+) (\S+)$/u;
const DECIMAL = /^(0|[1-9][0-9]{0,18})$/;
const LARGEST_TREE = 2n ** 63n - 1n;

/** {text, signatures: [{name, keyId, signature}]}; the text ends with the newline that is signed too. */
export function parseNote(note) {
  require(new TextEncoder().encode(note).length <= MOST_BYTES, "The checkpoint is too long.");
  require(!CONTROL.test(note), "The checkpoint has control characters in it.");
  const border = note.lastIndexOf("\n\n");
  require(border >= 0 && note.endsWith("\n"), "The checkpoint is not a signed note.");
  const lines = note.slice(border + 2, -1).split("\n");
  require(lines.length <= MOST_SIGNATURES, "The checkpoint has too many signatures.");
  const signatures = lines.map((line) => {
    const [, name, encoded] = line.match(SIGNATURE_LINE) ?? [];
    require(name !== undefined, "The checkpoint has a signature line that cannot be read.");
    const bytes = fromBase64(encoded);
    require(bytes.length > 4, "The checkpoint has a signature that is too short.");
    return { name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { text: note.slice(0, border + 1), signatures };
}

/** A number as logs write it: no zero in front, below 2^63. Throws Refusal. */
export function decimal(text) {
  require(DECIMAL.test(text) && BigInt(text) <= LARGEST_TREE, "A part of the log proof that should be a number is not.");
  return BigInt(text);
}

/** {origin, size (BigInt), root} of a checkpoint's text. */
export function parseCheckpoint(text) {
  const [origin, size, root, ...rest] = text.split("\n");
  require(rest.length === 1 && rest[0] === "", "A checkpoint has three lines: origin, size, root.");
  require(origin !== "", "The checkpoint names no log.");
  const hash = fromBase64(root);
  require(hash.length === 32, "The checkpoint's root has another length.");
  return { origin, size: decimal(size), root: hash };
}

/**
 * Throws Refusal unless one of `keys` ({name, publicKey: 32 bytes}) signed the note. Signatures of other keys say nothing
 * and are passed over; one that names a known key has to be that key's.
 */
export async function verifyNote(note, keys) {
  const message = new TextEncoder().encode(note.text);
  const known = await Promise.all(keys.map(async (key) => ({ ...key, keyId: await noteKeyId(key) })));
  let isSigned = false;
  for (const { name, keyId, signature } of note.signatures) {
    const key = known.find((each) => each.name === name && equal(each.keyId, keyId));
    if (key === undefined) continue;
    require(await verify(key.publicKey, signature, message), "The checkpoint's signature is not by the log's key.");
    isSigned = true;
  }
  require(isSigned, "The checkpoint is not signed by a key of the log that still counts.");
}

async function noteKeyId({ name, publicKey }) {
  const named = new TextEncoder().encode(`${name}\n`);
  return (await sha256(concat(named, Uint8Array.of(ED25519), publicKey))).slice(0, 4);
}
