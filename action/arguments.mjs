// What the action's inputs are on the command line of `layerdiff diff`.
//
// Takes: INPUT_…, from the environment. Gives: words on standard output, each ended by a zero byte, which no word can have.
// Values are joined to their option by `=`: one that begins with a dash stays a value.

import { annotate } from './annotate.mjs'

/** Inputs that are an option of the same name: one value, a value for each line, or only whether. */
const OPTIONS = /** @type {const} */ ({
  config: 'value',
  'max-growth': 'value',
  'max-size': 'value',
  'max-files': 'value',
  deny: 'lines',
  'deny-setuid': 'flag',
  'deny-removed': 'lines',
  'min-efficiency': 'value',
  'max-waste': 'value',
})

/** Options of `args` that the action gives itself, as they may be written. */
const TAKEN = /^(--|--(format|output|before|after)(=.*)?|-[a-zA-Z]*o.*)$/s

/** What is wrong with the inputs. */
class InputError extends Error {}

/** @param {string} name */
const input = (name) => process.env[`INPUT_${name.toUpperCase().replaceAll('-', '_')}`]?.trim() ?? ''

/** @param {string} text */
const linesOf = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

function words() {
  return [
    ...['before', 'after'].flatMap((name) => {
      const parts = linesOf(input(name))
      if (parts.length === 0) throw new InputError(`The input "${name}" is missing: it names an image.`)
      return parts.map((part) => `--${name}=${part}`)
    }),
    ...Object.entries(OPTIONS).flatMap(([name, kind]) => optionsOf(name, kind)),
    ...moreOptions(input('args')),
  ]
}

/**
 * @param {string} name
 * @param {'value' | 'lines' | 'flag'} kind
 */
function optionsOf(name, kind) {
  const value = input(name)
  if (kind === 'lines') return linesOf(value).map((line) => `--${name}=${line}`)
  if (kind === 'value') return value === '' ? [] : [`--${name}=${value}`]
  if (value === 'true') return [`--${name}`]
  if (value === 'false' || value === '') return []
  throw new InputError(`The input "${name}" takes true or false, not "${value}".`)
}

/** @param {string} text */
function moreOptions(text) {
  const more = split(text)
  const taken = more.find((word) => TAKEN.test(word))
  if (taken !== undefined) throw new InputError(`The input "args" may not have ${taken}: the action gives that itself.`)
  return more
}

/**
 * Words as in a shell, of which only blanks and quotes are known: nothing is expanded, and a backslash stands for itself.
 *
 * @param {string} text
 */
function split(text) {
  const word = /(?:[^\s'"]|'[^']*'|"[^"]*")+/g
  if (text.replace(word, '').trim() !== '') throw new InputError('The input "args" has a quote that is not closed.')
  return Array.from(text.matchAll(word), ([found]) => found.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'))
}

try {
  process.stdout.write(
    words()
      .map((word) => `${word}\0`)
      .join(''),
  )
} catch (error) {
  if (!(error instanceof InputError)) throw error
  annotate('error', error.message)
  process.exitCode = 2
}
