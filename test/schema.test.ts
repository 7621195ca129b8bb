// The JSON Schemas that ship in the package, against diffs of every kind, histories, shared layers and lists of paths.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv, { type ValidateFunction } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parseRules } from '../src/cli/gate-arguments.js'
import { readLayerEntries } from '../src/compose/layer-entries.js'
import { readMergedTree } from '../src/compose/merged-tree.js'
import { compareLayers, diffImages, diffLayers, inspectImage } from '../src/index.js'
import { checkGates } from '../src/report/gates.js'
import { jsonReport } from '../src/report/json.js'
import { type Listed, treeJson } from '../src/report/tree.js'
import { dockerParts, layer } from './support/image-builder.js'
import { randomPair } from './support/stacks.js'
import { device, directory, fifo, file, hardlink, opaque, symlink, tar, whiteout } from './support/tar-builder.js'
import { fixturePath, fixtures, type ImageName, layerPaths } from './support/truth.js'

const load = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, '../schema', name), 'utf8'))
const schema = load('layerdiff-1.schema.json')

/** The schema leaves room for later versions. Closed, it shows that today's says all that there is. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).map(([key, value]) => [key, closed(value)])
  const names = 'required' in node && 'properties' in node && !('additionalProperties' in node)
  return Object.fromEntries([...entries, ...(names ? [['additionalProperties', false]] : [])])
}

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false })
const validate = ajv.compile(closed({ ...schema, $id: 'closed' }) as object)
const validateOpen = ajv.compile(schema)

async function report(...args: Parameters<typeof diffLayers>) {
  return JSON.parse([...jsonReport(await diffLayers(...args))].join(''))
}

function faults(json: unknown): unknown {
  return validate(json) ? [] : validate.errors
}

const before = [
  directory('d'),
  file('d/kept', '1', { xattrs: { 'user.a': '1', __proto__: '2' } }),
  hardlink('d/link', 'd/kept'),
  file('d/gone', 'x'),
  symlink('s', 'a'),
  device('c', 'char', 1, 3),
  fifo('f', { mtime: -5, nanos: 7 }),
  file('was-file', 'x'),
]
const upper = [
  whiteout('d/gone'),
  file('d/kept', '2', { mode: 0o4755, uid: 4_000_000_000 }),
  symlink('s', new Uint8Array([0xff, 0xfe])),
  device('c', 'char', 1, 5),
  directory('was-file'),
  file(new Uint8Array([0x6e, 0xff]), 'x'),
  file('made/on/the/way', 'x'),
  { path: 'odd', type: 'X' },
]
const options = { compare: { mtime: true } }

test('every kind of change and warning', async () => {
  const json = await report(tar(before), [tar(before), tar(upper)], options)
  expect(faults(json)).toEqual([])
  const kinds = new Set(json.changes.map(({ kind }: { kind: string }) => kind))
  const fields = new Set(json.changes.flatMap((change: { fields: string[] }) => change.fields))
  expect([kinds.size, fields.size, json.warnings.length]).toEqual([3, 7, 1])
  expect(faults(await report([tar(before), tar(upper)], tar(before), options))).toEqual([])
  expect(faults(await report(tar([]), tar([])))).toEqual([])
})

test('random stacks', async () => {
  let checked = 0
  for (let seed = 100; seed < 160; seed++) {
    const { before, after } = randomPair(seed)
    const json = await report(before, after, options).catch(() => null)
    if (!json) continue
    expect(faults(json), `seed ${seed}`).toEqual([])
    checked++
  }
  expect(checked).toBeGreaterThan(30)
})

test.skipIf(!fixtures).for<[ImageName, ImageName]>([
  ['small-1', 'small-2'],
  ['small-1', 'small-3'],
])('%s to %s', async ([old, now]) => {
  const json = await report(layerPaths(old, 'oci-gzip'), layerPaths(now, 'oci-gzip'), options)
  expect(faults(json)).toEqual([])
})

/** Two images that differ in layers, config and history; of one the history does not match. */
async function imageReport() {
  const [low, high] = [await layer(tar(before)), await layer(tar([file('high')]))]
  const healthcheck = { Test: ['CMD', 'true'], Interval: 30_000_000_000 }
  const [old, now] = await Promise.all([
    dockerParts([low, low], null, { config: { Env: ['A=1'], Cmd: ['sh'], Healthcheck: healthcheck }, history: [] }),
    dockerParts([high, low], ['app:1'], { config: { Env: ['B'], User: '1', ExposedPorts: { '80/tcp': {} } } }),
  ])
  return diffImages(tar(old), tar(now))
}

