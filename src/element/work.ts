// What the element does by itself: from names, addresses and files to reports. Loaded when it is first asked for.
//
// Takes: what an author or a reader gave. Gives: what the library makes of it. A file is looked at to tell an image from a
// layer; a text is an address where it reads like one, else the name of an image in a registry.

import { looksLikeImage } from '../image/looks-like.js'
import type {
  DiffOptions,
  Image,
  ImageDiff,
  ImageDiffOptions,
  ImageInput,
  ImageReport,
  InspectOptions,
  LayerDiff,
  LayerInput,
  OpenImageOptions,
  PullProgress,
  Sharing,
  Side,
} from '../index.js'
import {
  compareLayers,
  diffImages,
  diffLayers,
  escapeText,
  inspectImage,
  LayerDiffError,
  openImage,
  pullImage,
} from '../index.js'

/** An image or a layer; a list is a stack of layers, bottom first. */
export type Given = ImageInput | LayerInput | readonly LayerInput[]

export interface Compared {
  readonly diff: LayerDiff | ImageDiff
  /** What the layers are called, by side, where they are layers. */
  readonly names: Readonly<Record<'before' | 'after', readonly string[]>> | null
  /** Closes the images, whose contents can be read until then. */
  close(): Promise<void>
}

export interface Inspected {
  readonly report: ImageReport | LayerDiff
  /** Closes the image, whose contents can be read until then. */
  close(): Promise<void>
}

type Opened =
  | { readonly kind: 'image'; readonly image: Image }
  | { readonly kind: 'layers'; readonly layers: readonly LayerInput[]; readonly names: readonly string[] }

