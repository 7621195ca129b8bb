// What is read on the caller's side, through the API, with bytes and texts changed: zstd streams, archives and layouts of
// images, manifests, configs, names of images. Each is read, or refused with a code; nothing is thrown anywhere else.

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { unpack } from '../../src/engine/embedded.js'
import { wasm as zstdWasm } from '../../src/engine/zstd.generated.js'
import { ZstdStream } from '../../src/engine/zstd.js'
import { LayerDiffError } from '../../src/errors.js'
import { openImage, parseReference } from '../../src/index.js'
import { DEFAULT_LIMITS } from '../../src/options.js'
import { parseChallenges } from '../../src/registry/challenge.js'
import { loadCore, plainJob } from '../support/core.js'
import { codeOf, FIRST_SEED, report, SCALE } from '../support/fuzz.js'
import { configOf, dockerParts, Layout, layer, named, TYPES } from '../support/image-builder.js'
import { Random, randomStack } from '../support/stacks.js'
import { directory, file, tar } from '../support/tar-builder.js'
import { TarMutator } from '../support/tar-mutator.js'

const RUNS = 1500 * SCALE
const TIME = 300_000 * SCALE

/** Codes and how often they came. */
class Tally {
  readonly codes: Record<string, number> = {}

  add(code: string | null): void {
    const name = code ?? 'read'
    this.codes[name] = (this.codes[name] ?? 0) + 1
  }
}

function spoil(random: Random, from: Uint8Array): Uint8Array {
  const bytes = from.slice()
  for (let n = 1 + random.int(3); n > 0 && bytes.length > 0; n--) {
    const at = random.int(random.chance(50) ? Math.min(bytes.length, 32) : bytes.length)
    if (random.chance(60)) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(8))
    else if (random.chance(70)) bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff])
    else bytes.copyWithin(random.int(bytes.length), at, at + 1 + random.int(20))
  }
  return random.chance(15) ? bytes.subarray(0, random.int(bytes.length)) : bytes
}

it(
  `${RUNS} zstd streams`,
  async () => {
    const random = new Random(FIRST_SEED)
    const seeds = Array.from({ length: 40 }, (_, i) => {
      const [content] = randomStack(FIRST_SEED * 77 + i) as [Uint8Array]
      const options = [`-${1 + (i % 19)}`, ...(i % 2 ? ['--check'] : ['--no-check']), '-c', '-q']
      return new Uint8Array(spawnSync('zstd', options, { input: content }).stdout)
    })
    const core = await loadCore('simd')
    const module = await WebAssembly.compile(await unpack(zstdWasm))
    const openZstd = () => ZstdStream.create(module)
    const tally = new Tally()
    const limits = { ...DEFAULT_LIMITS, layerBytes: 1 << 24 }
    for (let run = 0; run < RUNS; run++) {
      const bytes = spoil(random, random.pick(seeds))
      let at = 0
      let reads = 0
      const reader = {
        size: null,
        read(into: Uint8Array) {
          const length = Math.min(into.byteLength, 1 + random.int(3000), bytes.byteLength - at)
          into.set(bytes.subarray(at, at + length))
          at += length
          // The end is told once or twice, and never asked for again and again.
          if (length === 0 && ++reads > 4) throw new Error('it reads past the end for ever')
          return length
        },
        close() {},
      }
      tally.add(
        await codeOf(core.index({ ...plainJob, limits }, reader, { openZstd, onProgress() {}, checkCancelled() {} })),
      )
    }
    report('zstd', { runs: RUNS, codes: tally.codes })
    expect(Object.keys(tally.codes)).toContain('ZSTD_CORRUPT')
  },
  TIME,
)

const VALUES: unknown[] = [
  ...[
    null,
    0,
    -1,
    1.5,
    2 ** 53,
    1e308,
    '',
    'x',
    'sha256:',
    `sha256:${'0'.repeat(64)}`,
    `sha512:${'0'.repeat(128)}`,
    true,
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    { a: 1 },
    ['..'],
    ['/etc/passwd'],
    '\u0000',
    '\ud800',
    'a'.repeat(5000),
    '__proto__',
    'constructor',
  ],
  ...Object.values(TYPES),
]

