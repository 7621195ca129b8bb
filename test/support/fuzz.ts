// What fuzz campaigns share: how long they are, what a layer may cost, and what counts as a refusal.

import { appendFileSync } from 'node:fs'
import type { Limits } from '../../src/engine-types.js'
import type { LayerDiffError } from '../../src/errors.js'
import { DEFAULT_LIMITS } from '../../src/options.js'

/** How many times as long as in CI a campaign is to be: FUZZ_SCALE=100 for a night. */
export const SCALE = Number(process.env.FUZZ_SCALE ?? 1)

/** The first seed; another gives other cases. */
export const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 1)

export const LIMITS: Limits = { ...DEFAULT_LIMITS, layerBytes: 1 << 24, entries: 1 << 16 }

/** The status of a case for which the 64 MiB of the checked build are not enough: no small input may need as much. */
export const OUT_OF_MEMORY = 1

/** The code of a refusal, null for none. A fault of ours is thrown on. */
export async function codeOf(work: Promise<unknown>): Promise<string | null> {
  try {
    await work
    return null
  } catch (error) {
    const { code } = error as LayerDiffError
    if (code === undefined || code === 'INTERNAL') throw error
    return code
  }
}

/** Says what a campaign came to, and keeps it: in the file that FUZZ_RESULTS names, a line each. */
export function report(what: string, facts: object): void {
  const line = `${what} ${JSON.stringify(facts)}\n`
  if (process.env.FUZZ_RESULTS) appendFileSync(process.env.FUZZ_RESULTS, line)
  else process.stdout.write(line)
}

/** Does work on a case, and keeps the case where that throws: it belongs into test/fuzz/corpus/. */
export function told<T>(what: string, bytes: Uint8Array, work: () => T): T {
  try {
    return work()
  } catch (error) {
    report(`${what} fault: ${(error as Error).message}`, { bytes: Buffer.from(bytes).toString('base64') })
    throw error
  }
}
