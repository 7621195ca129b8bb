// Random stacks without what a real unpacker takes differently or not at all. What is left out here has a test of its own,
// as a documented disagreement.
// Takes: a seed. Gives: layers as tar parts, the same for the same seed.

import type { Core } from '../../src/engine/wasm.js'
import type { WarningCode } from '../../src/index.js'
import { coreDiff } from './core-outcome.js'
import { cleanPath } from './overlay-layer.js'
import { type Layer, Random, randomLayers } from './stacks.js'
import { type Bytes, bytes, file, tar } from './tar-builder.js'

const TYPES = ['file', 'old-file', 'directory', 'symlink', 'hardlink', 'char', 'block', 'fifo']
const SIZES = { layers: 4, entries: 12 }

/** What umoci refuses, or reads otherwise. */
const WARNINGS_OF_UMOCI: readonly WarningCode[] = [
  'HARDLINK_TARGET_MISSING',
  'FILE_AS_PARENT',
  'ROOT_NOT_DIRECTORY',
  'MARKER_NAMELESS',
  'UNKNOWN_TYPE',
]

/** Layers that umoci unpacks; null where symlinks lead in circles, which refuses the whole stack. */
export async function stackForUmoci(core: Core, seed: number): Promise<Layer[] | null> {
  let layers = randomLayers(new Random(seed), SIZES).map((layer) => layer.filter(keeps).map(plain))
  // What warns is left out, after which other entries may warn.
  for (;;) {
    // umoci removes what a hard link replaces before it looks for the target: so does a file of the same name here.
    const probes = new Map<Layer[number], Layer[number]>()
    const probed = layers.map((layer) =>
      layer.flatMap((part) => {
        if (part instanceof Uint8Array || part.type !== 'hardlink') return [part]
        const probe = file(part.path)
        probes.set(part, probe)
        return [probe, part]
      }),
    )
    const found = [await badParts(core, layers), await badParts(core, probed)]
    if (found[0] === null || found[1] === null) return null
    const bad = new Set(found.flatMap((parts) => parts ?? []))
    if (bad.size === 0) return layers
    layers = layers.map((layer) => layer.filter((part) => !bad.has(part) && !bad.has(probes.get(part) ?? part)))
  }
}

/** The parts that umoci takes otherwise; null where symlinks lead in circles. */
async function badParts(core: Core, layers: readonly Layer[]): Promise<Layer | null> {
  const found = await warningsOf(core, layers, 'follow')
  if (found === null) return null
  const bad = found.filter(({ code }) => WARNINGS_OF_UMOCI.includes(code))
  return layers.flatMap((layer, index) => {
    const offsets = bad.filter((warning) => warning.layer === index).map(({ offset }) => offset ?? 0)
    return partsAt(layer, offsets)
  })
}

async function warningsOf(core: Core, layers: readonly Layer[], symlinkParents: 'overlay' | 'follow') {
  try {
    return (
      await coreDiff(
        core,
        [],
        layers.map((layer) => tar(layer)),
        { symlinkParents },
      )
    ).warnings
  } catch (error) {
    if ((error as { code?: string }).code === 'SYMLINK_LOOP') return null
    throw error
  }
}

/** The parts whose headers lie at these offsets of their layer's archive. */
function partsAt(layer: Layer, offsets: readonly number[]): Layer {
  let end = 0
  return layer.filter((part) => {
    const start = end
    end += tar([part], { endBlocks: 0 }).byteLength
    return offsets.some((offset) => offset >= start && offset < end)
  })
}

/** Types that all unpackers know; and none of AUFS's own files, which moby skips, and nobody else. */
function keeps(part: Layer[number]): boolean {
  if (part instanceof Uint8Array || part.sparse?.format === 'gnu' || !TYPES.includes(part.type ?? 'file')) return false
  return !/^\.wh\.\.wh\.(aufs|orph|plnk)(\/|$)/.test(cleanPath(part.path))
}

/** Without libarchive's records, which Go does not read; and user's attributes on files and directories alone, as the kernel has it. */
function plain(part: Layer[number]): Layer[number] {
  if (part instanceof Uint8Array) return part
  const { xattrs, pax: _, ...rest } = part
  return xattrs && ['file', 'directory'].includes(part.type ?? 'file') ? { ...rest, xattrs } : rest
}

/** For the message of a test that fails: a line for each part, a rule between layers. */
export function listing(layers: readonly Layer[]): string {
  const text = (value: Bytes) => JSON.stringify(Buffer.from(bytes(value)).toString('latin1'))
  const line = (part: Layer[number]) => {
    if (part instanceof Uint8Array) return `${part.byteLength} bytes`
    return `${part.type} ${text(part.path)}${part.link === undefined ? '' : ` -> ${text(part.link)}`}`
  }
  return layers.map((layer) => layer.map(line).join('\n')).join('\n---\n')
}
