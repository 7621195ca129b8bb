// Numbers, sizes and times as a reader of some language expects them.
//
// Sizes are decimal, as docker prints them: 1 kB is 1000 bytes, and a column of them lines up.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const

export class Numbers {
  private readonly counts: Intl.NumberFormat
  private readonly scaled: Intl.NumberFormat
  private readonly shares: Intl.NumberFormat
  private readonly times: Intl.DateTimeFormat
  private readonly plurals: Intl.PluralRules

  /** @param locale a BCP 47 tag; undefined for the browser's own */
  constructor(locale: string | undefined) {
    this.counts = new Intl.NumberFormat(locale)
    this.scaled = new Intl.NumberFormat(locale, { minimumSignificantDigits: 3, maximumSignificantDigits: 3 })
    this.shares = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
    this.times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })
    this.plurals = new Intl.PluralRules(locale)
  }

  count(value: number): string {
    return this.counts.format(value)
  }

  plural(value: number): Intl.LDMLPluralRule {
    return this.plurals.select(value)
  }

  /** `41.2 kB`. */
  bytes(bytes: number): string {
    let value = bytes
    let unit = 0
    // Asked of the rounded value, so that 999,999 bytes are 1.00 MB and not 1,000 kB.
    while (Number(value.toPrecision(3)) >= 1000 && unit < UNITS.length - 1) {
      value /= 1000
      unit++
    }
    return `${(unit === 0 ? this.counts : this.scaled).format(value)} ${UNITS[unit]}`
  }

  /** `1,204 B (1.20 kB)`: exact, and short where that says less. */
  exactBytes(bytes: number): string {
    return bytes < 1000 ? this.bytes(bytes) : `${this.count(bytes)} B (${this.bytes(bytes)})`
  }

  /** With a sign: `+2.80 kB`, `−300 B`, `0 B`. */
  delta(bytes: number): string {
    return bytes === 0 ? '0 B' : `${bytes > 0 ? '+' : '−'}${this.bytes(Math.abs(bytes))}`
  }

  /** A share of 1: `37.5%`. */
  share(value: number): string {
    return this.shares.format(value)
  }

  /** In universal time, with the fraction where there is one; the bare seconds where no calendar reaches. */
  time(seconds: number, nanos: number): string {
    const date = new Date(seconds * 1000)
    const fraction = nanos === 0 ? '' : ` + ${this.count(nanos)} ns`
    return Number.isNaN(date.getTime()) ? `${seconds} s${fraction}` : `${this.times.format(date)} UTC${fraction}`
  }

  /** When something was made, from RFC 3339; as it stands where that is no time. */
  moment(text: string): string {
    const time = Date.parse(text)
    return Number.isNaN(time) ? text : `${this.times.format(time)} UTC`
  }
}

/** Octal and letters: `0755 rwxr-xr-x`. */
export function formatMode(mode: number): string {
  const letters = Array.from('rwxrwxrwx', (letter, index) => (mode & (0o400 >> index) ? letter : '-'))
  const special = (bit: number, at: number, set: string, alone: string) => {
    if (mode & bit) letters[at] = letters[at] === '-' ? alone : set
  }
  special(0o4000, 2, 's', 'S')
  special(0o2000, 5, 's', 'S')
  special(0o1000, 8, 't', 'T')
  return `${mode.toString(8).padStart(4, '0')} ${letters.join('')}`
}
