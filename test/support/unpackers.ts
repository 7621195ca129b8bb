// What moby and containerd unpack stacks of layers to, with each way to store them.
// Takes: stacks. Gives: for each its tree, or the words in which the engine refused. Node only, and as root.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONTAINERD, type ContainerEngine, docker, type Kind } from './container-engine.js'
import { dockerParts, layer } from './image-builder.js'
import { inFolder, listed } from './real-trees.js'
import { tar } from './tar-builder.js'
import type { TreeOutcome } from './tree-entry.js'

/** Where an image's tree lies: a folder, or those of its layers, the topmost first. */
type Place = string | readonly string[]

interface Refusal {
  refused: string
}

export interface Unpacker {
  readonly name: string
  /** Its storage driver, or snapshotter. */
  readonly store: 'overlay2' | 'vfs' | 'overlayfs' | 'native'
  readonly kind: Kind
  /** Whether it stores a layer as what it changes, to be mounted upon those below, or as a copy of the whole tree. */
  readonly stores: 'changes' | 'copies'
  /** Unpacks the image of an archive. @throws {Error} in the engine's words */
  unpack(engine: ContainerEngine, archive: string): Promise<unknown>
  /** Where its tree is. `top` is the chainID of its uppermost layer. */
  find(engine: ContainerEngine, top: string): Promise<Place>
}

function moby(driver: 'overlay2' | 'vfs'): Unpacker {
  return {
    name: `moby, ${driver}`,
    store: driver,
    kind: docker(driver),
    stores: driver === 'vfs' ? 'copies' : 'changes',
    unpack: (engine, archive) => engine.command('load', '--input', archive),
    async find(engine, top) {
      const data = join(engine.folder, 'data')
      const id = readFileSync(join(data, `image/${driver}/layerdb/sha256`, top, 'cache-id'), 'utf8')
      if (driver === 'vfs') return join(data, 'vfs/dir', id)
      const store = join(data, 'overlay2')
      return [join(store, id, 'diff'), ...lowersOf(join(store, id)).map((lower) => join(store, lower))]
    },
  }
}

/** The lowest layer has no such file. */
function lowersOf(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'lower'), 'utf8').split(':')
  } catch {
    return []
  }
}

function containerd(snapshotter: 'overlayfs' | 'native'): Unpacker {
  return {
    name: `containerd, ${snapshotter}`,
    store: snapshotter,
    kind: CONTAINERD,
    stores: snapshotter === 'native' ? 'copies' : 'changes',
    unpack: (engine, archive) => engine.command('images', 'import', '--snapshotter', snapshotter, archive),
    async find(engine, top) {
      const view = ['snapshots', '--snapshotter', snapshotter, 'view', '--target', '/none']
      // A mount command: of a folder, or with the folders of an overlay.
      const printed = await engine.command(...view, `view-${top}`, `sha256:${top}`)
      const [, lowers] = /lowerdir=([^\s,]+)/.exec(printed) ?? []
      const [, folder] = /^mount -t bind (\S+) /.exec(printed) ?? []
      if (snapshotter === 'native') return folder as string
      return lowers?.split(':') ?? [folder as string]
    },
  }
}

export const UNPACKERS = [moby('overlay2'), moby('vfs'), containerd('overlayfs'), containerd('native')]

/** Those of one name give way to each other, and are cleared away. */
let images = 0

/** Unpacked one after another: the engines lock what they store anyway. */
export async function treesOf(
  { unpack, find, stores }: Unpacker,
  engine: ContainerEngine,
  stacks: readonly (readonly Uint8Array[])[],
): Promise<TreeOutcome[]> {
  return inFolder(async (folder) => {
    const archive = join(folder, 'image.tar')
    const found: (Place | Refusal)[] = []
    for (const stack of stacks) {
      const layers = await Promise.all(stack.map((content) => layer(content)))
      writeFileSync(archive, tar(dockerParts(layers, [`stack:${images++}`])))
      const top = chainId(layers.map(({ diffId }) => diffId))
      try {
        await unpack(engine, archive)
        found.push(await find(engine, top))
      } catch (error) {
        found.push({ refused: (error as Error).message })
      }
    }
    const places = found.filter((place): place is Place => !isRefusal(place))
    const listing = stores === 'copies' ? listed('list', places) : listed('stacked', overlays(places, folder))
    const trees = (await listing)[Symbol.iterator]()
    return found.map((place) => (isRefusal(place) ? place : (trees.next().value as TreeOutcome)))
  })
}

const isRefusal = (place: Place | Refusal): place is Refusal => typeof place === 'object' && 'refused' in place

const overlays = (places: readonly Place[], folder: string) => places.map((lowers) => ({ folder, lowers }))

/** In hex: what a layer and all below it are stored under. */
function chainId(diffIds: readonly string[]): string {
  const chained = diffIds.reduce(
    (below, diffId) => `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`,
  )
  return chained.replace('sha256:', '')
}
