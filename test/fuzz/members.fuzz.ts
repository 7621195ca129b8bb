// Members of images' archives, with their headers' fields changed, against the obvious reader, which reads as Go does: the same
// names in the same order, each where its content lies, or a refusal. What one reader sees and another does not would be an image
// that is shown in place of the one that is loaded.

import { expect, it } from 'vitest'
import { LayerDiffError } from '../../src/errors.js'
import { type ArchiveBytes, type TarMember, tarMembers } from '../../src/image/tar-members.js'
import { decodeText } from '../../src/text.js'
import { FIRST_SEED, LIMITS, report, SCALE } from '../support/fuzz.js'
import { readTar, type TarEntry, unbinary } from '../support/reference-tar.js'
import { Random, randomStack } from '../support/stacks.js'
import { TarMutator } from '../support/tar-mutator.js'

const RUNS = 20_000 * SCALE
const SEEDS = 400

function seeds(): Uint8Array[] {
  const all: Uint8Array[] = []
  for (let seed = 0; all.length < SEEDS; seed++) {
    const layers = randomStack(FIRST_SEED * 31_337 + seed, { layers: 2, entries: 3 })
    all.push(...layers.filter(({ byteLength }) => byteLength <= 8 * 512))
  }
  return all
}

const textOf = (binary: string) => decodeText(unbinary(binary)).text

async function membersOf(bytes: Uint8Array): Promise<TarMember[]> {
  const archive: ArchiveBytes = {
    label: 'It',
    size: bytes.byteLength,
    at: async (offset, length) => bytes.subarray(offset, offset + length),
  }
  const members: TarMember[] = []
  for await (const member of tarMembers(archive, LIMITS)) members.push(member)
  return members
}

/** How a member differs from its entry, in words; null where it does not. What is no plain file is refused when it is asked for. */
function difference(bytes: Uint8Array, member: TarMember, entry: TarEntry): string | null {
  if (member.name !== textOf(entry.path)) return 'another name'
  if (member.kind === 'other') return ['symlink', 'hardlink'].includes(entry.type) ? 'no link' : null
  if (member.kind !== entry.type) return `${member.kind} for ${entry.type}`
  if (member.kind !== 'file') return member.target === textOf(entry.link ?? '') ? null : 'another target'
  if (entry.map !== null) return 'a sparse file taken for a plain one'
  return Buffer.compare(bytes.subarray(member.start, member.end), entry.data) === 0 ? null : 'another content'
}

it(
  `${RUNS} archives`,
  async () => {
    const random = new Random(FIRST_SEED)
    const mutator = new TarMutator(random)
    const corpus = seeds()
    const tally = { read: 0, refused: 0, refusedByBoth: 0, readPastFaults: 0 }
    const faults = new Map<string, number>()
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutator.mutate(random.pick(corpus), random.pick(corpus)).slice()
      const { entries, error, warnings } = readTar(bytes)
      // A label is skipped in a layer, and a member of no use in an archive.
      if (warnings.some(({ code }) => code === 'VOLUME_LABEL')) continue
      const members = await membersOf(bytes).catch((refusal) => {
        if (refusal instanceof LayerDiffError) return null
        throw refusal
      })
      if (members === null) {
        tally[error ? 'refusedByBoth' : 'refused']++
        continue
      }
      tally[error ? 'readPastFaults' : 'read']++
      // Where Go gives up nothing is loaded, and what was seen up to there must be the same.
      const differences = entries.map((entry, index) => {
        const member = members[index]
        return member ? difference(bytes, member, entry) : 'too few members'
      })
      if (error === null && members.length > entries.length) differences.push('too many members')
      const fault = differences.find((difference) => difference !== null)
      if (!fault) continue
      const times = (faults.get(fault) ?? 0) + 1
      faults.set(fault, times)
      if (times === 1) report(`members: ${fault}`, { run, bytes: Buffer.from(bytes).toString('base64') })
    }
    report('members', { runs: RUNS, ...tally })
    // Most of what Go reads is read.
    expect(tally.refused).toBeLessThan(tally.read)
    expect(Object.fromEntries(faults)).toEqual({})
  },
  300_000 * SCALE,
)
