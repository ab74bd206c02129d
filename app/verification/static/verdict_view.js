/** What verification found, for people: the verdict first, then each check, then what this page cannot know. */

import { card, element } from "./elements.js";

/** `words`: {checks, outcomes, marks} as the server wrote them into the page. */
export function verdictView(found, words) {
  return [banner(found), testNote(found), checkList(found.verdict, words), limits(found)].filter((part) => part !== null);
}

/** The heading takes the focus when it is shown, so that a screen reader reads it. */
function banner({ verdict, fileName }) {
  const [tone, heading, sentence] = judged(verdict);
  return element(
    "div",
    { class: `note banner ${tone}` },
    element("h2", { id: "result-heading", tabindex: "-1" }, heading),
    element("p", {}, sentence),
    element("p", { class: "small" }, `File: ${fileName}`),
  );
}

function testNote({ verdict, trust }) {
  if (!trust.test || !(verdict.isValid || verdict.isIncomplete)) return null;
  const said = " · A test receipt of a test issuer: it states nothing about the world, and no credit was retired for it.";
  return element("p", { class: "note warn" }, element("strong", {}, "TEST"), said);
}

function judged(verdict) {
  if (verdict.isValid) {
    return ["good", "This receipt is genuine", "The issuer signed exactly these figures, and the public log holds it."];
  }
  if (verdict.isIncomplete) {
    return [
      "warn",
      "Signed by the issuer; its place in the log was not shown",
      "Nothing is wrong with what was checked. Add receipt.tlog-proof to check the rest.",
    ];
  }
  return ["bad", "Do not rely on this receipt", "At least one check failed; nothing that the file says can be believed."];
}

function checkList(verdict, words) {
  const items = verdict.checks.map(({ name, outcome, detail }) =>
    element(
      "li",
      { class: outcome, "data-check": name, "data-outcome": outcome },
      element("span", { class: "mark", "aria-hidden": "true" }, words.marks[outcome]),
      element("span", { class: "name" }, words.checks[name].title),
      element("span", { class: "outcome" }, words.outcomes[outcome]),
      element("span", { class: "detail" }, detail || words.checks[name][outcome]),
    ),
  );
  return card("What was checked", element("ul", { class: "checks" }, ...items));
}

function limits({ verdict, receipt, isPdf }) {
  if (receipt === null || !(verdict.isValid || verdict.isIncomplete)) return null;
  const { serial } = receipt.credentialSubject;
  const link = element("a", { href: `/verify/${encodeURIComponent(serial)}` }, "Look its serial number up");
  const items = [
    element("li", {}, "Whether it still holds: a receipt can be voided or replaced later. ", link, "."),
    isPdf
      ? element("li", {}, "The printed pages. What counts are the figures below, from receipt.json inside the PDF.")
      : null,
    element("li", {}, "What the registries say of the credits. Their links are below."),
    element("li", {}, "The estimate itself: the figures are modelled, not measured."),
  ].filter((item) => item !== null);
  return card("What was not checked here", element("ul", {}, ...items));
}
