// `--limit NAME=N`: what bounds the reading of layers, under the names that the API has for it.

import type { Limits } from '../index.js'
import { DEFAULT_LIMITS } from '../options.js'
import { parseSize } from './amounts.js'
import { UsageError } from './exit-codes.js'
import { nearestName } from './nearest.js'

const NAMES = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]

/** Of one name the last counts, as of other options. @throws {UsageError} */
export function limitsOf(values: readonly string[] = []): Partial<Limits> {
  return Object.fromEntries(values.map(limitOf))
}

function limitOf(text: string): [keyof Limits, number] {
  const [, typed, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (typed === undefined) throw new UsageError(`--limit takes NAME=N, such as entries=8000000, not "${text}".`)
  const name = NAMES.find((one) => one === typed)
  if (name === undefined) {
    // A name of the API has capitals, which nobody should have to know.
    const nearest = NAMES.find((one) => one.toLowerCase() === typed.toLowerCase()) ?? nearestName(typed, NAMES)
    const hint = nearest ? `Did you mean ${nearest}?` : `Known: ${NAMES.join(', ')}.`
    throw new UsageError(`--limit knows no "${typed}". ${hint}`)
  }
  const bytes = name.endsWith('Bytes')
  const number = bytes ? parseSize(value) : /^\d{1,15}$/.test(value) ? Number(value) : null
  if (number !== null && number >= 1) return [name, number]
  const takes = bytes ? 'a size such as 500MB or 2GiB' : 'a whole number from 1 on'
  throw new UsageError(`--limit ${name} takes ${takes}, not "${value}".`)
}
