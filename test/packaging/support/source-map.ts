// Source maps, revision 3: which of its sources a map leads to.

export interface SourceMap {
  readonly version: 3
  readonly sources: readonly string[]
  readonly sourcesContent?: readonly (string | null)[]
  readonly mappings: string
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The indices of the sources that any mapping leads to. @throws {Error} where a mapping is none */
export function sourcesInUse({ mappings }: SourceMap): number[] {
  const used = new Set<number>()
  let source = 0
  for (const segment of mappings.split(/[,;]/)) {
    const [, step] = numbersOf(segment)
    // A segment of one number maps to nothing.
    if (step === undefined) continue
    source += step
    used.add(source)
  }
  return [...used]
}

/** Base64 VLQ: five bits a digit, least first, the sixth says that more come; the lowest bit of all is the sign. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit)
    if (bits < 0) throw new Error(`${digit} is no digit of a mapping`)
    value += (bits & 31) << shift
    shift += 5
    if (bits & 32) continue
    numbers.push(value & 1 ? -(value >> 1) : value >> 1)
    value = 0
    shift = 0
  }
  return numbers
}
