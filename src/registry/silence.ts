// How long a server may keep silent while somebody waits for it.
//
// Takes: what is waited for, and milliseconds. Gives: what came of it, or a Silence, which is an attempt that failed, as a
// cut connection is. Slow is not silent: each wait has its own time.

import { LayerDiffError } from '../errors.js'

const DEFAULT_MILLISECONDS = 60_000
/** Timers of browsers and of Node count in 31 bits, and what is longer would end at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Nothing came in time. Only who waited knows for what. */
export class Silence extends Error {
  constructor(readonly milliseconds: number) {
    super(`nothing came for ${formatWait(milliseconds)}`)
  }
}

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function resolveTimeout(timeout: number | undefined = DEFAULT_MILLISECONDS): number {
  if (typeof timeout === 'number' && timeout > 0) return Math.min(timeout, LONGEST_TIMER)
  throw new LayerDiffError(
    'INVALID_ARGUMENT',
    `registry.timeout must be a positive number of milliseconds, not ${String(timeout)}.`,
  )
}

/** Rejects with a {@link Silence} where `work` takes longer; what comes of it then is nobody's. */
export async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Silence(milliseconds)), milliseconds)
  })
  try {
    return await Promise.race([work, silence])
  } finally {
    clearTimeout(timer)
  }
}

/** `60 s`, `0.05 s`. */
export function formatWait(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toPrecision(3))} s`
}
