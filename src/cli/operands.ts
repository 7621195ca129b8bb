// What stands for OLD and NEW, and after --before and --after: layers, and images whose layers are compared.
//
// A path that exists wins. `layer:FILE` says that a tar is a layer even where it looks like an image; `docker-archive:`,
// `oci:` and `oci-archive:` say what an image is, `docker://` where; anything else is recognised by looking. What is no
// path and can be an image's name is one.

import { type Stats, statSync } from 'node:fs'
import { placeOf } from '../compose/image-input.js'
import { looksLikeImage } from '../image/looks-like.js'
import { escapeText, type Image, LayerDiffError, type LayerInput, type OpenImageOptions, openImage } from '../index.js'
import { unreadable } from '../input/file.node.js'
import { UsageError } from './exit-codes.js'
import { ofOperand } from './operand-error.js'

/** Layers of one operand, bottom first, with what to call them in a message. */
export interface Operand {
  readonly layers: readonly LayerInput[]
  readonly labels: readonly string[]
  /** Set where it is one image. */
  readonly image: Image | null
  readonly hasImages: boolean
  close(): Promise<void>
}

const IMAGE = /^(docker-archive|oci|oci-archive):/
const LAYER = /^layer:/

/** The path in what was typed, for a check of the file itself. */
export function pathOf(given: string): string {
  return kindOf(given) === null ? given.replace(LAYER, '').replace(IMAGE, '') : given
}

/** @throws {LayerDiffError} INPUT_UNREADABLE where it cannot be seen what is there */
function kindOf(path: string): 'file' | 'folder' | null {
  const stat = statOf(path)
  if (!stat) return null
  return stat.isDirectory() ? 'folder' : 'file'
}

const ABSENT: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (cause) {
    if (ABSENT.includes((cause as NodeJS.ErrnoException).code)) return undefined
    throw unreadable(path, cause)
  }
}

/** Of a path that is to be written to: what is wrong with it will be said by who writes. */
function outputStat(path: string | null): Stats | undefined {
  try {
    return path === null ? undefined : statSync(path)
  } catch {
    return undefined
  }
}

/** @throws {UsageError} where a report would be written over what it is about, which would be the end of that */
export function refuseInputAsOutput(inputs: readonly string[], output: string | null): void {
  const place = outputStat(output)
  if (!place?.isFile()) return
  for (const given of inputs) {
    for (const file of pathsIn(given)) {
      const stat = statOf(file)
      if (stat?.dev === place.dev && stat.ino === place.ino) {
        throw new UsageError(
          `The output would be written over ${escapeText(file)}, which is read. Choose another file.`,
        )
      }
    }
  }
}

/**
 * Looks for the files before there is any work to wait for, and names all that are missing.
 *
 * @throws {LayerDiffError} INPUT_NOT_FOUND
 * @throws {UsageError} for what is meant for no file
 */
export async function refuseMissing(inputs: readonly string[], from: OpenImageOptions['from']): Promise<void> {
  const files = new Set<string>()
  const others = new Set<string>()
  for (const given of inputs) {
    if (kindOf(given) !== null) continue
    refuseOtherThings(given)
    if (LAYER.test(given) || IMAGE.test(given)) {
      if (!existsWithTag(pathOf(given))) files.add(escapeText(pathOf(given)))
      continue
    }
    try {
      if ((await placeOf(given, from)).kind === 'files') files.add(escapeText(given))
    } catch (error) {
      if (!(error instanceof LayerDiffError) || error.code !== 'INPUT_NOT_FOUND') throw error
      others.add(error.message)
    }
  }
  const missing = missingFiles([...files])
  if (missing.length + others.size > 0) throw new LayerDiffError('INPUT_NOT_FOUND', [...missing, ...others].join(' '))
}

