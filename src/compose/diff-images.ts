// diffImages: what turns one image into another.
//
// Takes: two images, open or not. Gives: the diff of their merged trees, and beside it what differs in their layers, their
// configs and their histories.

import { align } from '../image/alignment.js'
import { diffConfigs } from '../image/config-diff.js'
import { diffHistories } from '../image/history-diff.js'
import { OPEN_OPTIONS, refuseUnknownOptions } from '../image/options.js'
import type {
  Image,
  ImageDiff,
  ImageDiffJson,
  ImageDiffOptions,
  ImageFacts,
  ImageInput,
  LayerBytesTotal,
  LayerFacts,
  LayerMatch,
} from '../image-types.js'
import { resolveDiffOptions } from '../options.js'
import { joinClaimed } from './claims.js'
import { imageFacts } from './facts.js'
import { engineOf } from './layers.js'
import { layersOf, openedPair } from './opened.js'
import { diffStacks, type LayerRead } from './stacks.js'

/** Which image of several is meant, their names say: one tag would be for both. */
const DIFF_IMAGES_OPTIONS: readonly string[] = [
  ...OPEN_OPTIONS.filter((name) => name !== 'tag'),
  ...['strict', 'onProgress', 'ignore', 'compare', 'packages', 'symlinkParents'],
]

/** See `diffImages` in src/images.ts. */
export async function compareImages(
  a: Image | ImageInput,
  b: Image | ImageInput,
  options: ImageDiffOptions,
): Promise<ImageDiff> {
  refuseUnknownOptions(options, DIFF_IMAGES_OPTIONS)
  const { platform, verify, from, registry, cache, ...diffOptions } = options
  const { engine, signal, limits } = diffOptions
  const resolved = resolveDiffOptions(diffOptions)
  // They take as long to come as images to open.
  engineOf(engine).pool.warm()
  const [old, now] = await openedPair(a, b, { platform, verify, from, registry, cache, engine, signal, limits })
  try {
    const stacks = [layersOf(old.image, verify), layersOf(now.image, verify)] as const
    const { diff, ...facts } = await diffStacks(...stacks, { ...resolved, cache, join: joinClaimed })
    const [before, after] = [imageFacts(old.image, facts.before), imageFacts(now.image, facts.after)]
    const layers = matchLayers(before, after, facts)
    const layerBytes = countBytes(before.layers, after.layers)
    const config = diffConfigs(old.image, now.image)
    const history = diffHistories(before.history, after.history)
    const reads = [...facts.before, ...facts.after]
    const verified = reads.every((read) => read.verified)
    const bytesRead = reads.reduce((sum, read) => sum + read.bytesRead, 0)
    return {
      ...diff,
      before,
      after,
      layers,
      layerBytes,
      config,
      history,
      verified,
      bytesRead,
      waste: null,
      layerOf: ({ cause }) => (cause ? (after.layers[cause.layer] ?? null) : null),
      toJSON(): ImageDiffJson {
        const images = { before, after }
        return { ...diff.toJSON(), images, layers, layerBytes, config, history, verified, bytesRead, waste: null }
      },
    }
  } finally {
    await Promise.all([old.close(), now.close()])
  }
}

function matchLayers(
  before: ImageFacts,
  after: ImageFacts,
  facts: { readonly before: readonly LayerRead[]; readonly after: readonly LayerRead[] },
): LayerMatch[] {
  // What was read tells which layers are one, not the name that a config gives them.
  const ids = (reads: readonly LayerRead[]) => reads.map(({ place }) => String(place))
  return align(ids(facts.before), ids(facts.after)).map((row) => {
    const [old, now] = [row.before ?? -1, row.after ?? -1]
    const diffId = (before.layers[old] ?? after.layers[now])?.diffId ?? ''
    // One layer by its name alone: only where both sides have it does somebody have to be believed.
    const both = row.before !== null && row.after !== null
    const claimed = both && ((facts.before[old]?.claimed ?? false) || (facts.after[now]?.claimed ?? false))
    return { ...row, diffId, claimed }
  })
}

/** Each distinct layer once. What both images have counts as the after image stores it. */
function countBytes(before: readonly LayerFacts[], after: readonly LayerFacts[]): ImageDiff['layerBytes'] {
  const byId = (layers: readonly LayerFacts[]) => new Map(layers.map((layer) => [layer.diffId, layer]))
  const [old, now] = [byId(before), byId(after)]
  return {
    shared: sumOf([...now.values()].filter(({ diffId }) => old.has(diffId))),
    removed: sumOf([...old.values()].filter(({ diffId }) => !now.has(diffId))),
    added: sumOf([...now.values()].filter(({ diffId }) => !old.has(diffId))),
  }
}

function sumOf(layers: readonly LayerFacts[]): LayerBytesTotal {
  return {
    stored: layers.reduce((sum, { size }) => sum + size, 0),
    unpacked: layers.reduce<number | null>(
      (sum, { unpackedBytes }) => (sum === null || unpackedBytes === null ? null : sum + unpackedBytes),
      0,
    ),
  }
}
