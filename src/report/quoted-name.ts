// Names as git writes them, for what other programs read: as they are, or in quotation marks with escapes.

import { escapeText } from '../text.js'
import { charactersOf } from './names.js'

/** Git's letters for control characters, and what would end or escape a quotation. */
const LETTERS: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
}

/** What is unsafe on a screen, or not UTF-8, is written as octal bytes; the quotation marks stand where anything is escaped. */
export function quotedName(name: Uint8Array): string {
  let text = ''
  let plain = true
  for (const { character, byte } of charactersOf(name)) {
    if (character !== null && escapeText(character) === character && !(character in LETTERS)) {
      text += character
      continue
    }
    plain = false
    if (character === null) text += octal(byte)
    else text += LETTERS[character] ?? Array.from(new TextEncoder().encode(character), octal).join('')
  }
  return plain ? text : `"${text}"`
}

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`
}
