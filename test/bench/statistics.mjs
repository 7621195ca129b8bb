// Medians and spread. With three to seven rounds on a machine that others use too, the median and both ends say all
// there is to say.

/** @typedef {{ median: number, min: number, max: number }} Spread */

/**
 * @param {number[]} values at least one
 * @returns {Spread}
 */
export function spreadOf(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const [min, max] = [sorted.at(0), sorted.at(-1)]
  if (min === undefined || max === undefined) throw new Error('a spread needs at least one value')
  const half = sorted.length / 2
  const median = (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2
  return { median, min, max }
}

/**
 * The spread of what `top` is to `bottom`, round by round: rounds lie close together in time, so that what disturbs the
 * one disturbs the other.
 * @param {number[]} top
 * @param {number[]} bottom
 */
export function ratioOf(top, bottom) {
  return spreadOf(top.map((value, round) => value / bottom[round]))
}
