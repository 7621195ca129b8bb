// Rules that a diff must keep to: what each finds, and what it says.

import { describe, expect, test } from 'vitest'
import { diffImages, diffLayers, type GateRules } from '../src/index.js'
import { gateSentence, gatesHeadline } from '../src/report/gate-words.js'
import { checkGates } from '../src/report/gates.js'
import { Layout, layer } from './support/image-builder.js'
import { directory, file, hardlink, tar, whiteout } from './support/tar-builder.js'

const of = (size: number) => 'x'.repeat(size)

const before = tar([
  directory('etc'),
  file('etc/passwd', of(1000)),
  file('etc/old.pem', of(10)),
  file('bin/su', of(990), { mode: 0o755 }),
  file('gone/a', of(1000)),
  file('gone/b', of(1000)),
])
const after = tar([
  directory('etc'),
  file('etc/passwd', of(1500)),
  file('etc/old.pem', of(10)),
  file('etc/new.pem', of(20)),
  file('bin/su', of(990), { mode: 0o4755 }),
  file('srv/big', of(3000)),
  hardlink('srv/link', 'srv/big'),
])

/** 4000 bytes before, 5520 after; what a rule found, and whether it passed. */
const cases: [name: string, rules: GateRules, passed: boolean, sentence: string, paths?: string[]][] = [
  ['growth within', { maxGrowth: { bytes: 1520 } }, true, 'grew by 1.52 kB, the limit is 1.52 kB'],
  [
    'growth over by one byte',
    { maxGrowth: { bytes: 1519 } },
    false,
    'grew by 1,520 bytes, the limit is 1,519 bytes',
    ['srv/big', 'etc/passwd', 'etc/new.pem'],
  ],
  ['a share within', { maxGrowth: { share: 0.38 } }, true, 'grew by 38%, the limit is 38%'],
  [
    'a share over',
    { maxGrowth: { share: 0.3799 } },
    false,
    'grew by 38%, the limit is 37.99%',
    ['srv/big', 'etc/passwd', 'etc/new.pem'],
  ],
  [
    'a share over by little',
    { maxGrowth: { share: 0.379999 } },
    false,
    'grew by 38%, the limit is 37.9999%',
    ['srv/big', 'etc/passwd', 'etc/new.pem'],
  ],
  ['size within', { maxSize: 5520 }, true, 'measures 5.52 kB, the limit is 5.52 kB'],
  [
    'size over',
    { maxSize: 2000 },
    false,
    'measures 5.52 kB, the limit is 2.00 kB',
    ['srv/big', 'etc/passwd', 'etc/new.pem'],
  ],
  ['files within', { maxFiles: 9 }, true, 'has 9 paths, the limit is 9'],
  ['files over', { maxFiles: 8 }, false, 'has 9 paths, the limit is 8'],
  [
    'a path that was there before',
    { deny: ['etc/old.pem'] },
    true,
    'no path that matches etc/old.pem was added or changed',
  ],
  [
    'a path that was added',
    { deny: ['*.pem'] },
    false,
    '1 path that matches *.pem was added or changed',
    ['etc/new.pem'],
  ],
  [
    'paths that were added or changed',
    { deny: ['*.pem', 'etc/passwd'] },
    false,
    '2 paths that match *.pem or etc/passwd were added or changed',
    ['etc/new.pem', 'etc/passwd'],
  ],
  [
    'a folder takes all below it along',
    { deny: ['srv/'] },
    false,
    '3 paths that match srv/ were added or changed',
    ['srv', 'srv/big', 'srv/link'],
  ],
  [
    'a path that was removed is denied to nobody',
    { deny: ['gone'] },
    true,
    'no path that matches gone was added or changed',
  ],
  ['setuid', { denySetuid: true }, false, '1 file gained a setuid or setgid bit', ['bin/su']],
  ['removed', { denyRemoved: ['gone/*'] }, false, '2 paths that match gone/* were removed', ['gone/a', 'gone/b']],
  ['nothing of it removed', { denyRemoved: ['etc/**'] }, true, 'no path that matches etc/** was removed'],
]

test.for(cases)('%s', async ([, rules, passed, sentence, paths = []]) => {
  const [result, ...more] = checkGates(await diffLayers(before, after), rules)
  expect(more).toEqual([])
  expect(result && [result.passed, gateSentence(result), result.paths]).toEqual([passed, sentence, paths])
})

