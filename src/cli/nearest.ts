// The nearest of some names to a mistyped one.

import { editDistance } from '../compose/edit-distance.js'

/** The name that is meant, as far as one can tell; undefined where none is near. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const wanted = typed.toLowerCase()
  const begun = names.filter((name) => wanted.length >= 2 && name.startsWith(wanted))
  if (begun.length === 1) return begun[0]
  let best: string | undefined
  // A third of the letters may be wrong: further away, a guess misleads.
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    const distance = editDistance(wanted, name)
    if (distance < least) {
      least = distance
      best = name
    }
  }
  return best
}
