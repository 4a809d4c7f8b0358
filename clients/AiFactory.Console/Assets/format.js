// Figures as people read them.
const integers = new Intl.NumberFormat('en-US');

export const count = value => integers.format(value);

export const figure = value => value === null || value === undefined ? '' : Number(Number(value).toPrecision(6)).toString();

export const fixed = (value, digits) => Number(value).toFixed(digits);

export const percent = fraction => `${(fraction * 100).toFixed(1)} %`;

export const time = text => text ? new Date(text).toISOString().replace('T', ' ').slice(0, 19) + ' UTC' : '';

export const bytes = value => value < 1024 ? `${value} B` : value < 1048576 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1048576).toFixed(1)} MiB`;

/** Picodollars, an integer in a string, as USD: exact, since they may exceed 53 bits. */
export function usd(picodollars) {
  const value = BigInt(picodollars);
  const digits = (value < 0n ? -value : value).toString().padStart(13, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -12)}.${digits.slice(-12)}`;
}

/** A small decimal amount of USD, to the picodollar. */
export const dollars = value => Number(value).toFixed(12);

export const interval = (estimate, digits) => estimate
  ? `${fixed(estimate.value, digits)} [${fixed(estimate.low, digits)}, ${fixed(estimate.high, digits)}]`
  : '–';

export const modelVersion = key => key ? `${key.model}@${key.version}` : '';
