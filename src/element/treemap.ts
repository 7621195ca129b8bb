// Rectangles whose areas are what they stand for, as near to squares as they come.
//
// Takes: weights, largest first, and a rectangle. Gives: one rectangle for each. Spec: Bruls, Huizing, van Wijk, "Squarified
// Treemaps" (2000).

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** @param weights positive, in descending order */
export function squarify(weights: readonly number[], box: Box): Box[] {
  const boxes: Box[] = []
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let rest = box
  let left = total
  for (let from = 0; from < weights.length; ) {
    const scale = left > 0 ? (rest.width * rest.height) / left : 0
    const side = Math.min(rest.width, rest.height)
    let to = from + 1
    let sum = weights[from] ?? 0
    let worst = worstRatio(sum * scale, sum * scale, sum * scale, side)
    // One more into the strip for as long as that makes its worst member no worse.
    for (; to < weights.length; to++) {
      const weight = weights[to] ?? 0
      const ratio = worstRatio((weights[from] ?? 0) * scale, weight * scale, (sum + weight) * scale, side)
      if (ratio > worst) break
      worst = ratio
      sum += weight
    }
    const strip = weights.slice(from, to)
    boxes.push(...layOut(strip, sum, sum * scale, rest))
    rest = cutOff(rest, sum * scale)
    left -= sum
    from = to
  }
  return boxes
}

/** The ratio of the longer to the shorter side of the least square member of a strip. */
function worstRatio(largest: number, smallest: number, area: number, side: number): number {
  if (smallest <= 0) return Number.POSITIVE_INFINITY
  const square = (side * side) / (area * area)
  return Math.max(largest * square, 1 / (smallest * square))
}

/** A strip along the shorter side. */
function layOut(strip: readonly number[], sum: number, area: number, { x, y, width, height }: Box): Box[] {
  const upright = width >= height
  const depth = area / (upright ? height : width) || 0
  let at = 0
  return strip.map((weight) => {
    const length = (sum > 0 ? weight / sum : 0) * (upright ? height : width)
    const made = upright
      ? { x, y: y + at, width: depth, height: length }
      : { x: x + at, y, width: length, height: depth }
    at += length
    return made
  })
}

function cutOff({ x, y, width, height }: Box, area: number): Box {
  if (width >= height) {
    const depth = area / height || 0
    return { x: x + depth, y, width: Math.max(0, width - depth), height }
  }
  const depth = area / width || 0
  return { x, y: y + depth, width, height: Math.max(0, height - depth) }
}
