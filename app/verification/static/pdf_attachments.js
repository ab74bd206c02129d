/**
 * The files inside a PDF, found as our PDFs have them: one table of objects, the catalogue's associated files (/AF), each
 * a file of its own. A PDF that was changed afterwards has a second table, and is not read: the files could be others.
 */

import { Refusal, require } from "./refusal.js";

export const LARGEST_PDF_BYTES = 8 * 1024 * 1024;

const UNREADABLE = "The PDF is not one of ours as it was issued: its parts are not where ours have them.";
const REFERENCE = /(\d+) 0 R/g;

/** Map of name -> bytes for the files called `names`, each inflated to `largest` bytes at most; throws Refusal. */
export async function attachments(bytes, names, { largest }) {
  require(bytes.length <= LARGEST_PDF_BYTES, "The PDF is larger than 8 MiB.");
  const pdf = new Pdf(bytes);
  const found = new Map();
  for (const number of references(pdf.catalogue().match(/\/AF\s*\[([\d\sR]*)\]/)?.[1] ?? "")) {
    const entry = pdf.object(number);
    const name = entry.match(/\/F\s*\(([^()\\]*)\)/)?.[1];
    if (!names.includes(name)) continue;
    require(!found.has(name), "The PDF holds two files of the same name.");
    const stream = entry.match(/\/EF\s*<<\s*\/F (\d+) 0 R/)?.[1];
    require(stream !== undefined, UNREADABLE);
    found.set(name, await pdf.stream(Number(stream), largest));
  }
  return found;
}

class Pdf {
  constructor(bytes) {
    this.bytes = bytes;
    this.text = new TextDecoder("latin1").decode(bytes); // one character a byte
    require(this.text.startsWith("%PDF-"), "This is not a PDF.");
    const end = this.text.lastIndexOf("startxref");
    const table = Number(this.text.slice(end).match(/^startxref\s+(\d{1,10})\s/)?.[1] ?? NaN);
    require(end >= 0 && this.text.startsWith("xref", table), UNREADABLE);
    const trailer = this.text.indexOf("trailer", table);
    require(trailer >= 0 && trailer < end, UNREADABLE);
    this.trailer = this.text.slice(trailer, end);
    require(!/\/(Prev|Encrypt|XRefStm)\b/.test(this.trailer), "The PDF was changed after it was issued, or is encrypted.");
    this.offsets = offsets(this.text.slice(table, trailer));
  }

  catalogue() {
    const [root] = references(this.trailer.match(/\/Root (\d+ 0 R)/)?.[1] ?? "");
    return this.object(root);
  }

  /** The object's text up to its end, or to where its stream begins. */
  object(number) {
    const [start, end] = this.extent(number);
    return this.text.slice(start, end);
  }

  /** The file that a stream holds, inflated. */
  async stream(number, largest) {
    const [start, end] = this.extent(number);
    const dictionary = this.text.slice(start, end);
    const length = Number(dictionary.match(/\/Length (\d{1,8})\b(?! \d+ R)/)?.[1] ?? NaN);
    const [opening] = this.text.slice(end, end + 8).match(/^stream\r?\n/) ?? [];
    require(opening !== undefined && Number.isInteger(length), UNREADABLE);
    const first = end + opening.length;
    require(/^\s*endstream/.test(this.text.slice(first + length, first + length + 12)), UNREADABLE);
    const content = this.bytes.subarray(first, first + length);
    if (!/\/Filter\b/.test(dictionary)) {
      require(content.length <= largest, "A file inside the PDF is too large.");
      return content;
    }
    require(/\/Filter\s*\[?\s*\/FlateDecode\b/.test(dictionary), UNREADABLE);
    return inflate(content, largest);
  }

  extent(number) {
    const start = this.offsets[number];
    const heading = `${number} 0 obj`;
    require(start !== undefined && this.text.startsWith(heading, start), UNREADABLE);
    const ends = ["\nstream", "endobj"].map((word) => this.text.indexOf(word, start)).filter((at) => at >= 0);
    require(ends.length > 0, UNREADABLE);
    const end = Math.min(...ends);
    return [start + heading.length, this.text[end] === "\n" ? end + 1 : end];
  }
}

function offsets(table) {
  const [first, ...entries] = table.trim().split(/\r?\n/).slice(1);
  require(/^0 \d+$/.test(first?.trim() ?? ""), UNREADABLE);
  return entries.map((entry) => (/^\d{10} \d{5} n/.test(entry) ? Number(entry.slice(0, 10)) : undefined));
}

function references(text) {
  return Array.from(text.matchAll(REFERENCE), ([, number]) => Number(number));
}

/** Stops as soon as there is more than `largest`: a few bytes can stand for gigabytes. */
async function inflate(content, largest) {
  const reader = new Blob([content]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    let step;
    try {
      step = await reader.read();
    } catch {
      throw new Refusal("A file inside the PDF is damaged.");
    }
    if (step.done) break;
    length += step.value.length;
    if (length > largest) {
      await reader.cancel();
      throw new Refusal("A file inside the PDF is too large.");
    }
    parts.push(step.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
