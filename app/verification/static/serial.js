/** Serial numbers of receipts: CL-2026-10-7F3K9QX2-M, with a check character (ISO 7064 MOD 37,36). */

import { Refusal } from "./refusal.js";

const FORM = /^(CLT?)-([0-9]{4})-(0[1-9]|1[0-2])-([0-9A-HJKMNP-TV-Z]{8})-([0-9A-Z])$/;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** {isTest, month: "2026-10"}; throws Refusal. */
export function parseSerial(text) {
  const [, prefix, year, month, random, check] = text.match(FORM) ?? [];
  if (prefix === undefined) throw new Refusal("The serial number is not written as serial numbers are.");
  if (checkCharacter(prefix + year + month + random) !== check) {
    throw new Refusal("The check character of the serial number is wrong.");
  }
  return { isTest: prefix === "CLT", month: `${year}-${month}` };
}

function checkCharacter(body) {
  let product = 36;
  for (const character of body) {
    const total = (product + ALPHABET.indexOf(character)) % 36 || 36;
    product = (total * 2) % 37;
  }
  return ALPHABET[(37 - product) % 36];
}
