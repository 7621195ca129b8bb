// What two lists have in common and in which order: layers by their diffIds, lines of history by what they say.
//
// Takes: the keys of two lists. Gives: one list of both. Keys in common order are `shared`, as many as there can be; those
// that are left over on both sides are `moved`, each once; the rest came or went. A key that comes several times is matched
// as often as both lists have it. The longest common order is found as Hunt and Szymanski do it (CACM 20:5, 1977).

import type { LayerMatch } from '../image-types.js'

export type Aligned = Pick<LayerMatch, 'kind' | 'before' | 'after'>

/** Equal pairs of two hostile lists can be hundreds of millions; past this only the nth of one is tried with the nth of the other. */
const MOST_PAIRS = 2_000_000

/** In the order of `after`; what was removed stands before what took its place. */
export function align(before: readonly string[], after: readonly string[]): Aligned[] {
  const shared = commonOrder(before, after)
  const moved = matchRest(before, after, shared)
  const movedFrom = new Set(moved.values())
  const rows: Aligned[] = []
  let [atBefore, atAfter] = [0, 0]
  for (const [nextBefore, nextAfter] of [...shared, [before.length, after.length] as const]) {
    for (; atBefore < nextBefore; atBefore++) {
      if (!movedFrom.has(atBefore)) rows.push({ kind: 'removed', before: atBefore, after: null })
    }
    for (; atAfter < nextAfter; atAfter++) {
      const from = moved.get(atAfter)
      rows.push({ kind: from === undefined ? 'added' : 'moved', before: from ?? null, after: atAfter })
    }
    if (nextBefore < before.length) rows.push({ kind: 'shared', before: atBefore++, after: atAfter++ })
  }
  return rows
}

/** Pairs of equal keys, rising on both sides, as many as there can be. */
function commonOrder(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  const places = placesOf(after)
  const pairs = before.reduce((sum, key) => sum + (places.get(key)?.length ?? 0), 0)
  const candidates = pairs > MOST_PAIRS ? nthWithNth(before, places) : before.map((key) => places.get(key) ?? [])

  // The longest rising chain of places, by patience: ends[n] is the link whose place ends a chain of n + 1 at the lowest.
  interface Link {
    readonly before: number
    readonly after: number
    readonly previous: Link | undefined
  }
  const ends: Link[] = []
  for (const [index, found] of candidates.entries()) {
    // From the last on, so that no two of one key join a chain.
    for (let i = found.length - 1; i >= 0; i--) {
      const place = found[i] as number
      let [low, high] = [0, ends.length]
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((ends[middle] as Link).after < place) low = middle + 1
        else high = middle
      }
      if (ends[low]?.after !== place) ends[low] = { before: index, after: place, previous: ends[low - 1] }
    }
  }
  const chain: (readonly [number, number])[] = []
  for (let link: Link | undefined = ends.at(-1); link; link = link.previous) chain.push([link.before, link.after])
  return chain.reverse()
}

/** For each of `before` the place that its key has as often before it as here, if there is one. */
function nthWithNth(before: readonly string[], places: ReadonlyMap<string, readonly number[]>): number[][] {
  const counts = new Map<string, number>()
  return before.map((key) => {
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    const place = places.get(key)?.[count]
    return place === undefined ? [] : [place]
  })
}

/** Of what is not in common order, the places that both have: before by after. */
function matchRest(
  before: readonly string[],
  after: readonly string[],
  shared: readonly (readonly [number, number])[],
): Map<number, number> {
  const [takenBefore, takenAfter] = [new Set(shared.map(([place]) => place)), new Set(shared.map(([, place]) => place))]
  const left = placesOf(before, takenBefore)
  const used = new Map<string, number>()
  const matches = new Map<number, number>()
  for (const [index, key] of after.entries()) {
    if (takenAfter.has(index)) continue
    const count = used.get(key) ?? 0
    const place = left.get(key)?.[count]
    if (place === undefined) continue
    used.set(key, count + 1)
    matches.set(index, place)
  }
  return matches
}

function placesOf(keys: readonly string[], without: ReadonlySet<number> = new Set()): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [index, key] of keys.entries()) {
    if (without.has(index)) continue
    const list = places.get(key)
    if (list) list.push(index)
    else places.set(key, [index])
  }
  return places
}
