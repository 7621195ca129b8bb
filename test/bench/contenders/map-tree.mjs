// Merge and diff as anybody writes them in JavaScript: objects with paths as strings, in a Map.
// It knows what the benchmark's layers contain: whiteouts, opaque directories, replaced subtrees and hard links, but no
// symlinks as parents and no paths that need cleaning.

/**
 * @typedef {object} MapEntry
 * @property {string} path without a slash at either end
 * @property {string} type
 * @property {number} mode
 * @property {number} uid
 * @property {number} gid
 * @property {number} size
 * @property {number} mtime
 * @property {string | null} link target of a symlink or a hard link
 * @property {string | null} hash
 *
 * @typedef {{ path: string, kind: 'added' | 'removed' | 'modified' }} MapChange
 */

/**
 * Puts a layer on top of a tree.
 * @param {Map<string, MapEntry>} tree
 * @param {readonly MapEntry[]} entries
 */
export function mergeLayer(tree, entries) {
  const lower = tree.size > 0
  if (lower) {
    for (const { path } of entries) {
      const name = path.slice(path.lastIndexOf('/') + 1)
      const parent = path.slice(0, path.length - name.length)
      if (name === '.wh..wh..opq') removeBelow(tree, parent)
      else if (name.startsWith('.wh.')) removeAll(tree, parent + name.slice(4))
    }
  }
  for (const entry of entries) {
    const { path } = entry
    if (path.startsWith('.wh.', path.lastIndexOf('/') + 1)) continue
    if (entry.type === 'link') {
      const target = tree.get(entry.link ?? '')
      if (target) tree.set(path, target)
      continue
    }
    if (lower && entry.type !== 'directory' && tree.get(path)?.type === 'directory') removeAll(tree, path)
    tree.set(path, entry)
  }
}

/**
 * @param {Map<string, MapEntry>} tree
 * @param {string} path
 */
function removeAll(tree, path) {
  tree.delete(path)
  removeBelow(tree, `${path}/`)
}

/**
 * @param {Map<string, MapEntry>} tree
 * @param {string} prefix
 */
function removeBelow(tree, prefix) {
  for (const path of tree.keys()) if (path.startsWith(prefix)) tree.delete(path)
}

/**
 * What differs between two trees, in the fields that layerdiff compares by default.
 * @param {ReadonlyMap<string, MapEntry>} before
 * @param {ReadonlyMap<string, MapEntry>} after
 */
export function diffTrees(before, after) {
  /** @type {MapChange[]} */
  const changes = []
  for (const [path, entry] of before) {
    const other = after.get(path)
    if (other === undefined) changes.push({ path, kind: 'removed' })
    else if (differs(entry, other)) changes.push({ path, kind: 'modified' })
  }
  for (const path of after.keys()) if (!before.has(path)) changes.push({ path, kind: 'added' })
  return changes
}

/**
 * @param {MapEntry} a
 * @param {MapEntry} b
 */
function differs(a, b) {
  if (a.type !== b.type || a.uid !== b.uid || a.gid !== b.gid || a.link !== b.link) return true
  if (a.type === 'symlink') return false
  return a.mode !== b.mode || a.size !== b.size || a.hash !== b.hash
}