test('a diff of images, streamed as toJSON() has it', async () => {
  const diff = await imageReport()
  const json = JSON.parse([...jsonReport(diff)].join(''))
  expect(faults(json)).toEqual([])
  expect(json).toEqual(JSON.parse(JSON.stringify(diff)))
  expect(json.layers.map(({ kind }: { kind: string }) => kind)).toEqual(['added', 'shared', 'removed'])
})

test('what rules found, and what is wasted', async () => {
  const old = dockerParts([await layer(tar(before))], null)
  const now = dockerParts([await layer(tar(before)), await layer(tar(upper))], null)
  const diff = await diffImages(tar(old), tar(now), { waste: true, renames: true, packages: true })
  const gates = checkGates(diff, {
    ...{ maxGrowth: { share: 0 }, maxSize: 1, maxFiles: 1, deny: ['d'], denySetuid: true, denyRemoved: ['x'] },
    ...{ minEfficiency: 1, maxWaste: { bytes: 0 } },
  })
  expect(gates).toHaveLength(8)
  expect(faults(JSON.parse([...jsonReport(diff, { gates, ignored: ['x'] })].join('')))).toEqual([])
})

describe('layerdiff.config.json', () => {
  const config = ajv.compile(load('layerdiff-config-1.schema.json'))
  /** What the command takes, the schema takes, and the other way round. */
  const agree = (gates: object) => {
    const taken = (() => {
      try {
        parseRules(gates as Record<string, unknown>, (rule) => rule)
        return true
      } catch {
        return false
      }
    })()
    expect({ gates, taken: config({ gates }) }).toEqual({ gates, taken })
    return taken
  }
  test.for<[object, boolean]>([
    [{}, true],
    [{ maxGrowth: '5%', maxSize: '500 MB', maxFiles: 10, deny: ['*.pem'], denySetuid: true }, true],
    [{ maxGrowth: 1000, maxSize: 0, denyRemoved: [], minEfficiency: 0.9, maxWaste: '2GiB' }, true],
    [{ minEfficiency: '95%' }, true],
    [{ maxSize: '5%' }, false],
    [{ maxGrowth: '5 percent' }, false],
    [{ maxGrowth: -1 }, false],
    [{ maxFiles: 1.5 }, false],
    [{ deny: '*.pem' }, false],
    [{ deny: [''] }, false],
    [{ deny: ['!a'] }, false],
    [{ deny: ['./a'] }, false],
    [{ deny: ['../a'] }, false],
    [{ deny: ['.a/b', 'a/./b'] }, true],
    [{ denySetuid: 'yes' }, false],
    [{ minEfficiency: 95 }, false],
  ])('%j: %s', ([gates, taken]) => {
    expect(agree(gates)).toBe(taken)
  })
  test('nothing else', () => {
    expect([config({ gates: { oops: 1 } }), config({ oops: 1 }), config([]), config({ $schema: 'x' })]).toEqual([
      false,
      false,
      false,
      true,
    ])
  })
})

