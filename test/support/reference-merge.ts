// The obvious merge: the entries of a stack of layers, bottom first, applied one after another to a Map from path to
// node. Gives the merged tree, what removed each path that went, and the warnings.
// Follows the merge rules of the OCI image-spec's layer.md; where it is silent, moby, containerd and umoci.
// Paths are binary strings (one unit a byte), without a leading slash; '' is the root.

import { createBLAKE3, type IHasher } from 'hash-wasm'
import { contentOf, RefusedError, type TarEntry, type TarType } from './reference-tar.js'

export interface Inode {
  type: Exclude<TarType, 'hardlink'>
  mode: number
  uid: number
  gid: number
  size: number
  mtime: number
  mtimeNanos: number
  link: string | null
  device: { major: number; minor: number } | null
  xattrs: Map<string, string>
  hash: string | null
  /** a directory that no entry made or that lost its entry */
  implicit: boolean
}

/** A path's binding to an inode; hard links share one. */
export interface Node {
  inode: Inode
  /** the layer whose entry put the path there */
  layer: number
}

export interface Cause {
  layer: number
  marker: 'whiteout' | 'opaque' | 'replaced' | 'entry'
}

export interface Warning {
  code: string
  layer: number
  path: string | null
}

export interface Tree {
  nodes: Map<string, Node>
  /** for each path that was ever removed: by what, the last time */
  removals: Map<string, Cause>
  warnings: Warning[]
}

const MAX_HOPS = 255
/** Made once: making one takes longer than a merge. */
const hashing = createBLAKE3()
const AUFS_NAMES = ['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk']
const PSEUDO_LINKS = '.wh..wh.plnk/'
const OPAQUE = '.wh..wh..opq'

export async function mergeLayers(layers: readonly TarEntry[][], symlinkParents: 'overlay' | 'follow'): Promise<Tree> {
  const merge = new Merge(symlinkParents)
  const hasher = await hashing
  for (const [index, entries] of layers.entries()) {
    merge.beginLayer(index)
    for (const entry of entries) merge.apply(entry, hashOf(entry, hasher))
  }
  return merge
}

class Merge implements Tree {
  readonly nodes = new Map<string, Node>([['', { inode: implicitDirectory(), layer: 0 }]])
  readonly removals = new Map<string, Cause>()
  readonly warnings: Warning[] = []

  private layer = 0
  /** paths that this layer has an entry for */
  private explicit = new Set<string>()
  /** directories that lie above a path which this layer names, in an entry or a marker, or that it made on the way */
  private needed = new Set<string>()
  /** AUFS keeps files with several names here; they serve hard links of their own layer, by their own name alone */
  private plnk = new Map<string, Inode>()

  private readonly symlinkParents: 'overlay' | 'follow'

  constructor(symlinkParents: 'overlay' | 'follow') {
    this.symlinkParents = symlinkParents
  }

  beginLayer(layer: number): void {
    this.layer = layer
    this.explicit = new Set()
    this.needed = new Set()
    this.plnk = new Map()
  }

  apply(entry: TarEntry, hash: string | null): void {
    const path = this.cleaned(entry.path)
    const [first] = path.split('/')
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (first !== undefined && AUFS_NAMES.includes(first)) {
      const isPseudoLink = path.startsWith(PSEUDO_LINKS) && entry.type === 'file'
      if (isPseudoLink) this.plnk.set(name, newInode(entry, 'file', hash))
    } else if (path === '' && entry.type !== 'directory') {
      this.warn('ROOT_NOT_DIRECTORY', path)
    } else if (name.startsWith('.wh.')) {
      this.applyMarker(path, name, entry)
    } else {
      this.applyEntry(path, name, entry, hash)
    }
  }

  private applyMarker(path: string, name: string, entry: TarEntry): void {
    const victim = name.slice('.wh.'.length)
    if (['', '.', '..'].includes(victim)) {
      this.warn('MARKER_NAMELESS', path)
      return
    }
    if (entry.type !== 'file') this.warn('MARKER_NOT_A_FILE', path)
    const parent = this.makeParent(path)
    if (name === OPAQUE) this.removeLower((candidate) => isBelow(candidate, parent), 'opaque')
    else {
      const target = join(parent, victim)
      this.removeLower((candidate) => candidate === target || isBelow(candidate, target), 'whiteout')
    }
  }

  private applyEntry(path: string, name: string, entry: TarEntry, hash: string | null): void {
    if ([...entry.xattrs.keys()].some((key) => /^(trusted|user)\.overlay\./.test(key)))
      this.warn('OVERLAY_ATTRIBUTE', path)
    // A hard link's target is looked up before the link's own parents are made: what is left out leaves no trace.
    const found = this.inodeOf(entry, hash)
    if (found === null || (entry.type === 'hardlink' && found.inode.type === 'directory')) {
      this.warn('HARDLINK_TARGET_MISSING', path)
      return
    }
    const parent = this.walk(path, true) ?? ''
    const final = path === '' ? '' : join(parent, name)
    if (found.path === final) {
      this.warn('HARDLINK_TARGET_MISSING', path)
      return
    }
    this.need(parent)
    if (entry.type === 'hardlink' && isOtherwise(entry, found.inode)) this.warn('HARDLINK_ATTRIBUTES', path)

    if (this.explicit.has(final)) this.warn('DUPLICATE_PATH', path)
    this.explicit.add(final)
    const merges = found.inode.type === 'directory' && this.nodes.get(final)?.inode.type === 'directory'
    if (!merges) this.removeTree(final)
    this.nodes.set(final, { inode: found.inode, layer: this.layer })
  }

