// Numbers and encoded bytes as the obvious tar reader finds them, in headers and in pax records.
// Takes: text, one UTF-16 unit a byte. Gives: values, null for what is none.

/** Octal, or with the first bit set a big-endian two's complement number; null where it is neither or over 63 bits. */
export function readNumber(field: string): bigint | null {
  const first = field.charCodeAt(0)
  if ((first & 0x80) === 0) return readOctal(field)
  let value = 0n
  for (const char of field) value = (value << 8n) | BigInt(char.charCodeAt(0))
  const bits = BigInt(8 * field.length - 1)
  value = BigInt.asIntN(Number(bits), value)
  return BigInt.asIntN(64, value) === value ? value : null
}

export function readOctal(field: string): bigint | null {
  const digits = untilNul(field.replace(/^[ \0]+/, '').replace(/[ \0]+$/, ''))
  if (digits === '') return 0n
  return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : null
}

export function untilNul(text: string): string {
  const nul = text.indexOf('\0')
  return nul < 0 ? text : text.slice(0, nul)
}

export function decimal(text: string): number | null {
  if (!/^[+-]?[0-9]+$/.test(text)) return null
  const value = BigInt(text.replace('+', ''))
  return value > -(2n ** 63n) && value < 2n ** 63n ? Number(value) : null
}

/** Seconds rounded down, and nanoseconds from there on: -1.5 is -2 and 500000000. */
export function paxTime(text: string): [seconds: number, nanos: number] | null {
  const match = /^([+-]?)([0-9]+)(?:\.([0-9]*))?$/.exec(text)
  if (match === null) return null
  const nanos = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'))
  const whole = decimal(match[2] ?? '')
  if (whole === null) return null
  if (match[1] !== '-') return [whole, nanos]
  return nanos === 0 ? [0 - whole, 0] : [0 - whole - 1, 1_000_000_000 - nanos]
}

export function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** As libarchive reads it: padding may be missing, and what is no digit is passed over. */
export function base64Decoded(text: string): string {
  const digits = text.replace(/[=_].*$/s, '').replace(/[^A-Za-z0-9+/]/g, '')
  return atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits)
}
