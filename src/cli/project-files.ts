// What lies beside the work: `layerdiff.config.json` with gates, `.layerdiffignore` with globs.
//
// Takes: the folder that the command runs in. Gives: what the files say; one that is not there says nothing, unless it was asked for
// by name.

import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { escapeText, type GateRules } from '../index.js'
import { UsageError } from './exit-codes.js'
import { type GateArguments, parseRules, RULE_NAMES } from './gate-arguments.js'
import { nearestName } from './nearest.js'

const CONFIG = 'layerdiff.config.json'
const IGNORE = '.layerdiffignore'
/** Far more than anybody writes by hand. */
const MOST_BYTES = 1 << 20

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
}

/** Rules of the command line and of the config: what the command line says, counts; globs of both do. @throws {UsageError} */
export function gateRules({ rules, config }: GateArguments, folder: string): GateRules {
  if (config === null) return rules
  const name = config ?? CONFIG
  const text = readOptional(join(config === undefined ? folder : '', name), config !== undefined)
  if (text === null) return rules
  const written = rulesIn(text, escapeText(name))
  const globs = (rule: 'deny' | 'denyRemoved') => {
    const all = [...(written[rule] ?? []), ...(rules[rule] ?? [])]
    return all.length > 0 ? { [rule]: all } : {}
  }
  return { ...written, ...rules, ...globs('deny'), ...globs('denyRemoved') }
}

function rulesIn(text: string, name: string): GateRules {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    // The rest of its words would quote the file, of which some part may be nobody's business. Where they do, they name no place.
    const { message } = error as Error
    const [, place] = /^[^"]* at (position \d+)/.exec(message) ?? []
    const fault = message.startsWith('Unexpected end') ? 'it ends too early' : 'it has something that JSON has not'
    throw new UsageError(`${name} is no JSON: ${place ?? fault}.`)
  }
  if (!isObject(json)) throw new UsageError(`${name} must be an object with "gates".`)
  refuseUnknown(json, ['$schema', 'gates'], name)
  const { gates = {} } = json
  if (!isObject(gates)) throw new UsageError(`"gates" of ${name} must be an object.`)
  refuseUnknown(gates, RULE_NAMES, `"gates" of ${name}`)
  return parseRules(gates, (rule) => `"${rule}" of ${name}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A misspelt rule would stop nothing, and nobody would know. */
function refuseUnknown(object: object, known: readonly string[], where: string): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue
    const nearest = nearestName(name, known)
    throw new UsageError(
      `${where} has no "${escapeText(name)}".${nearest ? ` Did you mean "${nearest}"?` : ` Known: ${known.join(', ')}.`}`,
    )
  }
}

/** Globs a line; blank lines and those that begin with # say nothing. @throws {UsageError} */
export function ignoredGlobs(folder: string): string[] {
  const text = readOptional(join(folder, IGNORE), false)
  if (text === null) return []
  return text.split(/\r?\n/).flatMap((line, index) => {
    const glob = withoutBlanks(line)
    if (glob === '' || glob.startsWith('#')) return []
    if (glob.startsWith('!') || /^\/+$/.test(glob)) {
      throw new UsageError(
        `Line ${index + 1} of ${IGNORE} is no glob that can be used: "${escapeText(glob)}". Negation is not supported; write "\\!" for the character.`,
      )
    }
    return [glob]
  })
}

/** As git has it: blanks at the end count where they are escaped. */
function withoutBlanks(line: string): string {
  let end = line.length
  while (line[end - 1] === ' ' || line[end - 1] === '\t') end--
  return line.slice(0, end < line.length && line[end - 1] === '\\' ? end + 1 : end)
}

function readOptional(path: string, needed: boolean): string | null {
  try {
    return readSmall(path, needed)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!needed && code === 'ENOENT') return null
    throw new UsageError(`Cannot read ${escapeText(path)}: ${FAULTS[code] ?? escapeText(message)}.`)
  }
}

/** What nobody named may be a link that somebody put into a repository: to another's file, a device without end, a pipe without a writer. */
function readSmall(path: string, needed: boolean): string {
  if (!needed && dirname(realpathSync(path)) !== realpathSync(dirname(path))) {
    throw new UsageError(
      `${escapeText(path)} is a link that leads out of its folder, and is not followed. Put a copy there, or name the config with --config.`,
    )
  }
  const file = openSync(path, needed ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = fstatSync(file)
    if (!needed && !found.isFile() && !found.isDirectory())
      throw new UsageError(`${escapeText(path)} is no regular file.`)
    const bytes = Buffer.alloc(MOST_BYTES + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null)
    }
    if (length <= MOST_BYTES) return bytes.toString('utf8', 0, length)
    throw new UsageError(`${escapeText(path)} has more than ${MOST_BYTES} bytes, and more are not read.`)
  } finally {
    closeSync(file)
  }
}
