// How many columns of a terminal text takes.

const PLAIN = /^[\x20-\x7e]*$/
const MARK = /\p{M}/u
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** No column for combining marks, two for East Asian characters and emoji, one for all others. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return columns
}
