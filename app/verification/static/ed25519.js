/** Ed25519 as this browser has it. The public keys are this page's own, so none of them is one of small order. */

/** Whether this browser can verify at all: WebCrypto is there on https and localhost only, Ed25519 since 2025. */
export async function isAvailable() {
  if (globalThis.crypto?.subtle === undefined || String.prototype.isWellFormed === undefined) return false;
  try {
    await importKey(Uint8Array.from([0x58, ...new Array(31).fill(0x66)])); // the base point
    return true;
  } catch {
    return false;
  }
}

export async function verify(publicKey, signature, message) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return crypto.subtle.verify("Ed25519", await importKey(publicKey), signature, message);
}

function importKey(publicKey) {
  return crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
}
