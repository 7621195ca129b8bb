// Layer indexes with their numbers changed, loaded, merged and compared by the checked build: refused, or diffed, and never an
// access outside of what belongs to something. What goes through is decoded on the caller's side too.

import { expect, it } from 'vitest'
import { CONTAINER, ENTRY, MAGIC_DIFF, PATH, SECTION, SECTION_COUNT } from '../../src/engine/abi.js'
import { writeContainer } from '../../src/engine/container.js'
import { layerEntries } from '../../src/engine/index-entries.js'
import { decodeDiff } from '../../src/engine/result.js'
import { CheckedCore } from '../support/checked-core.js'
import { codeOf, FIRST_SEED, LIMITS, OUT_OF_MEMORY, report, SCALE, told } from '../support/fuzz.js'
import { Random, randomStack } from '../support/stacks.js'

const RUNS = 5000 * SCALE
const SEEDS = 200
const FILES = ['stored', 'merge', 'tree', 'diff', 'order', 'wanted', 'paths', 'index']
const NUMBERS = [0, 1, 2, 7, 8, 24, 80, 127, 128, 255, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 8, 2 ** 32 - 1]

const padded = (length: number) => Math.ceil(length / 8) * 8

/** One to three numbers of it changed: of its header, of a record, or anywhere. */
function mutate(random: Random, index: Uint8Array): Uint8Array {
  const bytes = index.slice()
  const view = new DataView(bytes.buffer)
  const starts: number[] = []
  let at: number = CONTAINER.HEADER
  for (let section = 0; section < SECTION_COUNT; section++) {
    starts.push(at)
    at += padded(view.getUint32(CONTAINER.SECTIONS + section * 4, true))
  }
  const put = (place: number) => {
    if (place + 4 > bytes.byteLength) return
    const near = view.getUint32(place, true) + random.int(9) - 4
    view.setUint32(place, random.chance(40) ? near : random.chance(50) ? random.pick(NUMBERS) : random.int(64), true)
  }
  for (let n = 1 + random.int(3); n > 0; n--) {
    const record = (section: number, size: number) => {
      const count = Math.floor(view.getUint32(CONTAINER.SECTIONS + section * 4, true) / size)
      return (starts[section] ?? 0) + random.int(Math.max(1, Math.min(count, 1000))) * size
    }
    const how = random.int(6)
    if (how === 0)
      put(random.pick([CONTAINER.MAGIC, CONTAINER.VERSION, CONTAINER.SECTIONS + random.int(SECTION_COUNT) * 4]))
    else if (how === 1) put(record(SECTION.PATHS, PATH.SIZE) + random.int(4) * 4)
    else if (how === 2) put(record(SECTION.ENTRIES, ENTRY.SIZE) + random.int(20) * 4)
    else if (how === 3)
      bytes[Math.min(record(SECTION.ENTRIES, ENTRY.SIZE) + ENTRY.TYPE, bytes.length - 1)] = random.int(12)
    else if (how === 4) put((starts[random.int(SECTION_COUNT)] ?? 0) + random.int(30) * 4)
    else bytes[random.int(bytes.length)] = random.int(256)
  }
  return random.chance(3) ? bytes.subarray(0, random.int(bytes.length)) : bytes
}

const noLayers = () => Promise.reject(new Error('there are no layers'))

it(
  `${RUNS} layer indexes`,
  async () => {
    const core = new CheckedCore()
    const random = new Random(FIRST_SEED)
    const corpus: Uint8Array[] = []
    for (let seed = 0; corpus.length < SEEDS; seed++) {
      for (const layer of randomStack(FIRST_SEED * 65_537 + seed)) {
        if (core.tar(layer, LIMITS) === 0) corpus.push(core.layerIndex())
      }
    }
    const planted = corpus.length
    const statuses = new Map<number, number>()
    let decoded = 0
    for (let run = 0; run < RUNS; run++) {
      const whole = corpus[random.int(planted)] as Uint8Array
      const broken = mutate(random, random.pick(corpus))
      const follow = random.chance(50)
      const status = told('index', broken, () => {
        core.begin(LIMITS, 0)
        // In all what a merge may take: its own limit on following symlinks is the first to be reached.
        core.wasm.allowSteps(1 << 26)
        return core.diff([whole, broken], [0], random.chance(50) ? [0, 1] : [1, 1], follow)
      })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (core.isNew()) corpus.push(broken.slice())
      if (status !== 0) continue
      decoded++
      const { wasm } = core
      const facts = {
        magic: MAGIC_DIFF,
        warningsDropped: 0,
        sourceBytes: 0,
        tarBytes: 0,
        diffId: null,
        partial: false,
      } as const
      const container = writeContainer(wasm.memory.buffer, wasm.diffSections(), facts)
      const decode = async () => {
        const diff = await decodeDiff(container, [undefined, undefined, undefined], {
          content: noLayers,
          contents: noLayers,
        })
        JSON.stringify(diff)
        for (const _ of layerEntries(broken));
      }
      const code = await codeOf(decode())
      // What the merge need not look at may still be refused by who looks at it.
      expect([null, 'INDEX_DAMAGED'], `run ${run}`).toContain(code)
    }
    expect(statuses.get(OUT_OF_MEMORY)).toBeUndefined()
    report('indexes', {
      runs: RUNS,
      decoded,
      corpus: corpus.length,
      statuses: Object.fromEntries(statuses),
      ...core.coverage(FILES),
    })
  },
  300_000 * SCALE,
)
