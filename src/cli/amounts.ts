// Sizes and shares as people type them.

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  ...{ k: 1e3, m: 1e6, g: 1e9, t: 1e12, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
}

/** Bytes of `500MB`, `2G` (of 1000), `2GiB` (of 1024); null where it is none of these, as a part of a byte is not. */
export function parseSize(text: string): number | null {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? []
  if (/^b?$/i.test(unit) && number?.includes('.')) return null
  const factor = UNITS[unit.toLowerCase() || 'b']
  const size = Math.floor(Number(number) * (factor ?? Number.NaN))
  return Number.isSafeInteger(size) ? size : null
}

/** The share that `5%` is; null where it is none. */
export function parseShare(text: string): number | null {
  const [, number] = /^(\d+(?:\.\d+)?) ?%$/.exec(text) ?? []
  return number === undefined ? null : Number(number) / 100
}
