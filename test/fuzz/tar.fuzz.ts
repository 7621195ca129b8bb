// Archives with their fields changed, read by the checked build: no access outside of what belongs to something, steps in
// proportion to the bytes, and the entries, or the refusal, that the obvious reader comes to.

import { expect, it } from 'vitest'
import { CheckedCore } from '../support/checked-core.js'
import { FIRST_SEED, LIMITS, OUT_OF_MEMORY, report, SCALE, told } from '../support/fuzz.js'
import { readTar } from '../support/reference-tar.js'
import { Random, randomStack } from '../support/stacks.js'
import { TarAgreement } from '../support/tar-agreement.js'
import { TarMutator } from '../support/tar-mutator.js'

const RUNS = 20_000 * SCALE
const SEEDS = 400
/** Small, so that the obvious reader need not make much of holes. */
const TAR_LIMITS = { ...LIMITS, layerBytes: 1 << 20, entries: 1000, metaBytes: 1 << 14, pathBytes: 1 << 12 }
/** Statuses of limits: the obvious reader has none but one. */
const isLimit = (status: number) => status >= 50 && status <= 55
const FILES = ['tar', 'header', 'pax', 'sparse', 'xattrs', 'layer', 'paths']

function seeds(): Uint8Array[] {
  const all: Uint8Array[] = []
  for (let seed = 0; all.length < SEEDS; seed++) {
    for (const layer of randomStack(FIRST_SEED * 31_337 + seed, { layers: 2, entries: 3 })) {
      if (layer.byteLength <= 6 * 512) all.push(layer)
    }
  }
  return all
}

it(
  `${RUNS} archives`,
  () => {
    // Two in three archives are refused, and where is of no use to anybody.
    Error.stackTraceLimit = 0
    const core = new CheckedCore()
    const agreement = new TarAgreement(core)
    const random = new Random(FIRST_SEED)
    const mutator = new TarMutator(random)
    const corpus = seeds()
    const planted = corpus.length
    const found = new Map<string, number>()
    const statuses = new Map<number, number>()
    for (let run = 0; run < RUNS; run++) {
      const from = corpus[random.chance(50) ? random.int(corpus.length) : random.int(Math.min(planted, corpus.length))]
      const bytes = mutator.mutate(from as Uint8Array, random.pick(corpus))
      const cut = random.chance(80) ? bytes.byteLength || 1 : 1 + random.int(700)
      const status = told('tar', bytes, () => core.tar(bytes, TAR_LIMITS, cut))
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (core.isNew()) corpus.push(bytes.slice())
      if (isLimit(status)) continue
      const result = readTar(bytes)
      const refused = result.error !== null
      if (refused && result.error?.code.startsWith('LIMIT_')) continue
      const fault =
        refused !== (status !== 0)
          ? `status ${status}, ${result.error?.code ?? 'no error'}`
          : refused
            ? null
            : agreement.difference(result)
      if (fault === null) continue
      const kind = fault.replace(/"(?:[^"\\]|\\.)*"/g, '"…"').replace(/\d+/g, (n) => (n.length > 2 ? 'N' : n))
      const times = (found.get(kind) ?? 0) + 1
      found.set(kind, times)
      if (times === 1) report(`tar disagreement: ${fault}`, { run, bytes: Buffer.from(bytes).toString('base64') })
    }
    expect(statuses.get(OUT_OF_MEMORY)).toBeUndefined()
    report('tar', {
      runs: RUNS,
      corpus: corpus.length,
      statuses: Object.fromEntries(statuses),
      ...core.coverage(FILES),
    })
    expect(Object.fromEntries(found)).toEqual({})
  },
  300_000 * SCALE,
)
