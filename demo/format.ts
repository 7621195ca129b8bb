// Values as words: bytes, counts, modes, times, attributes. Whatever a layer chose is escaped.

import { type Change, escapeText } from 'layerdiff'

/** How each kind is marked: never by colour alone. */
export const SIGNS: Readonly<Record<Change['kind'], string>> = { added: '+', removed: '−', modified: '~' }
export const KINDS = ['added', 'removed', 'modified'] as const

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const
const counts = new Intl.NumberFormat('en')
const scaled = new Intl.NumberFormat('en', { minimumSignificantDigits: 2, maximumSignificantDigits: 3 })

export function formatCount(count: number): string {
  return counts.format(count)
}

/** `1 change`, `2 changes`. */
export function formatPlural(count: number, one: string): string {
  return `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`
}

/** Decimal units, as Docker prints them: `41.2 kB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  // 999.5 would be rounded to 1,000 of its unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${(unit === 0 ? counts : scaled).format(value)} ${UNITS[unit]}`
}

/** `240 ms`, `1.3 s`. */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

/** With a sign: `+2.8 kB`, `−300 B`, `±0 B`. */
export function formatDelta(bytes: number): string {
  if (bytes === 0) return '±0 B'
  return `${bytes > 0 ? '+' : '−'}${formatBytes(Math.abs(bytes))}`
}

/** Octal and letters: `0755 rwxr-xr-x`. */
export function formatMode(mode: number): string {
  const letters = Array.from('rwxrwxrwx', (letter, i) => (mode & (0o400 >> i) ? letter : '-'))
  const special = (bit: number, at: number, set: string, alone: string) => {
    if (mode & bit) letters[at] = letters[at] === '-' ? alone : set
  }
  special(0o4000, 2, 's', 'S')
  special(0o2000, 5, 's', 'S')
  special(0o1000, 8, 't', 'T')
  return `${mode.toString(8).padStart(4, '0')} ${letters.join('')}`
}

/** Universal time, with a fraction where there is one: `2025-03-03 09:00:00.5 UTC`. */
export function formatTime(seconds: number, nanos: number): string {
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
  const date = new Date(seconds * 1000)
  // Layers may say any 64-bit number of seconds; a Date ends in the year 275760.
  if (Number.isNaN(date.getTime())) return `${seconds}${fraction} s since 1970`
  return `${date.toISOString().slice(0, -5).replace('T', ' ')}${fraction} UTC`
}

const SHOWN_BYTES = 96
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The value of an extended attribute: quoted where it is plain text, else hexadecimal; the beginning of a long one. */
export function formatValue(bytes: Uint8Array): string {
  const rest = bytes.length > SHOWN_BYTES ? ` … (${formatCount(bytes.length)} bytes)` : ''
  const head = bytes.subarray(0, SHOWN_BYTES)
  try {
    const text = decoder.decode(head)
    if (escapeText(text) === text) return `“${text}”${rest}`
  } catch {
    // Not UTF-8, or cut inside a character.
  }
  return `0x${Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join('')}${rest}`
}

/** Bytes that are not all text, with `\xNN` for those that are not printable ASCII. */
export function formatRawBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}
