// What the text report tells beyond files: notable changes, packages, renames, gates.

import { describe, expect, test } from 'vitest'
import { diffLayers, type NotableChange, type PackageChange } from '../src/index.js'
import { columnsOf } from '../src/report/columns.js'
import { gateLines, notableLines, packageLines } from '../src/report/findings.js'
import { checkGates } from '../src/report/gates.js'
import { painter } from '../src/report/styles.js'
import { textReport } from '../src/report/text.js'
import { directory, file, tar } from './support/tar-builder.js'

const plain = painter(false)
const options = { width: 80, all: false }

const change = (more: Partial<PackageChange>): PackageChange => ({
  ...{ manager: 'dpkg', name: 'openssl', architecture: 'amd64', kind: 'modified', before: '1', after: '2' },
  ...{ sizeBefore: 1000, sizeAfter: 3000, path: 'var/lib/dpkg/status', ...more },
})

describe('packages', () => {
  const lines = (packages: PackageChange[], more = {}) =>
    [...packageLines(packages, { ...options, ...more }, plain)].join('')

  test('in columns, the biggest change first', () => {
    const packages = [
      change({}),
      change({ name: 'libc6', architecture: 'amd64', kind: 'removed', after: null, sizeAfter: null }),
      change({ name: 'libc6', architecture: 'i386', kind: 'added', before: null, sizeBefore: null }),
      change({ manager: 'python', name: 'requests', architecture: null, sizeAfter: null }),
    ]
    expect(lines(packages)).toBe(`\
Packages
 +3.00 kB  + dpkg    libc6:i386   2
 +2.00 kB  ~ dpkg    openssl      1 → 2
 -1.00 kB  - dpkg    libc6:amd64  1
           ~ python  requests     1 → 2

`)
  })

  test('many are folded, and one more takes no line to count it', () => {
    const of = (count: number) => Array.from({ length: count }, (_, index) => change({ name: `p${index}` }))
    expect(lines(of(21)).match(/dpkg/g)).toHaveLength(21)
    expect(lines(of(22)).match(/dpkg/g)).toHaveLength(20)
    expect(lines(of(22))).toContain('             and 2 more (--all shows them)\n')
    expect(lines(of(22), { all: true }).match(/dpkg/g)).toHaveLength(22)
  })

  test('what a layer chose is cut and escaped', () => {
    const text = lines([
      change({ name: `\x1b[31m${'n'.repeat(90)}`, before: 'b'.repeat(90), after: '\u202e'.repeat(40) }),
    ])
    expect(text).not.toMatch(/[^\n\x20-\x7e→…]/)
    expect(text.split('\n').every((line) => columnsOf(line) <= 80)).toBe(true)
  })
})

describe('notable changes', () => {
  const lines = (changes: NotableChange[], more = {}) =>
    [...notableLines(changes, { ...options, ...more }, plain)].join('')

  test('by reason, the gravest first', () => {
    const executables = Array.from(
      { length: 8 },
      (_, index): NotableChange => ({ path: `bin/${index}`, reasons: ['executable'] }),
    )
    expect(lines([...executables, { path: 'bin/su', reasons: ['setuid', 'executable'] }])).toBe(`\
Notable
  setuid bit      bin/su
  new executable  bin/0
                  bin/1
                  bin/2
                  bin/3
                  bin/4
                  and 3 more (--all shows them)

`)
    expect(lines(executables, { all: true })).toContain('bin/7')
  })

  test('paths keep their ends, and are escaped', () => {
    const text = lines([{ path: `${'a/'.repeat(60)}\x1b[1mend`, reasons: ['device'] }])
    expect(text).toMatch(/ {2}device node {2}….*\\x1b\[1mend\n/)
    expect(text.split('\n').every((line) => columnsOf(line) <= 80)).toBe(true)
  })
})

test('a whole report', async () => {
  const before = tar([
    directory('old'),
    file('old/one', 'x'.repeat(500)),
    file('old/two', 'y'.repeat(300)),
    file('a', '1'),
  ])
  const after = tar([
    directory('new'),
    file('new/one', 'x'.repeat(500)),
    file('two', 'y'.repeat(300)),
    file('a', '1', { mode: 0o4755 }),
  ])
  const diff = await diffLayers(before, after, { renames: true })
  const gates = checkGates(diff, { maxSize: 500, denySetuid: true, deny: ['b'] })
  expect([...textReport(diff, { gates })].join('')).toBe(`\
Notable
  setuid bit  a

Files
801 B → 801 B (same size)
+ 3 added, - 3 removed, ~ 1 modified, 0 unchanged; 2 renamed

   -800 B  - old/  and 2 paths below (2 renamed)
   +500 B  + new/  and 1 path below (1 renamed)
   +300 B  + two   renamed from old/two
           ~ a     mode 0644 → 4755

Gates  2 of 3 gates failed
  failed  max-size     measures 801 B, the limit is 500 B
                       new/one
                       two
  passed  deny         no path that matches b was added or changed
  failed  deny-setuid  1 file gained a setuid or setgid bit
                       a
`)
})

test('gates without paths take a line each', async () => {
  const results = checkGates(await diffLayers([], []), { maxSize: 5, maxGrowth: { bytes: 1 } })
  expect([...gateLines(results, options, plain)].join('')).toBe(`
Gates  2 gates passed
  passed  max-growth  did not grow, the limit is 1 B
  passed  max-size    measures 0 B, the limit is 5 B
`)
})