describe('histories and shared layers', () => {
  const validators = (schema: object, $id: string) => ({
    open: ajv.compile(schema),
    closed: ajv.compile(closed({ ...schema, $id }) as object),
  })
  const history = validators(load('layerdiff-history-1.schema.json'), 'history')
  const layers = validators(load('layerdiff-layers-1.schema.json'), 'layers')

  const faultsOf = (validate: ValidateFunction, json: unknown) => (validate(json) ? [] : validate.errors)
  const plain = (result: { toJSON(): unknown }) => JSON.parse(JSON.stringify(result))

  async function images() {
    const [low, high] = [await layer(tar(before)), await layer(tar([file('high')]))]
    const lines = [{ created: '2024-01-02T03:04:05Z', created_by: 'ADD low' }, { empty_layer: true }, { comment: 'c' }]
    return [
      tar(dockerParts([low, high], ['app:1'], { history: lines })),
      // Without a name, and with a layer that comes twice; its history does not match.
      tar(dockerParts([low, low], null, { history: lines.slice(0, 1), variant: 'v8' })),
    ] as const
  }

  test('of built images', async () => {
    const given = await images()
    for (const image of given) expect(faultsOf(history.closed, plain(await inspectImage(image)))).toEqual([])
    expect(faultsOf(layers.closed, plain(await compareLayers(given)))).toEqual([])
    expect(faultsOf(layers.closed, plain(await compareLayers([])))).toEqual([])
  })

  test.skipIf(!fixtures)('of real images', async () => {
    const paths = [
      fixturePath('images', 'small-1', 'oci-gzip'),
      fixturePath('images', 'small-2', 'oci-archive.tar'),
      fixturePath('images', 'dive', 'test-docker-image.tar'),
    ]
    for (const path of paths) expect(faultsOf(history.closed, plain(await inspectImage(path))), path).toEqual([])
    expect(faultsOf(layers.closed, plain(await compareLayers(paths)))).toEqual([])
  })

  test.for<[string, 'history' | 'layers', (json: never) => unknown]>([
    ['another version', 'history', (json) => Object.assign(json, { schema: 'layerdiff-history/2' })],
    ['a history without rows', 'history', (json: { rows?: unknown }) => delete json.rows],
    ['a negative size', 'history', (json: { rows: object[] }) => Object.assign(json.rows[0] ?? {}, { size: -1 })],
    [
      'an ID of another kind',
      'history',
      (json: { rows: object[] }) => Object.assign(json.rows[0] ?? {}, { image: '1234' }),
    ],
    ['the schema of another command', 'layers', (json) => Object.assign(json, { schema: 'layerdiff-history/1' })],
    [
      'a layer of no image',
      'layers',
      (json: { layers: object[] }) => Object.assign(json.layers[0] ?? {}, { images: 0 }),
    ],
    ['a layer without counts', 'layers', (json: { layers: { counts?: unknown }[] }) => delete json.layers[0]?.counts],
  ])('%s is refused of %s', async ([, kind, spoil]) => {
    const [image, other] = await images()
    const json = plain(kind === 'history' ? await inspectImage(image) : await compareLayers([image, other]))
    const { open } = kind === 'history' ? history : layers
    expect(faultsOf(open, { ...json, later: 1 })).toEqual([])
    spoil(json as never)
    expect(open(json)).toBe(false)
  })
})