/** @throws {LayerDiffError} of what is wrong with either; or the signal's reason */
export async function compare(before: Given, after: Given, given: ImageDiffOptions): Promise<Compared> {
  const options = withAll(given)
  const opened: Opened[] = []
  const close = async () => {
    await Promise.all(opened.map((one) => (one.kind === 'image' ? one.image.close() : undefined)))
  }
  try {
    const sides: [Side, Given][] = [
      ['before', before],
      ['after', after],
    ]
    for (const [side, given] of sides) {
      opened.push(
        await open(given, options).catch((error) => {
          throw isEmpty(before) || isEmpty(after) ? ofFile(error, fileOf(given)) : ofSide(error, side, fileOf(given))
        }),
      )
    }
    const [lower, upper] = opened as [Opened, Opened]
    if (lower.kind === 'image' && upper.kind === 'image') {
      return { diff: await diffImages(lower.image, upper.image, options), names: null, close }
    }
    const names = { before: namesOf(lower), after: namesOf(upper) }
    const diff = await diffLayers(layersOf(lower), layersOf(upper), ofLayers(options)).catch((error) => {
      // An image's layers are called by their commands, which name no file.
      const files = { before: filesOf(lower), after: filesOf(upper) }
      throw ofLayer(error, files, isEmpty(before) || isEmpty(after))
    })
    return { diff, names, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** An image taken apart; of a layer all that is in it. @throws {LayerDiffError} as inspectImage, as diffLayers */
export async function inspect(given: ImageInput, options: ImageDiffOptions): Promise<Inspected> {
  const input = await resolve(given, options.signal)
  if (await isLayer(input)) {
    const report = await diffLayers([], [input as LayerInput], ofLayers(withAll(options))).catch((error) => {
      throw ofFile(error, fileOf(given))
    })
    return { report, async close() {} }
  }
  const image = await openImage(input as ImageInput, ofOpening(options)).catch((error) => {
    throw ofFile(error, fileOf(given))
  })
  try {
    return { report: await inspectImage(image, ofImage(options)), close: () => image.close() }
  } catch (error) {
    await image.close()
    throw error
  }
}

/** @throws {LayerDiffError} as compareLayers */
export async function compareAll(given: readonly ImageInput[], options: ImageDiffOptions): Promise<Sharing> {
  const inputs = await Promise.all(given.map((one) => resolve(one, options.signal)))
  return compareLayers(inputs, ofOpening(options))
}

/** @throws {LayerDiffError} as pullImage */
export function pull(
  name: string,
  options: ImageDiffOptions,
  onProgress: (progress: PullProgress) => void,
): Promise<Image> {
  return pullImage(name, { ...ofOpening(options), onProgress })
}

/** What a reader looks for, unless the author decided. Where warnings are errors, nothing is asked for that may only be a warning. */
function withAll(options: ImageDiffOptions): ImageDiffOptions {
  const { renames = true, packages = options.strict !== true } = options
  return { ...options, renames, packages }
}

// The library refuses options that a call does not know, so that none is misspelt; the element has one set for all calls.

function ofLayers(options: ImageDiffOptions): DiffOptions {
  const { signal, limits, strict, onProgress, ignore, compare, renames, packages, semantic, symlinkParents, engine } =
    options
  return { signal, limits, strict, onProgress, ignore, compare, renames, packages, semantic, symlinkParents, engine }
}

function ofOpening(options: ImageDiffOptions): OpenImageOptions {
  const { platform, verify, from, registry, cache, engine, signal, limits } = options
  return { platform, verify, from, registry, cache, engine, signal, limits }
}

function ofImage(options: ImageDiffOptions): InspectOptions {
  const { onProgress, symlinkParents } = options
  return { ...ofOpening(options), onProgress, symlinkParents }
}

async function open(given: Given, options: ImageDiffOptions): Promise<Opened> {
  if (Array.isArray(given)) {
    for (const layer of given) await refuseImage(layer)
    return { kind: 'layers', layers: given, names: given.map(nameOf) }
  }
  const input = await resolve(given as ImageInput | LayerInput, options.signal)
  if (await isLayer(input)) return { kind: 'layers', layers: [input as LayerInput], names: [nameOf(given)] }
  return { kind: 'image', image: await openImage(input as ImageInput, ofOpening(options)) }
}

/** What takes several is a stack of layers, and an image in it would be compared as the files of its archive. */
async function refuseImage(layer: unknown): Promise<void> {
  if (!(layer instanceof Blob) || !(await looksLikeImage(layer))) return
  throw new LayerDiffError(
    'INPUT_UNSUPPORTED',
    `${escapeText(nameOf(layer) || 'One of several files')} is a whole image, and several files on one side are layers. Give one image on each side.`,
  )
}

async function isLayer(input: unknown): Promise<boolean> {
  if (typeof input === 'string') return false
  if (input instanceof Blob) return !(await looksLikeImage(input))
  // An image's name, taken apart, has a repository; all other objects are layers.
  return !(typeof input === 'object' && input !== null && 'repository' in input)
}

/** Fetches what is an address: an archive must be read anywhere, which a Blob can. */
async function resolve<Input>(given: Input, signal: AbortSignal | undefined): Promise<Input | Blob> {
  const address = given instanceof URL ? given : typeof given === 'string' ? addressOf(given) : null
  if (address === null) return given
  let response: Response
  try {
    response = await fetch(address, { signal: signal ?? null })
    if (response.ok) return await response.blob()
  } catch (cause) {
    signal?.throwIfAborted()
    throw new LayerDiffError(
      'FETCH_FAILED',
      `${address.href} could not be fetched. The server may be unreachable, or may not allow this page to read it (CORS).`,
      {},
      cause,
    )
  }
  throw new LayerDiffError(
    'FETCH_FAILED',
    `${address.href} answered ${response.status} ${response.statusText}. Check the address and whether it needs credentials.`,
  )
}

/** What reads like an address: with a scheme of the web, or with a path from here or from the root. */
function addressOf(text: string): URL | null {
  return /^(https?:|blob:|\.{0,2}\/)/.test(text) ? new URL(text, document.baseURI) : null
}

function nameOf(given: unknown): string {
  if (given instanceof File) return given.name
  if (given instanceof URL || typeof given === 'string') return String(given).replace(/.*\//, '')
  return ''
}

/** Whether a side stands for none, so that the other is looked at by itself. */
function isEmpty(given: unknown): boolean {
  return Array.isArray(given) && given.length === 0
}

// Errors in the reader's words: which file, and on which side where there are two. The library knows layers by number alone.

const PLACE = /^Layer \d+ of the (before|after) side: /

/** Of the one thing that was given: it has no side, nor is it one of several layers. */
function ofFile(error: unknown, name: string): unknown {
  if (!(error instanceof LayerDiffError)) return error
  const { code, message, path, offset, cause } = error
  return new LayerDiffError(code, withName(message.replace(PLACE, ''), name), { path, offset }, cause)
}

/** Of what one of two sides could not even be opened as. */
function ofSide(error: unknown, side: Side, name: string): unknown {
  if (!(error instanceof LayerDiffError)) return error
  const { code, message, layer, path, offset, cause } = error
  return new LayerDiffError(code, withName(message, name), { side, layer, path, offset }, cause)
}

/** Of a layer of two stacks, or of one that stands alone. */
function ofLayer(error: unknown, files: Readonly<Record<Side, readonly string[]>>, alone: boolean): unknown {
  if (!(error instanceof LayerDiffError) || error.side === undefined || error.layer === undefined) return error
  const { code, message, side, layer, path, offset, cause } = error
  const words = withName(message.replace(PLACE, ''), files[side][layer] ?? '')
  if (alone) return new LayerDiffError(code, words, { layer, path, offset }, cause)
  return new LayerDiffError(code, words, { side, layer, path, offset }, cause)
}

const filesOf = (opened: Opened) => (opened.kind === 'layers' ? opened.names : [])

/** Messages of registries have the image's name already. */
function fileOf(given: unknown): string {
  return typeof given === 'string' && addressOf(given) === null ? '' : nameOf(given)
}

function withName(message: string, name: string): string {
  const label = escapeText(name)
  return label === '' || message.startsWith(label) ? message : `${label}: ${message}`
}

function layersOf(opened: Opened): readonly LayerInput[] {
  return opened.kind === 'image' ? opened.image.layers : opened.layers
}

function namesOf(opened: Opened): readonly string[] {
  if (opened.kind === 'layers') return opened.names
  const { layers, history } = opened.image
  return layers.map(({ history: line }) => (line === null ? '' : (history[line]?.createdBy ?? '')))
}
