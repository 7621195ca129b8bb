// What a file of a layer holds, for a terminal: its text, with all that could mislead shown as escapes.
//
// Takes: the file's bytes. Gives: pieces of text; or null where it is no text, which no terminal should be given.

import { escapeText } from '../text.js'

const PIECE = 1 << 16

/** Line ends and tabs stay as they are. */
export function fileText(bytes: Uint8Array): Generator<string> | null {
  return isText(bytes) ? pieces(bytes) : null
}

/** UTF-8 without a NUL, as grep and git tell text. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for (let at = 0; at < bytes.byteLength; at += PIECE) {
      decoder.decode(bytes.subarray(at, at + PIECE), { stream: true })
    }
    decoder.decode()
    return true
  } catch {
    return false
  }
}

function* pieces(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for (let at = 0; at < bytes.byteLength; at += PIECE) {
    const text = decoder.decode(bytes.subarray(at, at + PIECE), { stream: true })
    yield text.replace(/[^\n\t]+/g, escapeText)
  }
}
