/** What verification found: one outcome a check, in the order and by the names of the published library. */

import { Refusal } from "./refusal.js";

const NAMES = ["format", "schema", "context", "issuer", "key", "signature", "arithmetic", "inclusion", "checkpoint"];

export class Verdict {
  constructor() {
    this.outcomes = new Map(NAMES.map((name) => [name, { name, outcome: "not_checked", detail: "" }]));
  }

  /** What `look` found; undefined where it threw a Refusal, or where a check that it needs did not pass. */
  async run(name, needs, look) {
    if (needs.some((needed) => this.outcomes.get(needed).outcome !== "passed")) return undefined;
    try {
      const found = await look();
      this.outcomes.set(name, { name, outcome: "passed", detail: "" });
      return found;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.outcomes.set(name, { name, outcome: "failed", detail: error.message });
      return undefined;
    }
  }

  get checks() {
    return [...this.outcomes.values()];
  }

  get isValid() {
    return this.checks.every(({ outcome }) => outcome === "passed");
  }

  /** Nothing failed, but something could not be checked. */
  get isIncomplete() {
    return !this.isValid && this.checks.every(({ outcome }) => outcome !== "failed");
  }
}
