// Sizes and times in docker's own words. Pure.
//
// As `docker history` prints them: go-units' HumanSizeWithPrecision with three digits, and HumanDuration.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** `0B`, `1.23MB`, `45.6kB`, `1.2GB`. */
export function dockerSize(bytes: number): string {
  let unit = 0
  let value = bytes
  // Of the rounded value: Go's %.3g would write 999,999 bytes as 1e+03kB.
  while (Number(value.toPrecision(3)) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${Number(value.toPrecision(3))}${UNITS[unit]}`
}

/** `About an hour`, `3 weeks`, `13 months`. */
export function dockerDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.trunc(milliseconds / 60_000)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.trunc(milliseconds / 3_600_000 + 0.5)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`
  return `${Math.trunc(milliseconds / 3_600_000 / 24 / 365)} years`
}

/** `3 weeks ago`; `N/A` where nobody says when, or what is said is no time. */
export function dockerAgo(created: string | null, now: number): string {
  const time = created === null ? Number.NaN : Date.parse(created)
  return Number.isNaN(time) ? 'N/A' : `${dockerDuration(now - time)} ago`
}
