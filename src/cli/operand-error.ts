// What is wrong with an image or a layer, with what was typed for it.
//
// Of two operands a message may be about either, and those of what lies inside of an archive know no file.

import { LayerDiffError } from '../errors.js'

/** The same error, which knows what was typed for the operand that could not be opened. */
export class OperandError extends LayerDiffError {
  constructor(
    error: LayerDiffError,
    readonly given: string,
  ) {
    super(error.code, error.message, error, error.cause)
  }
}

/** Codes of what is wrong beside the operand, whichever was at hand. */
const BESIDE = /^(INVALID_ARGUMENT|INTERNAL|OUT_OF_MEMORY)$|^(CACHE|OUTPUT|WORKER|ENGINE)_/

/** For a rejected promise: an error of opening, or of anything that is done with one operand, with what was typed for it. */
export function ofOperand(given: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LayerDiffError) || BESIDE.test(error.code)) throw error
    throw new OperandError(error, given)
  }
}
