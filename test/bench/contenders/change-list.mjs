// Changes as text that does not depend on who found them: how results of different contenders are held together.

/**
 * @param {Iterable<{ kind: string, path: string }>} changes
 * @returns {Promise<string>} how many of each kind, and a digest of all kinds and paths in order
 */
export async function sayChanges(changes) {
  /** @type {Record<string, number>} */
  const counts = { added: 0, removed: 0, modified: 0 }
  const lines = Array.from(changes, ({ kind, path }) => {
    counts[kind]++
    return `${path}\0${kind}\n`
  }).sort()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(lines.join(''))))
  const hex = Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const totals = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`)
  return `${totals.join(', ')}, sha256 ${hex}`
}
