// Random stacks for the kernel's overlayfs, whose layers are unpacked by GNU tar: in one layer each path comes once, no
// symlink is a parent and every hard link has its target before it, since what unpackers make of anything else is
// compared with umoci. Between layers all may happen.
// Takes: a seed. Gives: layers as tar parts, the same for the same seed.

import { cleanPath, parentsOf } from './overlay-layer.js'
import { isMarker, type Layer, Random, randomLayers } from './stacks.js'
import { bytes, type TarPart } from './tar-builder.js'

const SIZES = { layers: 5, entries: 10 }
const TYPES = ['file', 'old-file', 'directory', 'symlink', 'hardlink', 'char', 'block', 'fifo']

export function stackForOverlay(seed: number): Layer[] {
  return randomLayers(new Random(seed), SIZES).map((layer) => {
    const taken = new LayerPaths()
    return layer.filter((part) => !(part instanceof Uint8Array) && knows(part) && taken.takes(part)).map(plain)
  })
}

function knows({ path, type = 'file', sparse, device, dialect }: TarPart): boolean {
  // GNU tar cuts a sparse file after its last piece, at which its own archives always have the end.
  if (!TYPES.includes(type) || sparse) return false
  // Device 0:0 is a whiteout to the kernel, and v7 has no other.
  if (type === 'char' && (dialect === 'v7' || (device?.major === 0 && device.minor === 0))) return false
  const names = cleanPath(path).split('/')
  // GNU tar leaves out what climbs; nameless markers, AUFS's files and an opaque root have their own tests.
  return !names.includes('..') && !names.includes('') && !/^(\.wh\.(|\.|\.\.)|\.wh\.\.wh\..*)$/.test(names.at(-1) ?? '')
    ? !/^\.wh\.\.wh\.(aufs|orph|plnk)$/.test(names[0] ?? '')
    : names.length > 1 && names.at(-1) === '.wh..wh..opq' && !names.includes('..')
}

/**
 * The same for moby and containerd: moby gives a file the attributes of the last hard link to it, which real archives repeat,
 * takes times before 1970 for 1970, and a marker for what replaces a directory of its name. With `honest` no path leads over what a lower layer has deleted, or has and is no
 * directory, none begins as AUFS's own names do, and no opaque marker comes behind what its layer has in that directory.
 */
export function stackForEngines(seed: number, honest: boolean): Layer[] {
  const others = new Set<string>()
  return stackForOverlay(seed).map((layer) => {
    const parts = new Map<string, TarPart>()
    for (const part of layer) {
      if (part instanceof Uint8Array) continue
      const path = cleanPath(part.path)
      const target = part.type === 'hardlink' ? parts.get(cleanPath(part.link ?? '')) : part
      const leads = parentsOf(path).some((parent) => others.has(parent)) || path.startsWith('.wh..wh.')
      const late =
        path.endsWith('.wh..wh..opq') &&
        [...parts.keys()].some((at) => parentsOf(at).includes(parentsOf(path).at(-1) ?? ''))
      if (target === undefined || parentsOf(path).some((parent) => /(^|\/)\.wh\.[^/]*$/.test(parent))) continue
      if (honest && (leads || late)) continue
      const { mode, uid, gid, nanos, xattrs, mtime = 0 } = target
      const dialect = part === target ? part.dialect : 'pax'
      parts.set(path, { ...part, dialect, mode, uid, gid, nanos, xattrs, mtime: mtime < 0 ? 0 : mtime })
    }
    for (const [path, part] of parts)
      if (part.type !== 'directory') others.add(path.replace(/(^|\/)\.wh\.([^/]*)$/, '$1$2'))
    return [...parts.values()]
  })
}

/** What one layer has at which path. */
class LayerPaths {
  /** 'parent' for a directory that others need */
  private readonly types = new Map<string, string>()
  /** Directories above symlinks that lead out of the archive, which GNU tar makes last. */
  private readonly waiting = new Set<string>()

  /** Whether there is room for it; then it is taken. */
  takes(part: TarPart): boolean {
    const path = cleanPath(part.path)
    const parents = parentsOf(path)
    if (parents.some((parent) => !['parent', 'directory', undefined].includes(this.types.get(parent)))) return false
    const name = isMarker(part) && !path.endsWith('.wh..wh..opq') ? path.replace(/\.wh\.([^/]*)$/, '$1') : path
    const had = this.types.get(name)
    if (had !== undefined && !(had === 'parent' && part.type === 'directory' && !isMarker(part))) return false
    // GNU tar gives such a directory its first mode back, where its own entry spells it in another way.
    if (had !== undefined && this.waiting.has(path)) return false
    if (part.type === 'hardlink' && this.types.get(cleanPath(part.link ?? '')) !== 'file') return false
    const link = Buffer.from(bytes(part.link ?? '')).toString('latin1')
    if (part.type === 'symlink' && (link.startsWith('/') || link.split('/').includes('..'))) {
      for (const parent of parents) this.waiting.add(parent)
    }
    for (const parent of parents) if (!this.types.has(parent)) this.types.set(parent, 'parent')
    this.types.set(name, isMarker(part) ? 'marker' : part.type === 'hardlink' ? 'file' : (part.type ?? 'file'))
    return true
  }
}

/** Without what GNU tar does not restore: libarchive's attributes, and user's attributes where the kernel takes none. */
function plain(part: Layer[number]): Layer[number] {
  if (part instanceof Uint8Array) return part
  const { xattrs, pax: _, ...rest } = part
  return xattrs && ['file', 'directory'].includes(part.type ?? 'file') ? { ...rest, xattrs } : rest
}
