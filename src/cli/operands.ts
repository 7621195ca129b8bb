// What stands for OLD and NEW, and after --before and --after: layers, and images whose layers are compared.
//
// A path that exists wins. `layer:FILE` says that a tar is a layer even where it looks like an image; `docker-archive:`,
// `oci:` and `oci-archive:` say what an image is, `docker-daemon:` that a container engine has it; anything else is
// recognised by looking.

import { statSync } from 'node:fs'
import { looksLikeImage } from '../image/looks-like.js'
import { LayerDiffError, type LayerInput, type OpenImageOptions, openImage } from '../index.js'

/** Layers of one operand, bottom first, with what to call them in a message. */
export interface Operand {
  readonly layers: readonly LayerInput[]
  readonly labels: readonly string[]
  close(): Promise<void>
}

const IMAGE = /^(docker-archive|oci|oci-archive):/
const DAEMON = /^docker-daemon:/
const LAYER = /^layer:/

/** The path in what was typed, for a check of the file itself. */
export function pathOf(given: string): string {
  return kindOf(given) === null ? given.replace(LAYER, '').replace(IMAGE, '') : given
}

function kindOf(path: string): 'file' | 'folder' | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return null
  return stat.isDirectory() ? 'folder' : 'file'
}

/** @throws {LayerDiffError} where an image is broken; a layer is looked at when it is read */
export async function openOperand(given: string, options: OpenImageOptions): Promise<Operand> {
  const kind = kindOf(given)
  if (kind === null && LAYER.test(given)) return layer(given.replace(LAYER, ''))
  const named = IMAGE.test(given) || DAEMON.test(given) || options.from === 'daemon'
  if (kind === 'folder' || (kind === null && named)) return image(given, options)
  // What is no regular file, such as a pipe, can be read only once.
  if (kind === null || !statSync(given).isFile() || !(await looksLikeImage(given))) return layer(given)
  try {
    return await image(given, options)
  } catch (error) {
    if (error instanceof LayerDiffError && error.code === 'IMAGE_UNKNOWN_FORMAT') return layer(given)
    throw error
  }
}

function layer(path: string): Operand {
  return { layers: [path], labels: [path], async close() {} }
}

async function image(given: string, options: OpenImageOptions): Promise<Operand> {
  const { layers, close } = await openImage(given, options)
  return { layers, labels: layers.map((_, index) => `layer ${index} of ${given}`), close }
}

/** Several operands as one stack. */
export async function openStack(given: readonly string[], options: OpenImageOptions = {}): Promise<Operand> {
  const operands: Operand[] = []
  const close = async () => {
    await Promise.all(operands.map((operand) => operand.close()))
  }
  try {
    for (const one of given) operands.push(await openOperand(one, options))
  } catch (error) {
    await close()
    throw error
  }
  return {
    layers: operands.flatMap(({ layers }) => layers),
    labels: operands.flatMap(({ labels }) => labels),
    close,
  }
}
