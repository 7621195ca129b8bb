// The words of the benchmarks: what a contender is, what one run of it measures, and what a benchmark gives.

/**
 * One run of a contender, somewhere fresh.
 * @typedef {object} Measure
 * @property {number | null} cpu seconds, user and system, of all its threads; null where the system does not tell
 * @property {number} wall seconds
 * @property {number | null} peak bytes, the largest resident set of its process; null where it has none of its own
 * @property {string} equal what it computed: every contender of a comparison must say the same
 * @property {Record<string, number>} facts anything else that it counted
 *
 * Something that can be measured again and again.
 * @typedef {object} Contender
 * @property {string} name
 * @property {() => Promise<Measure>} measure
 *
 * A contender with all its rounds.
 * @typedef {object} Measured
 * @property {string} name
 * @property {Measure[]} rounds
 *
 * What is to be reached, and what was.
 * @typedef {object} Target
 * @property {string} what
 * @property {string} target in words, or 'information' where there is none
 * @property {string} figure
 * @property {boolean | null} reached null for information
 *
 * What a benchmark gives.
 * @typedef {object} Section
 * @property {string[]} about what is in the figures
 * @property {Measured[]} contenders
 * @property {Target[]} targets
 *
 * What a benchmark is run with.
 * @typedef {object} Settings
 * @property {boolean} smoke tiny inputs and one round: whether everything works, not how fast
 * @property {number} rounds
 *
 * @typedef {object} Benchmark
 * @property {string} name what --only takes
 * @property {string} title
 * @property {(settings: Settings) => Promise<Section>} run
 */

/**
 * What a module of contenders/ exports as `prepare`. It runs in a fresh process or page; only `run` is timed.
 * @template T
 * @typedef {object} Prepared
 * @property {() => T | Promise<T>} run
 * @property {(value: T) => Outcome | Promise<Outcome>} outcome what the value says, worked out off the clock
 */

/** @typedef {{ equal: string, facts?: Record<string, number> }} Outcome */
/** @typedef {Record<string, string | number | boolean>} Options what a contender is prepared with; plain data */

export {}
