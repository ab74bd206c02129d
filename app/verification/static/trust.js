/** Whom this page believes: the key history that the server wrote into it, and nothing that a receipt names. */

import { fromMultibase } from "./octets.js";
import { require } from "./refusal.js";

const ED25519_MULTICODEC = [0xed, 0x01];

/** {issuer, isTest, logOrigin, receiptKeys: Map of kid -> {publicKey, state, revokedAtLeaf}, logKeys: [{name, publicKey}]}. */
export function trustOf(history) {
  const of = (purpose) => history.keys.filter((key) => key.purpose === purpose);
  return {
    issuer: history.issuer,
    isTest: history.test,
    logOrigin: history.logOrigin,
    receiptKeys: new Map(of("receipt").map((key) => [key.kid, { ...key, publicKey: publicKeyOf(key) }])),
    logKeys: of("log")
      .filter((key) => key.state !== "revoked") // no checkpoint of a revoked key counts any more
      .map((key) => ({ name: history.logOrigin, publicKey: publicKeyOf(key) })),
  };
}

function publicKeyOf({ publicKeyMultibase }) {
  const bytes = fromMultibase(publicKeyMultibase);
  const isKey = bytes.length === 34 && ED25519_MULTICODEC.every((byte, at) => bytes[at] === byte);
  require(isKey, "A key of this page is no Ed25519 key.");
  return bytes.slice(2);
}
