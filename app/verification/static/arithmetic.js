/** What a receipt's numbers say of each other, to the digit. Takes receipts that are as their schema asks. */

import { require } from "./refusal.js";

const BOUNDS = ["low", "central", "high"];
const MICROGRAMS_PER_GRAM = 1_000_000n;

/** Throws a Refusal that names what does not add up in this credentialSubject. */
export function checkArithmetic(subject) {
  const { usage, adjustments } = subject;
  for (const quantity of ["emissions", "energy"]) {
    checkSum(`usage and adjustments (${quantity})`, [usage[quantity], adjustments[quantity]], subject[quantity]);
    checkSum(`models (${quantity})`, usage.models.map((line) => line[quantity]), usage[quantity]);
    checkSum(`projects (${quantity})`, usage.projects.map((line) => line[quantity]), usage[quantity]);
    checkSum(`adjustments (${quantity})`, adjustments.lines.map((line) => line[quantity]), adjustments[quantity]);
  }
  for (const kind of ["models", "projects"]) {
    for (const [counter, total] of Object.entries(usage.tokens)) {
      checkCount(`${kind} (${counter} tokens)`, usage[kind].map((line) => line.tokens[counter]), total);
    }
    checkCount(`${kind} (requests)`, usage[kind].map((line) => line.requests), usage.requests);
  }
  checkRetired(subject.retired, BigInt(subject.emissions.central));
}

/** Lines that are null are not known, and add nothing. */
function checkSum(what, lines, total) {
  const known = lines.filter((line) => line !== null);
  for (const bound of BOUNDS) {
    require(sum(known.map((line) => line[bound])) === BigInt(total[bound]), `The ${what} do not add up to their total: ${bound}.`);
  }
}

/** The sum of the counts that are known; null if none is. */
function checkCount(what, counts, total) {
  const known = counts.filter((count) => count !== null);
  const adds = known.length > 0 ? String(sum(known)) : null;
  require(adds === total, `The ${what} do not add up to their total.`);
}

function checkRetired(retired, central) {
  const numbers = ["grams", "coverageLimitGrams", "carryInMicrograms", "carryOutMicrograms", "notCoveredMicrograms"];
  const [grams, limit, carryIn, carryOut, notCovered] = numbers.map((name) => BigInt(retired[name]));
  require(
    central - carryIn === grams * MICROGRAMS_PER_GRAM - carryOut + notCovered,
    "What was retired, carried and not covered does not make up the central estimate.",
  );
  require(
    grams <= limit && (carryOut === 0n || notCovered === 0n),
    "More was retired than is covered, or something was both carried and not covered.",
  );
  // Rounding the exact carries can leave one microgram uncovered.
  require(notCovered <= 1n || grams === limit, "Something is said not to be covered although the limit was not reached.");
  require(grams === 0n || carryOut <= MICROGRAMS_PER_GRAM, "More than a gram was retired beyond what was needed.");
  require(
    sum(retired.credits.map((credit) => credit.grams)) === grams,
    "The credits do not add up to the grams that were retired.",
  );
  checkCredits(retired.credits);
}

/** Each is a share of whole units that were retired, and none shares a gram with another. */
function checkCredits(credits) {
  const shares = new Map();
  for (const credit of credits) {
    const [start, end, first, last, size] = [
      credit.fromGram, credit.toGram, credit.unitBlockStart, credit.unitBlockEnd, credit.unitSizeGrams,
    ].map(BigInt);
    const isShare = start < end && end <= (last - first + 1n) * size && BigInt(credit.grams) === end - start;
    require(isShare, `The share of ${credit.serialNumberBlock} is not of its retired units.`);
    const retirement = JSON.stringify([credit.registry, credit.serialNumberBlock, credit.unitBlockStart]);
    shares.set(retirement, [...(shares.get(retirement) ?? []), [start, end]]);
  }
  for (const spans of shares.values()) {
    spans.sort(([left], [right]) => (left < right ? -1 : 1));
    const sharesAGram = spans.some(([start], at) => at > 0 && start < spans[at - 1][1]);
    require(!sharesAGram, "Two credits of the receipt share a gram.");
  }
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + BigInt(number), 0n);
}
