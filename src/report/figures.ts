// Numbers as people read them: sizes, counts, modes, times. Pure.
//
// Sizes are SI, as docker prints them: 1 kB is 1000 bytes. Three digits, so that a column of them lines up.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** `999 B`, `1.23 kB`, `45.6 MB`. */
export function formatBytes(bytes: number): string {
  let unit = 0
  let value = bytes
  // Asked of the rounded value, so that 999,999 bytes are 1.00 MB and not 1000 kB.
  while (Number(value.toPrecision(3)) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`
}

/** A size with its sign; zero has none. */
export function formatDelta(bytes: number): string {
  if (bytes === 0) return '0 B'
  return `${bytes < 0 ? '-' : '+'}${formatBytes(Math.abs(bytes))}`
}

/** By what part of itself a size changed: `+4.2%`, `-67%`. */
export function formatShare(share: number): string {
  const percent = Math.abs(share * 100)
  // Which way it went, the bytes beside it tell.
  if (percent < 0.1) return '<0.1%'
  return `${share < 0 ? '-' : '+'}${percent < 10 ? percent.toFixed(1) : formatCount(Math.round(percent))}%`
}

/** How a size changed; exact where the short forms say the same. */
export function formatSizes(before: number, after: number): string {
  const short = [formatBytes(before), formatBytes(after)] as const
  if (short[0] !== short[1]) return `${short[0]} → ${short[1]}`
  return `${formatCount(before)} → ${formatCount(after)} bytes`
}

/** `1,204`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 path`, `1,204 paths`. */
export function formatPaths(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'path' : 'paths'}`
}

/** `0644`, `4755`. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** The last second that a Date holds, on either side of 1970. */
const LAST_SECOND = 8.64e12

/** `2023-11-14 22:13` in UTC, the bare seconds where no calendar reaches. */
export function formatMinute(seconds: number): string {
  if (Math.abs(seconds) > LAST_SECOND) return `${seconds} s`
  return new Date(seconds * 1000).toISOString().replace(/^(.*)T(\d\d:\d\d).*$/, '$1 $2')
}

/** `2023-11-14 22:13:20 UTC`, the fraction added where there is one; the bare seconds where no calendar reaches. */
export function formatTime(seconds: number, nanos: number): string {
  const fraction = nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
  if (Math.abs(seconds) > LAST_SECOND) return `${seconds} s`
  const [day, time] = new Date(seconds * 1000).toISOString().split('T')
  return `${day} ${time?.slice(0, 8)}${fraction} UTC`
}
