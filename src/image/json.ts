// JSON from an image, read with its shape checked: whatever is not as it must be is an error that says where it stands.
//
// Go, which unpackers are written in, takes keys for equal whatever their case, and merges what comes twice: a hostile image could
// show us one list of layers and them another. So what Go would read otherwise is refused.

import { LayerDiffError } from '../errors.js'
import { escapeText } from '../text.js'

/** What is read, for the messages, and the code of its faults. */
export interface Origin {
  readonly code: 'MANIFEST_INVALID' | 'CONFIG_INVALID'
  readonly name: string
}

/** One value, and the way to it. A null is as good as absent: Go writes either. */
export class Json {
  private constructor(
    readonly value: unknown,
    private readonly path: string,
    private readonly origin: Origin,
  ) {}

  /** @throws {LayerDiffError} the code of its origin */
  static parse(bytes: Uint8Array, origin: Origin): Json {
    if (isDeep(bytes)) {
      throw new LayerDiffError(
        origin.code,
        `${origin.name} has lists or objects in each other over ${DEEPEST} deep, and no image's has. Do not trust it.`,
      )
    }
    let value: unknown
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch (cause) {
      throw new LayerDiffError(
        origin.code,
        `${origin.name} is not JSON: ${escapeText((cause as Error).message)}. ${REMEDY}`,
        {},
        cause,
      )
    }
    const twice = repeatedKey(bytes)
    if (twice !== null) throw distrusted(origin, `has the key "${escapeText(twice)}" twice in one object`)
    return new Json(value, '', origin)
  }

  get absent(): boolean {
    return this.value === undefined || this.value === null
  }

  /** The value of a key of an object. */
  get(key: string): Json {
    const object = this.object()
    const other = Object.keys(object).find((name) => name !== key && folded(name) === folded(key))
    if (other !== undefined) {
      throw distrusted(this.origin, `has the key "${escapeText(other)}", which most tools take for "${key}"`)
    }
    // JSON may hold any key, also those that every object inherits.
    return new Json(Object.hasOwn(object, key) ? object[key] : undefined, `${this.path}.${key}`, this.origin)
  }

  object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) throw this.not('an object')
    return this.value as Record<string, unknown>
  }

  items(): Json[] {
    if (!Array.isArray(this.value)) throw this.not('a list')
    return this.value.map((item, index) => new Json(item, `${this.path}[${index}]`, this.origin))
  }

  string(): string {
    if (typeof this.value !== 'string') throw this.not('a text')
    return this.value
  }

  /** A whole number from 0 on. */
  count(): number {
    if (!Number.isSafeInteger(this.value) || (this.value as number) < 0) throw this.not('a size')
    return this.value as number
  }

  /** What `read` makes of it, or null where it is absent. */
  optional<T>(read: (json: Json) => T): T | null {
    return this.absent ? null : read(this)
  }

  /** A list of texts; empty where it is absent. */
  strings(): string[] {
    return this.absent ? [] : this.items().map((item) => item.string())
  }

  /** Texts by name; empty where it is absent. */
  stringMap(): Record<string, string> {
    if (this.absent) return {}
    const { path, origin } = this
    return Object.fromEntries(
      Object.entries(this.object()).map(([key, value]) => [key, new Json(value, `${path}.${key}`, origin).string()]),
    )
  }

  not(expected: string): LayerDiffError {
    const where = this.path === '' ? this.origin.name : `${escapeText(this.path)} in ${this.origin.name}`
    return new LayerDiffError(
      this.origin.code,
      `${where} must be ${expected}, and is ${describe(this.value)}. ${REMEDY}`,
    )
  }
}

/** What parses at any depth is not written at any depth, and nobody says so before the stack is full. */
const DEEPEST = 100

function isDeep(bytes: Uint8Array): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === 0x22) quoted = !quoted
    else if (quoted) at += byte === 0x5c ? 1 : 0
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > DEEPEST) return true
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return false
}

/** As Go compares keys, for which the long s and the sign of Kelvin are letters like others. */
function folded(key: string): string {
  return key.replaceAll('\u017f', 's').toLowerCase()
}

function distrusted({ code, name }: Origin, what: string): LayerDiffError {
  return new LayerDiffError(code, `${name} ${what}. No tool writes that in earnest: do not trust it, and get it again.`)
}

/** A key that an object has twice, which parsing does not tell, of text that has been parsed; null for none. */
function repeatedKey(bytes: Uint8Array): string | null {
  /** Of each object or list around, the keys so far; null for a list. */
  const around: (Set<string> | null)[] = []
  let isKey = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === 0x22) {
      const start = at++
      while (bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1
      const keys = around.at(-1)
      if (!isKey || !keys) continue
      const key: string = JSON.parse(new TextDecoder().decode(bytes.subarray(start, at + 1)))
      if (keys.has(key)) return key
      keys.add(key)
      isKey = false
    } else if (byte === 0x7b) {
      around.push(new Set())
      isKey = true
    } else if (byte === 0x5b) {
      around.push(null)
      isKey = false
    } else if (byte === 0x7d || byte === 0x5d) around.pop()
    else if (byte === 0x2c) isKey = Boolean(around.at(-1))
  }
  return null
}

const REMEDY = 'It is damaged, or was written by a tool with a fault: make the image or archive again.'

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : escapeText(JSON.stringify(value).slice(0, 60))
}
