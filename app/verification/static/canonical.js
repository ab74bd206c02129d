/** The canonical form (RFC 8785) of what `strict_json.js` reads: the bytes that are hashed and signed. */

/** UTF-8 bytes of the canonical JSON of `value`. */
export function canonical(value) {
  return new TextEncoder().encode(text(value));
}

function text(value) {
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value).sort(); // by UTF-16 code units, as the RFC asks
    return `{${keys.map((key) => `${JSON.stringify(key)}:${text(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value); // its strings and whole numbers are those of the RFC
}
