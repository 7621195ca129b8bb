// Text that fits its columns: cut with an ellipsis, padded, or shown from where it begins to differ. Pure.

import { columnsOf } from './columns.js'

/** The text, or as much of its beginning as leaves room for the ellipsis. */
export function cutText(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let cut = ''
  let used = 1
  for (const character of text) {
    used += columnsOf(character)
    if (used > columns) break
    cut += character
  }
  return `${cut}…`
}

/** The end of a text, where that says more than its beginning: of a path. */
export function cutStart(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  const reversed = cutText([...text].reverse().join(''), columns)
  return [...reversed].reverse().join('')
}

export function padText(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)))
}

/** Two texts and an arrow in so many columns; where they are too long, what they begin with alike is left out first. */
export function cutPair(before: string, after: string, columns: number): string {
  const whole = `${before} → ${after}`
  if (columnsOf(whole) <= columns) return whole
  const [old, now] = [[...before], [...after]]
  let alike = 0
  while (alike < old.length && alike < now.length && old[alike] === now[alike]) alike++
  const from = (text: readonly string[]) => (alike > 1 ? `…${text.slice(alike).join('')}` : text.join(''))
  const room = Math.max(2, columns - 3)
  const [left, right] = [from(old), from(now)]
  const half = Math.floor(room / 2)
  const leftRoom = Math.max(half, room - columnsOf(right))
  const shown = cutText(left, leftRoom)
  return `${shown} → ${cutText(right, room - columnsOf(shown))}`
}
