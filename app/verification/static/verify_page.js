/** The page: files that are chosen or dropped -> what was found. Nothing leaves the browser. */

import { isAvailable } from "./ed25519.js";
import { element } from "./elements.js";
import { sortFiles, verifyFiles } from "./files.js";
import { receiptView } from "./receipt_view.js";
import { Refusal } from "./refusal.js";
import { verdictView } from "./verdict_view.js";

const UNABLE =
  "This browser cannot verify files: it has no Ed25519 in its WebCrypto here. Take a current Chrome, Edge, Firefox or " +
  "Safari, over https, or “carbonledger receipts verify FILE”. Serial numbers can be looked up all the same.";

const trust = baked("trust");
const schema = baked("schema");
const words = baked("words");
const input = document.getElementById("files");
const drop = document.getElementById("drop");
const result = document.getElementById("result");
const progress = document.getElementById("progress");

function baked(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

let latest = 0;

/** A verdict that comes after other files were chosen is not shown beside theirs. */
async function show(files) {
  if (files.length === 0) return;
  latest += 1;
  const mine = latest;
  progress.textContent = "Verifying…";
  result.replaceChildren();
  const shown = await views(files).catch(refused);
  if (mine !== latest) return;
  result.replaceChildren(...shown);
  progress.textContent = "";
  result.hidden = false;
  document.getElementById("result-heading").focus();
}

function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  const heading = element("h2", { id: "result-heading", tabindex: "-1" }, "This cannot be verified");
  return [element("div", { class: "note banner bad" }, heading, element("p", {}, error.message))];
}

async function views(files) {
  const found = await verifyFiles(await sortFiles(files), { trust, schema });
  const shown = verdictView(found, words);
  const isShown = found.verdict.isValid || found.verdict.isIncomplete;
  return isShown ? [...shown, ...receiptView(found.receipt, found.sha256)] : shown;
}

async function start() {
  if (trust === null) return;
  if (!(await isAvailable())) {
    const unable = document.getElementById("unable");
    unable.textContent = UNABLE;
    unable.hidden = false;
    return;
  }
  input.disabled = false;
  input.addEventListener("change", async () => {
    await show([...input.files]);
    input.value = ""; // so that the same file can be chosen again
  });
  for (const type of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(type, (event) => {
      drop.classList.toggle("over", type === "dragover");
      if (type === "dragleave") return;
      event.preventDefault(); // or the browser would open the file
      if (type === "drop") show([...event.dataTransfer.files]);
    });
  }
  document.documentElement.dataset.ready = "true";
}

await start();
