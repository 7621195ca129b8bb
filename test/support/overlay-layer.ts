// A layer as an unpacker for overlayfs needs it: the entries without the markers, and what is to be made besides.
// Takes: the parts of a layer in which each path comes once and no symlink is a parent. Gives: an archive for GNU tar, and
// paths, one unit a byte.

import { isMarker, type Layer } from './stacks.js'
import { type Bytes, bytes, type TarPart, tar } from './tar-builder.js'

export interface OverlayLayer {
  /** of all entries but the markers */
  archive: Uint8Array
  /** directories that the layer has no entry for, those above others first */
  parents: string[]
  whiteouts: string[]
  /** directories; '.' is the root */
  opaques: string[]
}

export function overlayLayer(layer: Layer): OverlayLayer {
  const parts = layer.filter((part): part is TarPart => !(part instanceof Uint8Array))
  const paths = parts.map(({ path }) => cleanPath(path))
  const own = new Set(paths.filter((_, index) => !isMarker(parts[index] as TarPart)))
  const above = paths.flatMap((path) => parentsOf(path))
  const markers = paths.filter((_, index) => isMarker(parts[index] as TarPart))
  const opaque = (path: string) => path.endsWith('.wh..wh..opq')
  return {
    archive: tar(layer.filter((part) => !isMarker(part))),
    parents: [...new Set(above)].filter((path) => !own.has(path)).sort(),
    whiteouts: markers.filter((path) => !opaque(path)).map((path) => path.replace(/\.wh\.([^/]*)$/, '$1')),
    opaques: markers.filter(opaque).map((path) => parentsOf(path).at(-1) ?? '.'),
  }
}

/** Without a leading slash, empty and single-dot components; with one unit a byte. */
export function cleanPath(path: Bytes): string {
  const names = Buffer.from(bytes(path)).toString('latin1').split('/')
  return names.filter((name) => name !== '' && name !== '.').join('/')
}

/** The directories above a path, the topmost first, without the root. */
export function parentsOf(path: string): string[] {
  const names = path.split('/')
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'))
}
