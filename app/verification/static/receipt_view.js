/** The figures of a receipt whose checks did not fail. */

import { card, element, facts, figures, table } from "./elements.js";
import { energy, mass, whole } from "./quantities.js";

export function receiptView(receipt, sha256) {
  const said = receipt.credentialSubject;
  return [summary(said), credits(said.retired), lines(said), particulars(receipt, sha256)].filter((part) => part !== null);
}

function summary(said) {
  const { low, central, high } = said.emissions;
  const emissions = element(
    "span",
    {},
    element("span", { class: "large" }, `${mass(central)} CO₂e`),
    element("span", { class: "sub" }, `range ${mass(low)} to ${mass(high)}; exactly ${whole(central)} µg`),
  );
  const retired = element(
    "span",
    {},
    element("span", { class: "large" }, `${whole(said.retired.grams)} g`),
    element("span", { class: "sub" }, "stated apart from the emissions, which they do not change"),
  );
  const time = element(
    "span",
    {},
    element("span", { class: "large" }, period(said.period)),
    element("span", { class: "sub" }, "UTC"),
  );
  const pairs = [
    ["For", element("strong", {}, said.legalName)],
    ["Serial", element("span", { class: "mono" }, said.serial)],
  ];
  if (said.supersedes !== null) pairs.push(["Replaces", element("span", { class: "mono" }, said.supersedes.serial)]);
  return card(
    "What it states",
    figures([["Estimated gross emissions", emissions], ["Credits retired", retired], ["AI usage in", time]]),
    facts(pairs, { class: "facts apart" }),
    element("p", { class: "small muted" }, said.statement),
  );
}

/** `October 2026` for a calendar month, else its first and last day, else both instants. */
function period({ start, end }) {
  const isWhole = [start, end].every((instant) => instant.endsWith("T00:00:00Z"));
  if (!isWhole) return `${start} to ${end}`;
  const last = new Date(Date.parse(end) - 86_400_000);
  const isMonth = [start, end].every((instant) => instant.slice(8, 10) === "01") && start.startsWith(last.toISOString().slice(0, 7));
  if (isMonth) return last.toLocaleString("en", { month: "long", year: "numeric", timeZone: "UTC" });
  return `${start.slice(0, 10)} to ${last.toISOString().slice(0, 10)}`;
}

function credits({ credits: given, notCoveredMicrograms, carryInMicrograms, carryOutMicrograms }) {
  const each = given.map((credit) =>
    element(
      "div",
      { class: "credit" },
      element("h3", {}, `${whole(credit.grams)} g of ${credit.projectName}`),
      facts([
        ["Registry", registry(credit)],
        ["Serial numbers", element("span", { class: "mono" }, credit.serialNumberBlock)],
        ["Retired", `${credit.retiredOn}, in the name of ${credit.beneficiary}`],
        ["Kind", `${credit.mitigationClass}, vintage ${credit.vintageYear}, ${credit.hostCountry}`],
        ["Share", `grams ${whole(credit.fromGram)} to ${whole(credit.toGram)} of that retirement`],
      ]),
    ),
  );
  if (given.length === 0) each.push(element("p", {}, "No credits are allotted to this receipt."));
  const rest = [
    ["Carried in", carryInMicrograms], ["Carried out", carryOutMicrograms], ["Not covered", notCoveredMicrograms],
  ].filter(([, amount]) => amount !== "0");
  if (rest.length > 0) each.push(element("h3", {}, "Beside them"), facts(rest.map(([name, amount]) => [name, mass(amount)])));
  return card("Credits", ...each);
}

/** A link only if it is one of the web; opened apart, and told nothing of this page. */
function registry({ registry: name, projectId, unitRegistryLink }) {
  const text = `${name} ${projectId}`;
  if (!unitRegistryLink.startsWith("https://")) return text;
  return element("a", { href: unitRegistryLink, target: "_blank", rel: "noopener noreferrer" }, `${text} (opens the registry)`);
}

function lines({ usage, adjustments }) {
  const perLine = ({ emissions, energy: used }) => [emissions ? mass(emissions.central) : "–", used ? energy(used.central) : "–"];
  const models = usage.models.map((line) => [line.model ?? "model not named", ...perLine(line)]);
  const projects = usage.projects.map((line) => [line.name, ...perLine(line)]);
  const parts = [
    element("h3", {}, "By model"),
    table("By model", ["Model", "Emissions", "Energy"], models),
    element("h3", {}, "By project"),
    table("By project", ["Project", "Emissions", "Energy"], projects),
  ];
  if (adjustments.lines.length > 0) {
    const rows = adjustments.lines.map((line) => [
      `${line.model ?? "model not named"}, period from ${line.originStart.slice(0, 10)}`, ...perLine(line),
    ]);
    parts.push(
      element("h3", {}, "Adjustments of earlier periods"),
      table("Adjustments of earlier periods", ["Model", "Emissions", "Energy"], rows),
    );
  }
  return card("Lines", ...parts);
}

function particulars(receipt, sha256) {
  const said = receipt.credentialSubject;
  const mono = (text) => element("span", { class: "mono" }, text);
  return card(
    "Particulars",
    facts([
      ["SHA-256 of receipt.json", mono(sha256)],
      ["Issuer", mono(receipt.issuer)],
      ["Signed by", mono(receipt.proof.verificationMethod)],
      ["Method", `${said.methodology.version}; ${said.methodology.basis}`],
      ["Closed at", said.period.closedAt],
      ["Coverage", `${said.coverage.knownHours} hours known, ${said.coverage.missingHours} missing`],
    ]),
  );
}
