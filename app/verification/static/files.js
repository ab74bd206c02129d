/** Which of the files is the receipt and which its proof, and what is inside a PDF. */

import { LARGEST_PDF_BYTES, attachments } from "./pdf_attachments.js";
import { require } from "./refusal.js";
import { LARGEST_BYTES } from "./strict_json.js";
import { verifyReceipt } from "./verify_receipt.js";

const RECEIPT = "receipt.json";
const PROOF = "receipt.tlog-proof";

/** {fileName, receipt, proof (bytes or null), isPdf}; throws Refusal. */
export async function sortFiles(files) {
  require(files.every((file) => file.size <= LARGEST_PDF_BYTES), "A file is larger than 8 MiB, so it is no receipt.");
  const read = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: await bytesOf(file) })));
  const proofs = read.filter(({ bytes }) => startsWith(bytes, "c2sp.org/tlog-proof@"));
  const receipts = read.filter((file) => !proofs.includes(file));
  require(receipts.length > 0, "This is a log proof. Choose the receipt (receipt.json) together with it.");
  require(receipts.length === 1 && proofs.length <= 1, "Choose one receipt at a time: its PDF, or its JSON and its log proof.");
  const [{ name, bytes }] = receipts;
  const proof = proofs[0]?.bytes ?? null;
  if (!startsWith(bytes, "%PDF-")) return { fileName: name, receipt: bytes, proof, isPdf: false };
  const inside = await attachments(bytes, [RECEIPT, PROOF], { largest: LARGEST_BYTES });
  require(inside.has(RECEIPT), "There is no receipt inside this PDF.");
  return { fileName: name, receipt: inside.get(RECEIPT), proof: proof ?? inside.get(PROOF) ?? null, isPdf: true };
}

/** {fileName, isPdf, trust, verdict, receipt, sha256}. */
export async function verifyFiles({ fileName, receipt, proof, isPdf }, { trust, schema }) {
  return { fileName, isPdf, trust, ...(await verifyReceipt(receipt, { proof, trust, schema })) };
}

async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
}

function startsWith(bytes, text) {
  return new TextDecoder("latin1").decode(bytes.subarray(0, text.length)) === text;
}
