/** Elements of the page, made without any HTML: what a receipt says can only ever become text. */

/** element("p", { class: "note" }, "text", child, …); children that are null are left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A list of facts: [[term, description element or text], …], below each other. */
export function facts(pairs, attributes = { class: "facts" }) {
  return element("dl", attributes, ...pairs.flatMap(terms));
}

/** The same for the few that matter most, beside each other. */
export function figures(pairs) {
  return element("dl", { class: "figures" }, ...pairs.map((pair) => element("div", {}, ...terms(pair))));
}

function terms([term, said]) {
  return [element("dt", {}, term), element("dd", {}, said)];
}

/** A section with its heading, in a card. */
export function card(heading, ...children) {
  return element("section", { class: "card" }, element("h2", {}, heading), ...children);
}

/** A table that scrolls sideways by itself, also with the keyboard. */
export function table(label, headings, rows) {
  const head = element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)),
  );
}
