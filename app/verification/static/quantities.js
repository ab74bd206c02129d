/** Quantities as people read them: two significant digits and a unit that fits; the exact number stands beside them. */

const MASS = [[10n ** 12n, "t"], [10n ** 9n, "kg"], [10n ** 6n, "g"], [10n ** 3n, "mg"], [1n, "µg"]];
const ENERGY = [[10n ** 15n, "GWh"], [10n ** 12n, "MWh"], [10n ** 9n, "kWh"], [10n ** 6n, "Wh"], [10n ** 3n, "mWh"], [1n, "µWh"]];

export function mass(micrograms) {
  return scaled(BigInt(micrograms), MASS, "0 g");
}

export function energy(microWattHours) {
  return scaled(BigInt(microWattHours), ENERGY, "0 Wh");
}

/** A whole number with its thousands set apart: `1,234,567`. */
export function whole(number) {
  return BigInt(number).toLocaleString("en").replace("-", "−");
}

function scaled(amount, units, nothing) {
  if (amount === 0n) return nothing;
  const sign = amount < 0n ? "−" : "";
  const rounded = twoDigits(amount < 0n ? -amount : amount);
  const [size, unit] = units.find(([each]) => rounded >= each);
  const tenths = (rounded * 10n) / size;
  const hasTenth = tenths < 100n && size > 1n;
  const text = hasTenth ? `${tenths / 10n}.${tenths % 10n}` : (tenths / 10n).toLocaleString("en");
  return `${sign}${text} ${unit}`;
}

/** The two leading digits; halves to the even one. */
function twoDigits(amount) {
  const step = 10n ** BigInt(Math.max(0, amount.toString().length - 2));
  const [down, rest] = [amount / step, amount % step];
  const isUp = rest * 2n > step || (rest * 2n === step && down % 2n === 1n);
  return (isUp ? down + 1n : down) * step;
}
