// Bytes from layers as text. Names are bytes; most are UTF-8, and none is to be trusted on a screen.

/** Made when they are first needed: pages are tested where there is no TextDecoder, and may at least be imported there. */
let decoders: { readonly strict: TextDecoder; readonly lossy: TextDecoder } | undefined

/** The text of bytes, and whether it is all that they say: bytes that are not UTF-8 read as U+FFFD. */
export function decodeText(bytes: Uint8Array): { text: string; exact: boolean } {
  decoders ??= {
    strict: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
    lossy: new TextDecoder('utf-8', { ignoreBOM: true }),
  }
  try {
    return { text: decoders.strict.decode(bytes), exact: true }
  } catch {
    return { text: decoders.lossy.decode(bytes), exact: false }
  }
}

/** Two digits for each byte. */
export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

// C0 and C1 controls, delete, line and paragraph separators, and everything that turns or hides text: bidirectional marks
// and overrides, and what shows nothing: zero-width characters, fillers, the blank of Braille, variation selectors, tags.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2800\ufff9-\ufffb\p{Default_Ignorable_Code_Point}\p{Cs}]/gu

/**
 * Text with every character that could mislead a reader or a terminal shown as an escape: control characters,
 * bidirectional marks and overrides, invisible ones. Markup is not escaped: set it as text, not as HTML.
 *
 * @example escapeText('a\u202egpj.exe') // 'a\\u{202e}gpj.exe'
 */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code === 0x0a) return '\\n'
    if (code === 0x0d) return '\\r'
    if (code === 0x09) return '\\t'
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
    return `\\u{${code.toString(16)}}`
  })
}
