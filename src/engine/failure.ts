// Errors as they cross to and from a worker.

import { LayerDiffError } from '../errors.js'
import type { PlainError } from './protocol.js'

export function toPlainError(error: unknown): PlainError {
  if (error instanceof LayerDiffError) {
    const { code, message, side, layer, path, offset } = error
    return { code, message, side, layer, path, offset, cause: error.cause === undefined ? null : String(error.cause) }
  }
  const text = error instanceof Error ? error.message : String(error)
  return {
    code: 'INTERNAL',
    message: `Something went wrong inside layerdiff: ${text}. Please report this.`,
    cause: String(error),
  }
}

export function fromPlainError(error: PlainError): LayerDiffError {
  const { code, message, cause, ...place } = error
  return new LayerDiffError(code, message, place, cause ?? undefined)
}
