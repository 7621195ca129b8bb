// Which layers a set of images shares, told by their diffIds.
//
// Takes: the layers of images. Gives: each distinct layer once, in stack order as far as the images agree on one, and how
// much is stored with and without sharing. Images may store one layer in several ways (gzip, zstd): the smallest counts.

import type { HistoryEntry, ImageLayer, SharedLayer, Sharing } from '../image-types.js'
import { align } from './alignment.js'

/** What is needed of an image. */
export interface Stack {
  readonly layers: readonly Pick<ImageLayer, 'claimedDiffId' | 'size' | 'history'>[]
  readonly history: readonly HistoryEntry[]
}

export function shareLayers(stacks: readonly Stack[]): Pick<Sharing, 'layers' | 'storedBytes' | 'sumBytes'> {
  const own = stacks.map(distinctLayers)
  const layers = unionOrder(own.map((layers) => [...layers.keys()])).map((diffId): SharedLayer => {
    const found = own.map((layers) => layers.get(diffId))
    const having = found.filter((layer) => layer !== undefined)
    return {
      diffId,
      size: Math.min(...having.map(({ size }) => size)),
      counts: found.map((layer) => layer?.count ?? 0),
      images: having.length,
      createdBy: having.find(({ createdBy }) => createdBy !== null)?.createdBy ?? null,
    }
  })
  return {
    layers,
    storedBytes: layers.reduce((sum, { size }) => sum + size, 0),
    sumBytes: own.reduce((sum, layers) => [...layers.values()].reduce((total, { size }) => total + size, sum), 0),
  }
}

interface OwnLayer {
  size: number
  count: number
  createdBy: string | null
}

/** The layers of one image by diffId, in stack order. */
function distinctLayers({ layers, history }: Stack): Map<string, OwnLayer> {
  const distinct = new Map<string, OwnLayer>()
  for (const { claimedDiffId, size, history: line } of layers) {
    const createdBy = line === null ? null : (history[line]?.createdBy ?? null)
    const known = distinct.get(claimedDiffId)
    if (!known) {
      distinct.set(claimedDiffId, { size, count: 1, createdBy })
      continue
    }
    known.size = Math.min(known.size, size)
    known.count++
    known.createdBy ??= createdBy
  }
  return distinct
}

/** One order for all: each list is woven into those before it. Where two disagree the later one has its way. */
function unionOrder(lists: readonly (readonly string[])[]): string[] {
  return lists.reduce<string[]>(
    (order, list) =>
      align(order, list).map(({ before, after }) => (before === null ? list[after ?? 0] : order[before]) as string),
    [],
  )
}