describe('what is no rule', () => {
  test.for<[rules: object, message: RegExp]>([
    [{ maxGrowht: 1 }, /There is no rule "maxGrowht"\. Known: maxGrowth, /],
    [{ maxGrowth: '5%' }, /The rule maxGrowth takes \{ bytes \} or \{ share \}, where 0\.05 is 5 %, not "5%"\./],
    [{ maxWaste: 1e6 }, /The rule maxWaste takes/],
    [{ maxSize: -1 }, /The rule maxSize takes bytes, not -1\./],
    [{ deny: '*.pem' }, /The rule deny takes a list of globs/],
    [{ minEfficiency: 95 }, /a number from 0 to 1/],
    [{ deny: ['!*.pem'] }, /none of them empty, negated/],
    [{ deny: ['/'] }, /none of them empty/],
    [{ denyRemoved: ['./etc'] }, /begun with \.\//],
    [{ maxGrowth: { bytes: 1e9, share: 0.1 } }, /takes \{ bytes \} or \{ share \}/],
    [{ maxGrowth: { bytes: undefined } }, /takes \{ bytes \}/],
  ])('%j', async ([rules, message]) => {
    const diff = await diffLayers(before, after)
    expect(() => checkGates(diff, rules as GateRules)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    )
  })
})

test('a hard link whose header makes its file setuid, as most engines do and the merge does not', async () => {
  const stack = (mode: number, more = '') => tar([file('su', more, { mode: 0o755 }), hardlink('link', 'su', { mode })])
  const check = async (old: Uint8Array, now: Uint8Array) =>
    checkGates(await diffLayers(old, now), { denySetuid: true })[0]
  const setuid = stack(0o4755)
  expect(await check(stack(0o755), setuid)).toMatchObject({ passed: false, figure: 1, paths: ['link'] })
  expect((await check(stack(0o755), stack(0o755, 'x')))?.passed).toBe(true)
  // One that was odd before may have said less.
  expect(await check(stack(0o644), setuid)).toMatchObject({ passed: false, paths: ['link'] })
  // More warnings than are kept hide none.
  const many = Array.from({ length: 1001 }, (_, i) => hardlink(`a${i}`, 'missing'))
  expect((await check(setuid, tar([...many, file('b', '', { mode: 0o755 })])))?.passed).toBe(false)
})

test('a rule that is off is no rule', async () => {
  expect(checkGates(await diffLayers(before, after), { denySetuid: false })).toEqual([])
})

test('all rules are checked, in their order', async () => {
  const rules: GateRules = { denySetuid: true, maxSize: 1, maxGrowth: { share: 0.1 }, deny: ['nothing'] }
  const results = checkGates(await diffLayers(before, after), rules)
  expect(results.map(({ rule, passed }) => [rule, passed])).toEqual([
    ['maxGrowth', false],
    ['maxSize', false],
    ['deny', true],
    ['denySetuid', false],
  ])
  expect(gatesHeadline(results)).toBe('3 of 4 gates failed')
})

describe('growth', () => {
  const grow = async (old: number, now: number, rules: GateRules) => {
    const side = (size: number) => tar(size === 0 ? [] : [file('a', of(size))])
    const [result] = checkGates(await diffLayers(side(old), side(now)), rules)
    return result && [result.passed, gateSentence(result)]
  }
  const share = { maxGrowth: { share: 0.5 } }
  test('from nothing is more than any share', async () => {
    expect(await grow(0, 5, share)).toEqual([false, 'grew from nothing, the limit is 50%'])
  })
  test('of nothing to nothing', async () => {
    expect(await grow(0, 0, { maxGrowth: { share: 0 } })).toEqual([true, 'did not grow, the limit is 0%'])
  })
  test('that is none', async () => {
    expect(await grow(10, 4, share)).toEqual([true, 'shrank by 60%, the limit is 50%'])
    expect(await grow(10, 4, { maxGrowth: { bytes: 0 } })).toEqual([true, 'shrank by 6 B, the limit is 0 B'])
  })
})

describe('waste', () => {
  const image = async () => {
    const layout = new Layout()
    const layers = [
      await layer(tar([file('a', of(1000)), file('b', of(1000))])),
      await layer(tar([file('a', of(600)), whiteout('b')])),
    ]
    return layout.tar([await layout.image(layers)])
  }

  test('by dive’s formulas: every copy of a path that is seen twice', async () => {
    const one = await image()
    const diff = await diffImages(one, one, { waste: true })
    expect(diff.waste?.dive).toEqual({ efficiency: 600 / 2600, wastedBytes: 2600, wastedPercent: 2600 / 600 })
    const results = checkGates(diff, { minEfficiency: 0.9, maxWaste: { bytes: 2600 } })
    expect(results.map((result) => [result.passed, gateSentence(result), result.paths])).toEqual([
      [false, 'efficiency is 23.08%, the limit is 90%', ['a', 'b']],
      [true, 'wastes 2.60 kB, the limit is 2.60 kB', []],
    ])
    expect(checkGates(diff, { maxWaste: { share: 4 } })[0]?.passed).toBe(false)
    expect(checkGates(diff, { maxWaste: { share: 4.34 } })[0]?.passed).toBe(true)
  })

  test('above a first layer with nothing above it is more than any share', async () => {
    const layout = new Layout()
    const layers = [await layer(tar([file('f', of(100))])), await layer(tar([file('f')]))]
    const one = layout.tar([await layout.image(layers)])
    const [result] = checkGates(await diffImages(one, one, { waste: true }), { maxWaste: { share: 1 } })
    expect(result && [result.passed, gateSentence(result)]).toEqual([
      false,
      'wastes bytes above a first layer without any, the limit is 100%',
    ])
  })

  test('is not known of every diff', async () => {
    const one = await image()
    const diff = await diffImages(one, one)
    expect(diff.waste).toBeNull()
    expect(() => checkGates(diff, { maxWaste: { bytes: 1 } })).toThrow('with the option waste')
  })
})
