// Rectangles for weights: they fill the place, do not overlap, and are as large as what they stand for.

import { expect, it } from 'vitest'
import { type Box, squarify } from '../src/element/treemap.js'
import { Random } from './support/stacks.js'

const PLACE: Box = { x: 10, y: 20, width: 200, height: 100 }

it('nothing needs no room', () => {
  expect(squarify([], PLACE)).toEqual([])
})

it('one takes all', () => {
  expect(squarify([7], PLACE)).toEqual([PLACE])
})

it('the example of the paper', () => {
  const boxes = squarify([6, 6, 4, 3, 2, 2, 1], { x: 0, y: 0, width: 6, height: 4 })
  expect(boxes.slice(0, 2)).toEqual([
    { x: 0, y: 0, width: 3, height: 2 },
    { x: 0, y: 2, width: 3, height: 2 },
  ])
})

it.each([1, 2, 3, 4, 5, 6])('random weights (%i)', (seed) => {
  const random = new Random(seed)
  const next = () => random.int(1_000_000) / 1_000_000
  const weights = Array.from({ length: 1 + Math.floor(next() * 70) }, () => Math.ceil(next() ** 8 * 1e9)).sort(
    (a, b) => b - a,
  )
  const boxes = squarify(weights, PLACE)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  expect(boxes).toHaveLength(weights.length)
  for (const [index, box] of boxes.entries()) {
    const share = (box.width * box.height) / (PLACE.width * PLACE.height)
    expect(share).toBeCloseTo((weights[index] ?? 0) / total, 6)
    expect(box.x).toBeGreaterThanOrEqual(PLACE.x - 1e-6)
    expect(box.y).toBeGreaterThanOrEqual(PLACE.y - 1e-6)
    expect(box.x + box.width).toBeLessThanOrEqual(PLACE.x + PLACE.width + 1e-6)
    expect(box.y + box.height).toBeLessThanOrEqual(PLACE.y + PLACE.height + 1e-6)
    for (const other of boxes.slice(0, index)) expect(overlap(box, other)).toBeLessThan(1e-6)
  }
})

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return Math.max(0, width) * Math.max(0, height)
}
