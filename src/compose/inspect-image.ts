// inspectImage: the history of one image, with what each layer measures and does to those below it.

import type { HistoryRow, Image, ImageInput, ImageReport, ImageReportJson, InspectOptions } from '../image-types.js'
import { resolveDiffOptions } from '../options.js'
import { imageFacts } from './facts.js'
import { withoutSide } from './layers.js'
import { layersOf, opened } from './opened.js'
import type { LayerRead } from './stacks.js'
import { stackSteps } from './steps.js'

/** See `inspectImage` in src/images.ts. */
export async function reportImage(given: Image | ImageInput, options: InspectOptions): Promise<ImageReport> {
  const { onProgress, symlinkParents, ...openOptions } = options
  const { signal, limits, engine, verify } = openOptions
  const diffOptions = { onProgress, symlinkParents, signal, limits, engine }
  const { image, close } = await opened(given, openOptions)
  try {
    const stepping = { ...resolveDiffOptions(diffOptions), cache: openOptions.cache }
    const {
      steps,
      layers: facts,
      waste,
    } = await stackSteps(layersOf(image, verify), stepping).catch((error) => {
      throw withoutSide(error)
    })
    const plain = imageFacts(image, facts)
    const rows = historyRows(image, facts)
    const layers = plain.layers.flatMap((layer, index) => {
      const diff = steps[index]
      return diff ? [{ ...layer, diff }] : []
    })
    return {
      ...plain,
      config: image.config,
      layers,
      rows,
      waste,
      toJSON(): ImageReportJson {
        return {
          schema: 'layerdiff-history/1',
          ...plain,
          rows,
          layerTotals: steps.map(({ summary }) => summary),
          waste,
        }
      },
    }
  } finally {
    await close()
  }
}

/** The history as docker shows it: newest first, the image's id in the first row. */
function historyRows({ history, historyProblem, configDigest }: Image, facts: readonly LayerRead[]): HistoryRow[] {
  return [...history].reverse().map(({ created, createdBy, comment, layer }, index) => ({
    image: index === 0 ? configDigest : null,
    created,
    createdBy,
    size: historyProblem !== null ? null : layer === null ? 0 : (facts[layer]?.unpackedBytes ?? null),
    comment,
    layer,
  }))
}
