// Runs contenders in turn and holds their results against each other.
//
// Takes: contenders that claim to compute the same. Gives: their measures, or an error when one computed something
// else. Nobody's time counts before everybody's result is equal.

import { ratioOf, spreadOf } from './statistics.mjs'

/** @import { Contender, Measured, Target } from './benchmark.mjs' */
/** @import { Spread } from './statistics.mjs' */

/**
 * In every round each contender runs once, starting with another one each time, so that none always runs into what the
 * one before it left behind.
 * @param {Contender[]} contenders
 * @param {number} rounds
 * @returns {Promise<Measured[]>} in the order of the contenders
 * @throws {Error} where two results differ
 */
export async function compare(contenders, rounds) {
  /** @type {Measured[]} */
  const measured = contenders.map(({ name }) => ({ name, rounds: [] }))
  /** @type {{ name: string, equal: string } | undefined} */
  let first
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const place = (round + turn) % contenders.length
      const { name, measure } = contenders[place]
      showProgress(`  round ${round + 1} of ${rounds}: ${name}`)
      const result = await measure()
      first ??= { name, equal: result.equal }
      if (result.equal !== first.equal) {
        throw new Error(`${name} does not agree with ${first.name}:\n  ${result.equal}\n  ${first.equal}`)
      }
      measured[place].rounds.push(result)
    }
  }
  showProgress('')
  return measured
}

/**
 * On a terminal, on one line that is written over; nowhere else.
 * @param {string} text
 */
function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`${text.padEnd(78)}\r`)
}

/**
 * Processor seconds of each round, or wall seconds where the system does not tell.
 * @param {Measured} measured
 */
export function costs(measured) {
  return measured.rounds.map(({ cpu, wall }) => cpu ?? wall)
}

/**
 * The contender with the lowest median.
 * @param {Measured[]} measured at least one
 */
export function cheapest(measured) {
  return measured.reduce((best, one) => (spreadOf(costs(one)).median < spreadOf(costs(best)).median ? one : best))
}

/**
 * "Ours takes at most `limit` of what theirs takes."
 * @param {string} what
 * @param {number[]} ours
 * @param {number[]} theirs
 * @param {number} limit
 * @returns {Target}
 */
export function atMost(what, ours, theirs, limit) {
  const ratio = ratioOf(ours, theirs)
  return { what, target: `at most ${limit}`, figure: showRatio(ratio), reached: ratio.median <= limit }
}

/**
 * "Ours is at least `limit` times as fast as theirs."
 * @param {string} what
 * @param {number[]} ours seconds
 * @param {number[]} theirs seconds
 * @param {number | null} limit null for information
 * @returns {Target}
 */
export function timesAsFast(what, ours, theirs, limit) {
  const ratio = ratioOf(theirs, ours)
  const figure = `${showRatio(ratio)} times`
  if (limit === null) return { what, target: 'information', figure, reached: null }
  return { what, target: `at least ${limit} times`, figure, reached: ratio.median >= limit }
}

/** @param {Spread} ratio */
function showRatio({ median, min, max }) {
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`
}