describe('lists of paths', () => {
  const tree = load('layerdiff-tree-1.schema.json')
  const open = ajv.compile(tree)
  const shut = ajv.compile(closed({ ...tree, $id: 'tree' }) as object)
  const stack = [tar(before), tar([directory('./'), ...upper, opaque('d'), hardlink('h', 'd/kept')])]

  async function merged() {
    const { diff } = await readMergedTree(stack, 'a', { contents: true })
    const listed = Array.from(diff.changes, ({ path, pathBytes, after }) => ({
      path,
      pathBytes,
      entry: after as never,
    }))
    return JSON.parse([...treeJson({ path: '', layer: null }, listed)].join(''))
  }

  async function ofLayer() {
    const entries = await readLayerEntries(stack, 1, {})
    const listed = Array.from(entries, ({ path, pathBytes, marker, ...entry }): Listed => {
      return marker === null
        ? { path, pathBytes, entry: { ...entry, layer: 1 } }
        : { path, pathBytes, marker, layer: 1 }
    })
    return JSON.parse([...treeJson({ path: 'd', layer: 1 }, listed)].join(''))
  }

  test('of a merged tree, and of a layer', async () => {
    for (const json of [await merged(), await ofLayer()]) {
      expect(shut(json) ? [] : shut.errors).toEqual([])
      expect(json.entries.length).toBeGreaterThan(9)
    }
    expect(shut(JSON.parse([...treeJson({ path: '', layer: null }, [])].join('')))).toBe(true)
  })

  test.for<[string, (json: { entries: object[]; layer: unknown }) => unknown]>([
    ['another version', (json) => Object.assign(json, { schema: 'layerdiff-tree/2' })],
    ['a layer that is no number', (json) => Object.assign(json, { layer: 'L1' })],
    ['a leading slash', (json) => Object.assign(json.entries[1] ?? {}, { path: '/d' })],
    ['an entry that is a marker too', (json) => Object.assign(json.entries[0] ?? {}, { marker: 'whiteout' })],
    ['an unknown marker', (json) => json.entries.push({ path: 'a', marker: 'gone', layer: 0 })],
    ['an entry without its type', (json) => delete (json.entries[0] as { type?: string }).type],
  ])('%s is refused', async ([, spoil]) => {
    const json = await ofLayer()
    expect(open({ ...json, later: 1 })).toBe(true)
    spoil(json)
    expect(open(json)).toBe(false)
  })
})

describe('what the schema refuses', () => {
  const change = (more: object) => (json: { changes: object[] }) => Object.assign(json.changes[0] ?? {}, more)
  const cases: [string, (json: never) => unknown][] = [
    ['another version', (json) => Object.assign(json, { schema: 'layerdiff/2' })],
    ['a missing count', (json: { summary: { added?: number } }) => delete json.summary.added],
    ['a negative count', (json: { summary: object }) => Object.assign(json.summary, { added: -1 })],
    ['a leading slash', change({ path: '/a' })],
    ['an unknown kind', change({ kind: 'renamed' })],
    ['a field that nobody knows', change({ fields: ['size'] })],
    ['type among other fields', change({ fields: ['type', 'mode'] })],
    ['a modified path in which nothing differs', change({ fields: [] })],
    ['a modified path without a before', change({ before: null })],
    ['an added path with a before', change({ kind: 'added', fields: [] })],
    ['a removed path with an after', change({ kind: 'removed', fields: [] })],
    ['bytes that are not base64', change({ pathBytes: 'a' })],
  ]
  test.for(cases)('%s', async ([, spoil]) => {
    const json = await report(tar([file('a', '1')]), tar([file('a', '2')]))
    expect(validateOpen(json)).toBe(true)
    spoil(json as never)
    expect(validateOpen(json)).toBe(false)
  })

  test.for<[string, (json: never) => unknown]>([
    ['images without their layers', (json: { layers?: unknown }) => delete json.layers],
    [
      'a shared layer of one image only',
      (json: { layers: object[] }) => Object.assign(json.layers[1] ?? {}, { kind: 'shared', before: null }),
    ],
    [
      'an unknown field of a config',
      (json: { config: object[] }) => Object.assign(json.config[0] ?? {}, { field: 'memory' }),
    ],
    [
      'a digest of another kind',
      (json: { images: { after: object } }) => Object.assign(json.images.after, { configDigest: 'md5:1' }),
    ],
  ])('%s', async ([, spoil]) => {
    const json = JSON.parse(JSON.stringify(await imageReport()))
    expect(validateOpen(json)).toBe(true)
    spoil(json as never)
    expect(validateOpen(json)).toBe(false)
  })

  test('nothing of a later version that only says more', async () => {
    const json = await report(tar([file('a', '1')]), tar([file('a', '2')]))
    expect(validateOpen({ ...json, packages: [], changes: [{ ...json.changes[0], package: 'a' }] })).toBe(true)
  })
})
