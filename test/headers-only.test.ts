// Plain layers in files: read by their headers, and contents only where they decide. The answer is that of reading all.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { joinClaimed } from '../src/compose/claims.js'
import { diffStacks, type StacksDiff } from '../src/compose/stacks.js'
import { diffLayers, type LayerDiffJson, type LayerInput } from '../src/index.js'
import { resolveDiffOptions } from '../src/options.js'
import { randomPair } from './support/stacks.js'
import { file as entry, tar } from './support/tar-builder.js'

let folder: string
let files = 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-headers-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

function file(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.tar`)
  writeFileSync(path, bytes)
  return path
}

function compare(a: LayerInput[], b: LayerInput[], claims = false): Promise<StacksDiff> {
  return diffStacks(a, b, { ...resolveDiffOptions({}), cache: undefined, join: claims ? joinClaimed : undefined })
}

/** The JSON without the hashes of contents that decide nothing. */
function decisive({ changes, summary, warnings }: LayerDiffJson): unknown {
  return {
    summary,
    warnings,
    changes: changes.map((change) => {
      if (change.fields.includes('content') && change.before?.size === change.after?.size) return change
      const unhashed = (entry: typeof change.before) => entry && { ...entry, hash: null }
      return { ...change, before: unhashed(change.before), after: unhashed(change.after) }
    }),
  }
}

test.for(Array.from({ length: 60 }, (_, seed) => seed))('stacks of seed %i', async (seed) => {
  const { before, after } = randomPair(seed)
  const outcome = (a: LayerInput[], b: LayerInput[]) =>
    diffLayers(a, b).then(
      (diff) => decisive(diff.toJSON()),
      ({ code, message }) => ({ code, message }),
    )
  // A layer that stands on both sides is one file.
  const paths = new Map([...before, ...after].map((bytes) => [bytes, file(bytes)]))
  const pathsOf = (stack: Uint8Array[]) => stack.map((bytes) => paths.get(bytes) as string)
  expect(await outcome(pathsOf(before), pathsOf(after))).toEqual(await outcome(before, after))
})

describe('what is read', () => {
  const big = (fill: number) => new Uint8Array(1 << 20).fill(fill)

  it('leaves out contents that only one side has, or whose sizes differ', async () => {
    const old = file(tar([entry('gone', big(1)), entry('grown', big(2))]))
    const now = file(tar([entry('new', big(3)), entry('grown', big(2).subarray(1))]))
    const { diff, before, after } = await compare([old], [now])
    expect(Array.from(diff.changes, ({ path, kind }) => `${kind} ${path}`)).toEqual([
      'removed gone',
      'modified grown',
      'added new',
    ])
    expect(diff.changes.at(0)?.before?.hash).toBeNull()
    expect((before[0]?.bytesRead ?? 0) + (after[0]?.bytesRead ?? 0)).toBeLessThan(100_000)
  })

  it('reads contents of one size, and tells them apart', async () => {
    const same = entry('same', big(1))
    const old = file(tar([same, entry('changed', big(2))]))
    const now = file(tar([entry('changed', big(3)), same]))
    const { diff, before } = await compare([old], [now])
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['changed'])
    expect(diff.changes.at(0)?.before?.hash).toMatch(/^blake3:/)
    expect(before[0]?.bytesRead).toBeGreaterThan(2 << 20)
  })

  it('stops at the end blocks', async () => {
    const ended = tar([entry('a', big(1))])
    const padded = new Uint8Array(ended.byteLength + (8 << 20))
    padded.set(ended)
    const { before } = await compare([file(padded)], [file(ended)])
    expect(before[0]?.bytesRead).toBeLessThan(2 << 20)
  })
})

describe('layers that configs claim to be one', () => {
  const claimedDiffId = `sha256:${'ab'.repeat(32)}`
  const claim = (bytes: Uint8Array, digest: string | null = claimedDiffId) => {
    const path = file(bytes)
    return { claimedDiffId, digest: digest ?? undefined, verify: false, open: () => path } as LayerInput
  }
  const layer = (content: string, mode = 0o644) => tar([entry('a', content, { mode })])

  it('are one where their headers agree, by claim', async () => {
    const { diff, before, after } = await compare([claim(layer('one'))], [claim(layer('one'))], true)
    expect(diff.changes.length).toBe(0)
    expect(after[0]).toMatchObject({ place: before[0]?.place, claimed: true, verified: false })
  })

  it('are two where their headers differ, and a changed content shows', async () => {
    const two = tar([entry('a', 'two'), entry('b')])
    const { diff, before, after } = await compare([claim(layer('one'))], [claim(two)], true)
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['a', 'b'])
    expect(after[0]).toMatchObject({ claimed: false })
    expect(after[0]?.place).not.toBe(before[0]?.place)
  })

  it.each([
    ['the digest that is claimed', claimedDiffId],
    ['no digest', null],
  ])('are two where a digest gives the claim the lie, beside one with %s', async (_, digest) => {
    const [honest, lying] = [claim(layer('one'), digest), claim(layer('two'), `sha256:${'cd'.repeat(32)}`)]
    for (const [old, now] of [
      [honest, lying],
      [lying, honest],
    ]) {
      const { diff, after } = await compare([old as LayerInput], [now as LayerInput], true)
      expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['a'])
      expect(after[0]).toMatchObject({ claimed: false })
    }
  })

  it('are read where a claim is not enough', async () => {
    const { diff } = await compare([claim(layer('one'))], [claim(layer('two'))])
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['a'])
  })
})

describe('damage', () => {
  const bytes = tar([entry('a', new Uint8Array(100_000)), entry('b')])

  it.each([
    ['in a content that is passed over', 60_000],
    ['in a header', 512 + 100_352 + 100],
  ])('a file that ends %s is truncated', async (_, length) => {
    await expect(diffLayers(file(bytes.subarray(0, length)), file(tar([])))).rejects.toMatchObject({
      code: 'TAR_TRUNCATED',
      side: 'before',
      layer: 0,
    })
  })

  it('a digest that must be verified is, in a plain file too', async () => {
    const path = file(bytes)
    const wrong = { digest: `sha256:${'00'.repeat(32)}`, open: () => path }
    await expect(diffLayers(wrong, [])).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })
})
