// src/engine/abi.ts mirrors assembly/: the same numbers, read from the sources of both.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as abi from '../src/engine/abi.js'
import { faultError } from '../src/engine/faults.js'
import { DEFAULT_LIMITS } from '../src/options.js'

const source = (name: string) => readFileSync(join(import.meta.dirname, '../assembly', name), 'utf8')

/** `export const NAME: usize = 8` of a source, by name. */
function constants(text: string): Map<string, number> {
  const found = text.matchAll(/^(?:export )?const (\w+): \w+ = (0x[\da-f]+|\d+)/gim)
  return new Map(Array.from(found, ([, name, value]) => [name as string, Number(value)]))
}

/** Members of a `const enum`, by name. */
function members(text: string, name: string): Map<string, number> {
  const body = new RegExp(`const enum ${name} \\{([^}]*)\\}`).exec(text)?.[1] ?? ''
  return new Map(Array.from(body.matchAll(/(\w+) = (\d+)/g), ([, member, value]) => [member as string, Number(value)]))
}

const records = constants(source('records.ts'))

describe('records', () => {
  const layouts = {
    PATH: abi.PATH,
    ENTRY: abi.ENTRY,
    XATTRS: abi.XATTRS,
    WARNING: abi.WARNING,
    CHANGE: abi.CHANGE,
    DIRECTORY: abi.DIRECTORY,
  }
  for (const [record, fields] of Object.entries(layouts)) {
    it(`${record} has the same fields at the same offsets`, () => {
      const there = new Map([...records].filter(([name]) => name.startsWith(`${record}_`)))
      expect(Object.fromEntries(there)).toEqual(
        Object.fromEntries(Object.entries(fields).map(([field, offset]) => [`${record}_${field}`, offset])),
      )
    })
  }

  it('flags and fields are the same bits', () => {
    for (const [name, bit] of Object.entries(abi.FLAG)) expect(records.get(`FLAG_${name}`)).toBe(bit)
    for (const [bit, field] of abi.FIELDS.entries()) {
      expect(records.get(`FIELD_${field.toUpperCase()}`), field).toBe(1 << bit)
    }
  })

  it.each([
    ['EntryType', abi.ENTRY_TYPES],
    ['Kind', abi.KINDS],
    ['Marker', abi.MARKERS],
  ] as const)('%s has the same numbers', (name, list) => {
    const there = members(source('records.ts'), name)
    for (const [index, word] of list.entries()) {
      if (word) expect(there.get(word.charAt(0).toUpperCase() + word.slice(1))).toBe(index)
    }
  })
})

describe('container', () => {
  it('has the same magic number and version', () => {
    const stored = constants(source('stored.ts'))
    expect(stored.get('MAGIC')).toBe(abi.MAGIC_INDEX)
    expect(stored.get('VERSION')).toBe(abi.VERSION)
    expect(stored.get('HEADER')).toBe(abi.CONTAINER.HEADER)
  })
})

describe('faults', () => {
  it('every status has its words', () => {
    const statuses = members(source('status.ts'), 'Status')
    expect(statuses.size).toBeGreaterThan(20)
    for (const [name, status] of statuses) {
      expect(faultError(status, {}, DEFAULT_LIMITS).code, name).not.toBe('INTERNAL')
    }
  })
})
