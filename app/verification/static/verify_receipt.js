/**
 * Verify a receipt: its bytes, those of its log proof, and whom to trust -> what held and what did not.
 *
 * The same checks by the same names, and in the same order, as `carbonledger.verify.receipt` of the published library;
 * a test holds the two against each other. Nothing that a receipt names is fetched.
 */

import { checkArithmetic } from "./arithmetic.js";
import { canonical } from "./canonical.js";
import { CONTEXT, signedBytes } from "./data_integrity.js";
import { verify } from "./ed25519.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { equal, hex, sha256 } from "./octets.js";
import { require } from "./refusal.js";
import { checkSchema } from "./schema.js";
import { parseSerial } from "./serial.js";
import { parseCheckpoint, verifyNote } from "./signed_note.js";
import { parse } from "./strict_json.js";
import { parseProof } from "./tlog_proof.js";
import { trustOf } from "./trust.js";
import { Verdict } from "./verdict.js";

/** {verdict, receipt (null if it cannot be read), sha256}. `proof` may be null, `trust` is a key history. */
export async function verifyReceipt(bytes, { proof, trust: history, schema }) {
  const trust = trustOf(history);
  const verdict = new Verdict();
  const digest = hex(await sha256(bytes));
  const receipt = await verdict.run("format", [], () => readReceipt(bytes));
  await verdict.run("schema", ["format"], () => checkFacts(receipt, schema));
  await verdict.run("context", ["format"], () => checkContext(receipt));
  await verdict.run("issuer", ["format"], () => checkIssuer(receipt, trust));
  await verdict.run("arithmetic", ["schema"], () => checkArithmetic(receipt.credentialSubject));
  let leafIndex;
  if (proof !== null) {
    const logged = await verdict.run("checkpoint", [], () => readProof(proof, trust));
    leafIndex = await verdict.run("inclusion", ["format", "checkpoint"], () => checkInclusion(digest, logged));
  }
  const key = await verdict.run("key", ["schema", "issuer"], () => keyOf(receipt, trust, leafIndex));
  await verdict.run("signature", ["schema", "context", "key"], () => checkSignature(receipt, key));
  return { verdict, receipt: receipt ?? null, sha256: digest };
}

function readReceipt(bytes) {
  const receipt = parse(bytes);
  require(isObject(receipt), "The document is not a JSON object.");
  require(equal(canonical(receipt), bytes), "The bytes are JSON, but not in canonical form: a receipt is changed so.");
  return receipt;
}

/** The schema, the serial number, and that what is said twice is said alike. */
function checkFacts(receipt, schema) {
  checkSchema(receipt, schema);
  const { serial, supersedes, test, receiptId, period } = receipt.credentialSubject;
  const { isTest, month } = parseSerial(serial);
  if (supersedes !== null) parseSerial(supersedes.serial);
  require(isTest === test && period.start.startsWith(month), "The serial number is of another month or another kind of issuer.");
  require(receipt.id === `urn:carbonledger:receipt:${receiptId}`, "The receipt's id is not its receiptId.");
  const inOrder = period.start < period.end && period.end <= period.closedAt;
  require(receipt.validFrom === period.closedAt && inOrder, "The receipt's times are not in order.");
}

/** The standard lets an entry be appended after signing, which can give every member another meaning. */
function checkContext(receipt) {
  const given = [receipt["@context"], isObject(receipt.proof) ? receipt.proof["@context"] : undefined];
  const isExact = given.every((context) => context !== undefined && equal(canonical(context), canonical(CONTEXT)));
  require(isExact, "The context is not exactly the one of carbon receipts, in the receipt and in its proof.");
}

function checkIssuer(receipt, trust) {
  require(receipt.issuer === trust.issuer, `The receipt is not of ${trust.issuer}.`);
  const subject = receipt.credentialSubject;
  const isKind = !isObject(subject) || subject.test === trust.isTest;
  require(isKind, "A test issuer's receipts say that they are a test, and only those.");
}

/** {proof, checkpoint}: what the log signed. */
async function readProof(bytes, trust) {
  const proof = parseProof(bytes);
  require(!proof.hasExtra, "The log proof carries extra data, which nothing vouches for.");
  await verifyNote(proof.note, trust.logKeys);
  const checkpoint = parseCheckpoint(proof.note.text);
  require(checkpoint.origin === trust.logOrigin, "The checkpoint is of another log.");
  return { proof, checkpoint };
}

/** The index of the receipt's leaf. */
async function checkInclusion(digest, { proof: { index, hashes }, checkpoint: { size, root } }) {
  const leaf = await leafHash(canonical({ sha256: digest, t: "receipt", v: "1" }));
  await verifyInclusion({ index, size, leaf, proof: hashes, root });
  return index;
}

/** The issuer's key that the proof names, if it may have signed. Nothing but this page's keys is asked. */
function keyOf(receipt, trust, leafIndex) {
  const [issuer, kid] = receipt.proof.verificationMethod.split("#");
  const key = trust.receiptKeys.get(kid);
  require(issuer === trust.issuer && key !== undefined, "The proof names a key that is not among the issuer's keys.");
  if (key.state === "revoked") {
    require(leafIndex !== undefined, "The key was revoked, and no log proof shows that the receipt is older than that.");
    const isOlder = key.revokedAtLeaf !== null && leafIndex < BigInt(key.revokedAtLeaf);
    require(isOlder, "The key was revoked before this receipt came into the log.");
  }
  return key.publicKey;
}

async function checkSignature(receipt, publicKey) {
  const { signed, signature } = await signedBytes(receipt);
  require(await verify(publicKey, signature, signed), "The signature is not this key's over these figures.");
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