/** @throws {UsageError} for what other tools read in place of a file */
export function refuseOtherThings(given: string): void {
  if (given === '-') throw new UsageError('There is no file "-": write /dev/stdin for standard input.')
  if (!/^https?:\/\//i.test(given)) return
  throw new UsageError(
    `${escapeText(given)} is an address, which is not read: download the file first, and give that. The name of an image is written without https://.`,
  )
}

function missingFiles(paths: readonly string[]): string[] {
  const last = paths.at(-1)
  if (last === undefined) return []
  if (paths.length === 1) return [`Cannot read ${last}: there is no such file.`]
  return [`Cannot read ${paths.slice(0, -1).join(', ')} and ${last}: there are no such files.`]
}

/** Whether a path is there, or one to which a colon and a name have been added. */
function existsWithTag(path: string): boolean {
  return pathsIn(path).some((one) => kindOf(one) !== null)
}

/** What may be the path in what was typed: all of it, or what stands before a colon and a name. */
function pathsIn(given: string): string[] {
  const path = pathOf(given)
  const colons = Array.from(path.matchAll(/:/g), ({ index }) => index)
  return [path.length, ...colons].filter((end) => end > 0).map((end) => path.slice(0, end))
}

/** @throws {LayerDiffError} where an image is broken; a layer is looked at when it is read */
async function openOperand(given: string, options: OpenImageOptions, again: boolean): Promise<Operand> {
  const kind = kindOf(given)
  if (kind === null && LAYER.test(given)) {
    const path = given.replace(LAYER, '')
    return statOf(path)?.isFile() === false ? piped(path, options, again, true) : layer(path)
  }
  if (kind === 'folder' || (kind === null && IMAGE.test(given))) return image(given, options)
  if (kind === null) return (await placeOf(given, options.from)).kind === 'files' ? layer(given) : image(given, options)
  if (!statSync(given).isFile()) return piped(given, options, again)
  const likely = await looksLikeImage(given)
  return likely || options.verify ? imageOr(layer(given), { given, path: given, likely }, options) : layer(given)
}

function layer(path: string): Operand {
  return { layers: [path], labels: [path], image: null, hasImages: false, async close() {} }
}

async function piped(given: string, options: OpenImageOptions, again: boolean, isLayer = false): Promise<Operand> {
  const { readPipe } = await import('./piped.js')
  const read = await readPipe(given, again || options.verify === true)
  if (read.kind === 'stream') return { ...layer(given), layers: [read.layer], close: read.close }
  const { path, likelyImage: likely } = read
  const asLayer = { ...layer(given), layers: [path], close: read.close }
  if (isLayer || (!likely && !options.verify)) return asLayer
  try {
    const operand = await imageOr(asLayer, { given, path, likely }, options)
    const close = async () => {
      await operand.close()
      await read.close()
    }
    return { ...operand, close }
  } catch (error) {
    await read.close()
    throw error
  }
}

/**
 * The image that a file is, or else what it is as a layer. What is to be verified is opened also where its first name is none of an
 * image: who wrote it chose the order of names, and what is judged must be what Docker would load.
 */
async function imageOr(
  asLayer: Operand,
  { given, path, likely }: { given: string; path: string; likely: boolean },
  options: OpenImageOptions,
): Promise<Operand> {
  try {
    return await image(given, options, path)
  } catch (error) {
    if (!(error instanceof LayerDiffError)) throw error
    if (error.code === 'IMAGE_UNKNOWN_FORMAT') return asLayer
    if (likely) throw error
    const { code, message } = error
    throw new LayerDiffError(code, `${message} If it is a layer, write layer:${escapeText(given)}.`, error, error)
  }
}

async function image(given: string, options: OpenImageOptions, path = given): Promise<Operand> {
  const opened = await openImage(path, options)
  const { layers, close } = opened
  return {
    layers,
    labels: layers.map((_, index) => `layer ${index} of ${given}`),
    image: opened,
    hasImages: true,
    close,
  }
}

/** Several operands as one stack. With `again` their layers can be read more than once, also where they come through a pipe. */
export async function openStack(given: readonly string[], options: OpenImageOptions, again = false): Promise<Operand> {
  const operands: Operand[] = []
  const close = async () => {
    await Promise.all(operands.map((operand) => operand.close()))
  }
  try {
    for (const one of given) operands.push(await openOperand(one, options, again).catch(ofOperand(one)))
  } catch (error) {
    await close()
    throw error
  }
  return {
    layers: operands.flatMap(({ layers }) => layers),
    labels: operands.flatMap(({ labels }) => labels),
    image: operands.length === 1 ? (operands[0]?.image ?? null) : null,
    hasImages: operands.some(({ hasImages }) => hasImages),
    close,
  }
}
