/** The proof on a receipt: W3C Data Integrity with the cryptosuite eddsa-jcs-2022. */

import { canonical } from "./canonical.js";
import { concat, fromMultibase, sha256 } from "./octets.js";
import { require } from "./refusal.js";

export const CONTEXT = [
  "https://www.w3.org/ns/credentials/v2",
  "https://www.w3.org/ns/credentials/undefined-terms/v2",
];

/** {signed, signature}: the 64 bytes that were signed (hash of the proof's options, hash of the rest), and by what. */
export async function signedBytes(receipt) {
  const { proof, ...document } = receipt;
  const { proofValue, ...options } = proof;
  const signature = fromMultibase(proofValue);
  require(signature.length === 64, "The signature has not 64 bytes.");
  const signed = concat(await sha256(canonical(options)), await sha256(canonical(document)));
  return { signed, signature };
}
