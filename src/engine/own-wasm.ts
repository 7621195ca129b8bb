// The WebAssembly that a caller gives in place of what the workers hold.

import { platform } from '#platform'
import type { EngineOptions } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'

/**
 * Compiles it, where it is not compiled. Workers refuse what is not of their version.
 *
 * @throws {LayerDiffError} INVALID_ARGUMENT, FETCH_FAILED, INPUT_NOT_FOUND, INPUT_UNREADABLE
 */
export async function compileOwn(given: NonNullable<EngineOptions['wasm']>): Promise<WebAssembly.Module> {
  if (given instanceof WebAssembly.Module) return given
  const bytes = typeof given === 'string' || given instanceof URL ? await bytesAt(given) : given
  if (!(bytes instanceof ArrayBuffer) && !(bytes instanceof Uint8Array)) {
    throw invalid('it is neither a WebAssembly.Module, nor bytes, nor an address')
  }
  return WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>).catch((cause) => {
    throw invalid(cause.message, cause)
  })
}

async function bytesAt(address: URL | string): Promise<ArrayBuffer | Uint8Array> {
  const path = platform.pathOf(address)
  if (path !== null) {
    const access = await platform.openFile(path)
    try {
      return await access.read(0, access.size)
    } finally {
      await access.close()
    }
  }
  const response = await fetch(address).catch((cause) => {
    throw unfetched(address, cause.message, cause)
  })
  if (!response.ok) throw unfetched(address, `status ${response.status}`)
  return response.arrayBuffer()
}

function unfetched(address: URL | string, why: string, cause?: unknown): LayerDiffError {
  return new LayerDiffError('FETCH_FAILED', `The wasm at ${address} could not be fetched: ${why}.`, {}, cause)
}

function invalid(why: string, cause?: unknown): LayerDiffError {
  return new LayerDiffError(
    'INVALID_ARGUMENT',
    `The option wasm is no WebAssembly that can be used: ${why}.`,
    {},
    cause,
  )
}
