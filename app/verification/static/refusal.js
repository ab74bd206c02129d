/** What a check raises when what it was given does not hold; the message is a sentence for people. */
export class Refusal extends Error {}

/** Throws a Refusal unless `holds`. */
export function require(holds, sentence) {
  if (!holds) throw new Refusal(sentence);
}