/** Something of a JSON value replaced, left out, doubled or put elsewhere. */
function changed(random: Random, value: unknown, depth = 0): unknown {
  if (random.chance(depth === 0 ? 2 : 25) || typeof value !== 'object' || value === null) return random.pick(VALUES)
  if (Array.isArray(value)) {
    const items = [...value]
    const at = random.int(items.length + 1)
    const how = random.int(4)
    if (how === 0) items.splice(at, 1)
    else if (how === 1) items.splice(at, 0, ...(items.length > 0 ? [random.pick(items)] : [random.pick(VALUES)]))
    else if (items.length > 0) items[at % items.length] = changed(random, items[at % items.length], depth + 1)
    return items
  }
  const entries = Object.entries(value)
  const [key] = entries.length > 0 ? random.pick(entries) : ['x']
  const how = random.int(6)
  if (how === 0) return Object.fromEntries(entries.filter(([name]) => name !== key))
  if (how === 1)
    return { ...value, [random.pick(['__proto__', 'mediaType', 'layers', 'manifests', 'x'])]: random.pick(VALUES) }
  return { ...value, [key]: changed(random, (value as Record<string, unknown>)[key], depth + 1) }
}

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

/** A layout or a docker archive in which one of the documents was changed, and digests are right again. */
async function changedImage(random: Random): Promise<Uint8Array> {
  const base = await layer(tar([directory('etc'), file('etc/a', '1')]))
  let config: unknown = JSON.parse(
    new TextDecoder().decode(configOf([base], { config: { Env: ['A=b'], Labels: { k: 'v' } } })),
  )
  const which = random.int(4)
  if (which === 0) config = changed(random, config)
  if (random.chance(40)) {
    let rows: unknown = [{ Config: 'config.json', RepoTags: ['app:1'], Layers: ['version-0/layer.tar'] }]
    if (which !== 0) rows = changed(random, rows)
    const parts = dockerParts([base], ['app:1']).filter(
      ({ path }) => path !== 'manifest.json' && path !== 'config.json',
    )
    return tar([file('config.json', text(config)), ...parts, file('manifest.json', text(rows))])
  }
  const layout = new Layout()
  const blob = await layout.add(base.blob, TYPES.layer)
  const configured = await layout.add(text(config), TYPES.config)
  let manifest: unknown = { schemaVersion: 2, mediaType: TYPES.manifest, config: configured, layers: [blob] }
  if (which === 1) manifest = changed(random, manifest)
  let inner: unknown = await layout.add(text(manifest), TYPES.manifest, named('app'))
  if (random.chance(30)) inner = await layout.index([inner as never], named('app'))
  let index: unknown = { schemaVersion: 2, manifests: [inner] }
  if (which > 1) index = changed(random, index)
  const parts = layout.parts([]).filter(({ path }) => path !== 'index.json')
  return tar([...parts, file('index.json', text(index))])
}

it(
  `${RUNS} images`,
  async () => {
    const random = new Random(FIRST_SEED + 1)
    const tally = new Tally()
    const mutator = new TarMutator(random)
    const whole = await changedImage(new Random(5))
    for (let run = 0; run < RUNS; run++) {
      const archive = run % 4 === 0 ? mutator.mutate(whole, whole).slice() : await changedImage(random)
      const open = async () => {
        const image = await openImage(random.chance(5) ? spoil(random, archive) : archive)
        JSON.stringify(image)
        await image.close()
      }
      tally.add(await codeOf(open()))
    }
    report('images', { runs: RUNS, codes: tally.codes })
    expect(Object.keys(tally.codes)).toContain('MANIFEST_INVALID')
  },
  TIME,
)

it(
  `${RUNS * 100} names of images, and as many challenges of registries`,
  () => {
    const random = new Random(FIRST_SEED + 2)
    const pieces = [
      ...[
        'a',
        'A',
        '0',
        '.',
        '-',
        '_',
        '__',
        '/',
        '//',
        ':',
        '@',
        '[',
        ']',
        '::1',
        'localhost',
        'docker.io',
        'library',
        ':5000',
      ],
      ...[
        'sha256:',
        'f'.repeat(64),
        'latest',
        '\u00e9',
        '\0',
        ' ',
        '%2f',
        '..',
        'x'.repeat(128),
        'Bearer ',
        'realm="',
        '",',
        '=',
        '\\"',
      ],
    ]
    const tally = new Tally()
    for (let run = 0; run < RUNS * 100; run++) {
      let name = ''
      for (let n = random.int(9); n > 0; n--) name += random.pick(pieces)
      try {
        const reference = parseReference(name)
        tally.add(null)
        // What is read is read alike once more.
        expect(String(parseReference(String(reference)))).toBe(String(reference))
      } catch (error) {
        if (!(error instanceof LayerDiffError)) throw error
        tally.add(error.code)
      }
      parseChallenges(name)
    }
    report('names', { runs: RUNS * 100, codes: tally.codes })
  },
  TIME,
)
