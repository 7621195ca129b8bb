// Changes as plain data.

import { expect, test } from 'vitest'
import { entryJson } from '../src/json.js'

test('attributes are a plain object, as React demands of what a server component hands on, whatever they are called', () => {
  const xattrs = Object.fromEntries([['__proto__', new Uint8Array([1])]])
  const { xattrs: encoded } = entryJson({ xattrs } as unknown as Parameters<typeof entryJson>[0])
  expect(Object.getPrototypeOf(encoded)).toBe(Object.prototype)
  expect(Object.entries(encoded)).toEqual([['__proto__', 'AQ==']])
})
