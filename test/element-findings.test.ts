// What a diff tells beyond its changes, found by path: of real diffs, of their JSON, and of a JSON that is older or wrong.

import { describe, expect, it, test } from 'vitest'
import { filterChanges, NO_FILTER } from '../src/element/filter.js'
import { type Findings, lookThrough } from '../src/element/findings.js'
import { type ShownDiff, shownDiff } from '../src/element/shown-diff.js'
import { diffLayers, type LayerDiffJson } from '../src/index.js'
import { notableChanges } from '../src/notable.js'
import type { RenameJson } from '../src/types.js'
import { directory, file, symlink, tar, whiteout } from './support/tar-builder.js'

/** A character a byte, so that it need not be UTF-8. */
const raw = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

const never = new AbortController().signal
const diff = await diffLayers(
  [tar([file('bin/ping', 'p', { mode: 0o755 }), file('srv/a', 'same'), file(raw('srv/\xe9'), 'bytes')])],
  [
    tar([file('bin/ping', 'p', { mode: 0o755 }), file('srv/a', 'same'), file(raw('srv/\xe9'), 'bytes')]),
    tar([
      file('bin/ping', 'p', { mode: 0o4755 }),
      file(raw('bin/\xff.key'), 'k'),
      directory('srv'),
      whiteout('srv/a'),
      file('srv/moved', 'same'),
      whiteout(raw('srv/\xe9')),
      file(raw('srv/\xe8'), 'bytes'),
      file('srv/run', '#!', { mode: 0o4777 }),
      symlink('srv/up', '../../etc/shadow'),
    ]),
  ],
)
const json = JSON.parse(JSON.stringify(diff)) as LayerDiffJson

const RENAMES: readonly RenameJson[] = [
  { from: 'srv/a', to: 'srv/moved', size: 4, hash: 'blake3:00' },
  {
    from: 'srv/\ufffd',
    fromBytes: btoa('srv/\xe9'),
    to: 'srv/\ufffd',
    toBytes: btoa('srv/\xe8'),
    size: 5,
    hash: 'blake3:01',
  },
  { from: 'nowhere', to: 'srv/run', size: 1, hash: 'blake3:02' },
]

async function found(report: Parameters<typeof shownDiff>[0]): Promise<{ shown: ShownDiff; findings: Findings }> {
  const shown = shownDiff(report)
  return { shown, findings: (await lookThrough(shown, never)) as Findings }
}

/** As `reason: paths`. */
const grouped = ({ shown, findings }: { shown: ShownDiff; findings: Findings }) =>
  Array.from(findings.groups, ([reason, indices]) => {
    return `${reason}: ${indices.map((index) => shown.changes.at(index)?.path).join(' ')}`
  })

const GROUPS = [
  'setuid: bin/ping srv/run',
  'world-writable: srv/run',
  'credential: bin/\ufffd.key',
  'escaping-symlink: srv/up',
  'executable: srv/run',
]

describe('notable changes', () => {
  test.for<[string, () => Parameters<typeof shownDiff>[0], string[]]>([
    ['of a diff', () => diff, GROUPS],
    ['of its JSON', () => json, GROUPS],
    ['of the JSON of an older version, which tells none', () => ({ ...json, notable: undefined as never }), GROUPS],
    [
      'of a JSON that knows better',
      () => ({ ...json, notable: [{ path: 'srv/moved', reasons: ['device'] }] }),
      ['device: srv/moved'],
    ],
    [
      'of a JSON that knows reasons of a later version',
      () => ({ ...json, notable: [{ path: 'srv/moved', reasons: ['later' as never, 'constructor' as never] }] }),
      [],
    ],
    [
      'of a JSON that tells of what did not change',
      () => ({ ...json, notable: [{ path: 'none', reasons: ['setuid'] }] }),
      [],
    ],
  ])('%s', async ([, report, expected]) => {
    expect(grouped(await found(report()))).toEqual(expected)
  })

  it('are as many as notable() gives, with the same reasons', async () => {
    const { shown, findings } = await found(diff)
    const notable = notableChanges(shown.changes)
    expect(findings.notable).toBe(notable.length)
    expect([...shown.changes].map((change) => findings.reasonsOf(change)).filter(({ length }) => length > 0)).toEqual(
      notable.map(({ reasons }) => reasons),
    )
  })

  test.for<['any' | 'executable' | 'device', number]>([
    ['any', 4],
    ['executable', 1],
    ['device', 0],
  ])('%s: the filter lets %i through', async ([notable, count]) => {
    for (const report of [diff, json]) {
      const { shown, findings } = await found(report)
      const root = await filterChanges(shown.changes, { ...NO_FILTER, notable }, never, findings.reasonsOf)
      expect(root && root.totals.added + root.totals.modified + root.totals.removed).toBe(count)
    }
  })
})

describe('renames', () => {
  const otherOf = async (path: string, bytes: number | null, renames: LayerDiffJson['renames'] = RENAMES) => {
    const { shown, findings } = await found({ ...json, renames })
    const change = [...shown.changes].find((one) => one.path === path && (one.pathBytes?.at(-1) ?? null) === bytes)
    const other = change && findings.otherNameOf(change)
    if (!other) return undefined
    const partner = other.index < 0 ? null : shown.changes.at(other.index)
    return [other.path, partner?.kind, partner?.pathBytes?.at(-1)]
  }
  test.for<[string, number | null, unknown]>([
    ['srv/a', null, ['srv/moved', 'added', undefined]],
    ['srv/moved', null, ['srv/a', 'removed', undefined]],
    ['srv/\ufffd', 0xe9, ['srv/\ufffd', 'added', 0xe8]],
    ['srv/\ufffd', 0xe8, ['srv/\ufffd', 'removed', 0xe9]],
    ['srv/run', null, ['nowhere', undefined, undefined]],
    ['srv/up', null, undefined],
  ])('the other name of %s', async ([path, bytes, expected]) => {
    expect(await otherOf(path, bytes)).toEqual(expected)
  })

  it('are none where nobody asked for them', async () => {
    expect(await otherOf('srv/a', null, null)).toBeUndefined()
  })
})

it('ends when it is called off', async () => {
  expect(await lookThrough(shownDiff(diff), AbortSignal.abort())).toBeUndefined()
})