  /** The inode that an entry binds; for a hard link the target's, with the path where it was found. */
  private inodeOf(entry: TarEntry, hash: string | null): { inode: Inode; path: string | null } | null {
    if (entry.type !== 'hardlink') return { inode: newInode(entry, entry.type, hash), path: null }
    const link = this.cleaned(entry.link ?? '')
    if (`${link}/`.startsWith(PSEUDO_LINKS)) {
      const inode = this.plnk.get(link.slice(link.lastIndexOf('/') + 1))
      return inode ? { inode, path: null } : null
    }
    const parent = this.walk(link, false)
    if (parent === null) return null
    const path = link === '' ? '' : join(parent, link.slice(link.lastIndexOf('/') + 1))
    const node = this.nodes.get(path)
    return node ? { inode: node.inode, path } : null
  }

  /** The directory that holds the path's last component, made where it is missing. */
  private makeParent(path: string): string {
    const parent = this.walk(path, true) ?? ''
    this.need(parent)
    return parent
  }

  /** Goes through all components but the last; null where something is missing and may not be made. */
  private walk(path: string, make: boolean): string | null {
    const todo = path.split('/').slice(0, -1)
    let at = ''
    let hops = 0
    for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
      if (part === '' || part === '.') continue
      if (part === '..') {
        at = parentOf(at)
        continue
      }
      const next = join(at, part)
      const node = this.nodes.get(next)
      if (node?.inode.type === 'directory') {
        at = next
      } else if (node?.inode.type === 'symlink' && (node.layer === this.layer || this.symlinkParents === 'follow')) {
        hops++
        if (hops > MAX_HOPS) throw new RefusedError('SYMLINK_LOOP')
        const link = node.inode.link ?? ''
        if (link.startsWith('/')) at = ''
        todo.unshift(...link.split('/'))
      } else {
        if (!make) return null
        if (node && node.inode.type !== 'symlink') this.warn('FILE_AS_PARENT', next)
        if (node) this.removeTree(next)
        this.nodes.set(next, { inode: implicitDirectory(), layer: this.layer })
        this.need(next)
        at = next
      }
    }
    return at
  }

  private need(directory: string): void {
    for (let path = directory; path !== ''; path = parentOf(path)) this.needed.add(path)
  }

  /**
   * Removes what lower layers have. This layer's own paths stay, whether they came before the marker or come after it;
   * a lower directory above one of them stays as an implicit one, which is what would be made for it after the marker.
   */
  private removeLower(hit: (path: string) => boolean, marker: Cause['marker']): void {
    for (const [path, node] of [...this.nodes]) {
      if (!hit(path) || node.layer === this.layer) continue
      if (this.needed.has(path)) this.nodes.set(path, { inode: implicitDirectory(), layer: this.layer })
      else this.remove(path, marker)
    }
  }

  private removeTree(top: string): void {
    for (const path of [...this.nodes.keys()]) if (path === top || isBelow(path, top)) this.remove(path, 'replaced')
  }

  private remove(path: string, marker: Cause['marker']): void {
    this.nodes.delete(path)
    this.removals.set(path, { layer: this.layer, marker })
  }

  private cleaned(path: string): string {
    const parts: string[] = []
    let escapes = false
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue
      if (part !== '..') parts.push(part)
      else if (parts.pop() === undefined) escapes = true
    }
    if (escapes) this.warn('PATH_ESCAPES_ROOT', path)
    return parts.join('/')
  }

  private warn(code: string, path: string): void {
    this.warnings.push({ code, layer: this.layer, path })
  }
}

function newInode(entry: TarEntry, type: Inode['type'], hash: string | null): Inode {
  const { uid, gid, size, mtime, mtimeNanos, link, device, xattrs } = entry
  // The mode of a symlink means nothing, and tools write different ones.
  const mode = type === 'symlink' ? 0o777 : entry.mode
  return { type, mode, uid, gid, size, mtime, mtimeNanos, link, device, xattrs, hash, implicit: false }
}

function implicitDirectory(): Inode {
  return {
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    mtimeNanos: 0,
    link: null,
    device: null,
    xattrs: new Map(),
    hash: null,
    implicit: true,
  }
}

/** Whether a hard link's own header says anything else than its file's. */
function isOtherwise({ mode, uid, gid, xattrs }: TarEntry, file: Inode): boolean {
  if ((file.type !== 'symlink' && mode !== file.mode) || uid !== file.uid || gid !== file.gid) return true
  const same = xattrs.size === file.xattrs.size && [...xattrs].every(([key, value]) => file.xattrs.get(key) === value)
  return xattrs.size > 0 && !same
}

function hashOf(entry: TarEntry, hasher: IHasher): string | null {
  if (entry.type !== 'file') return null
  hasher.init()
  for (const chunk of contentOf(entry)) hasher.update(chunk)
  return `blake3:${hasher.digest()}`
}

function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}

function isBelow(path: string, directory: string): boolean {
  return path !== '' && (directory === '' || path.startsWith(`${directory}/`))
}
