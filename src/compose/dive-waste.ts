// Efficiency and waste by dive's own formulas, so that a rule of dive's can be carried over as it is.
//
// Takes: the entries of each layer. Gives: dive's three figures. Its view of an image is not the merged tree: only a layer's leaves
// count, hard links have no size, opaque markers do not exist, and what is whited out is a sighting of its path: of 0 bytes, or
// for a directory of all that lies below it so far. Spec: dive 0.12, dive/filetree/efficiency.go and file_tree.go.

import type { StoredEntry } from '../engine/index-entries.js'

export interface DiveWaste {
  readonly efficiency: number
  readonly wastedBytes: number
  readonly wastedPercent: number
}

/** A file or directory, in one layer or in all so far. */
interface Node {
  size: number
  isDirectory: boolean
  /** Whether it stands for what is to be deleted. */
  readonly isWhiteout: boolean
  readonly children: Map<string, Node>
}

interface Sightings {
  smallest: number
  bytes: number
  count: number
}

export function diveWaste(layers: readonly (readonly StoredEntry[])[]): DiveWaste {
  const seen = new Map<string, Sightings>()
  const stacked = newNode(false)
  let upperBytes = 0
  for (const [index, entries] of layers.entries()) {
    const tree = treeOf(entries)
    for (const [path, node] of leaves(tree)) {
      const size = node.isWhiteout ? hiddenBytes(stacked, path) : node.size
      const known = seen.get(path)
      if (known === undefined) seen.set(path, { smallest: size, bytes: size, count: 1 })
      else {
        known.smallest = Math.min(known.smallest, size)
        known.bytes += size
        known.count++
      }
    }
    if (index > 0) upperBytes += bytesOf(tree)
    stack(stacked, tree)
  }
  let smallest = 0
  let bytes = 0
  let wastedBytes = 0
  for (const sightings of seen.values()) {
    smallest += sightings.smallest
    bytes += sightings.bytes
    if (sightings.count > 1) wastedBytes += sightings.bytes
  }
  return {
    efficiency: bytes === 0 ? 1 : smallest / bytes,
    wastedBytes,
    wastedPercent: upperBytes === 0 ? 0 : wastedBytes / upperBytes,
  }
}

function newNode(isWhiteout: boolean): Node {
  return { size: 0, isDirectory: false, isWhiteout, children: new Map() }
}

/** Whiteouts stand beside what they are about: a layer may have both. */
const nameOf = (component: string, isWhiteout: boolean) => (isWhiteout ? `.wh.${component}` : component)

function treeOf(entries: readonly StoredEntry[]): Node {
  const root = newNode(false)
  for (const { type, path, size } of entries) {
    if (path === '') continue
    const components = path.split('/')
    // An opaque marker is left out, and the directory that it stands in is there all the same.
    const isWhiteout = type === 'whiteout'
    let node = root
    for (const [index, component] of components.entries()) {
      const last = index === components.length - 1
      const name = nameOf(component, last && isWhiteout)
      let child = node.children.get(name)
      if (!child) {
        child = newNode(last && isWhiteout)
        node.children.set(name, child)
      }
      node = child
    }
    if (type === 'opaque') continue
    node.size = size
    node.isDirectory = type === 'directory'
  }
  return root
}

function* leaves(node: Node, path = ''): Generator<[path: string, node: Node]> {
  for (const [name, child] of node.children) {
    const whole = `${path}/${child.isWhiteout ? name.slice(4) : name}`
    if (child.children.size === 0) yield [whole, child]
    else yield* leaves(child, whole)
  }
}

function bytesOf(node: Node): number {
  let bytes = node.size
  for (const child of node.children.values()) bytes += bytesOf(child)
  return bytes
}

/** Of a directory all that lies below it; a file that is whited out counts nothing. */
function hiddenBytes(stacked: Node, path: string): number {
  let node: Node | undefined = stacked
  for (const component of path.split('/').slice(1)) node = node?.children.get(component)
  return node?.isDirectory ? bytesOf(node) : 0
}

/** Puts a layer on those below it. */
function stack(below: Node, layer: Node): void {
  for (const [name, child] of layer.children) {
    if (child.isWhiteout) {
      below.children.delete(name.slice(4))
      continue
    }
    let node = below.children.get(name)
    if (!node) {
      node = newNode(false)
      below.children.set(name, node)
    }
    node.size = child.size
    node.isDirectory = child.isDirectory || child.children.size > 0
    stack(node, child)
  }
}
