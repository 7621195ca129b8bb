// What a call that must fail fails with: an error of this package, or the test is over.

import { LayerDiffError } from '../../src/index.js'

export async function refusal(work: Promise<unknown>): Promise<LayerDiffError> {
  const outcome = await work.catch((error: unknown) => error)
  if (outcome instanceof LayerDiffError) return outcome
  throw new Error(`not refused: ${outcome}`)
}
