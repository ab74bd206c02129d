/** The tree of the transparency log (RFC 6962): hashes of leaves and nodes, and proofs that a leaf is in a tree. */

import { concat, equal, sha256 } from "./octets.js";
import { require } from "./refusal.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(data) {
  return sha256(concat(LEAF, data));
}

function nodeHash(left, right) {
  return sha256(concat(NODE, left, right));
}

/**
 * Throws Refusal unless `proof` leads from the leaf at `index` to the root of the tree of `size` leaves (RFC 9162, 2.1.3.2).
 * `index` and `size` are BigInts, hashes are bytes.
 */
export async function verifyInclusion({ index, size, leaf, proof, root }) {
  require(index < size, "The log proof is for a place beyond the end of the log.");
  require([leaf, ...proof].every((hash) => hash.length === 32), "The log proof has a hash of another length.");
  let node = index;
  let last = size - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    require(last > 0n, "The log proof is too long.");
    if (node & 1n || node === last) {
      hash = await nodeHash(sibling, hash);
      while (!(node & 1n) && node > 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  require(last === 0n, "The log proof is too short.");
  require(equal(hash, root), "The log proof does not lead to the root that the checkpoint states.");
}
