// What `docker save` writes, read while it passes by.
//
// Takes: its chunks, in whatever order its members come: the list of images may be the last of them. Gives: a set of files
// in which manifests, configs and other small things can be read, and every layer has its index. Nothing is known of a layer
// when it passes but its bytes and its name, so what fails is told only when that layer is asked for.

import type { Limits } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { type StreamedFile, streamMembers } from '../image/archive-stream.js'
import { digestIn } from '../image/docker-archive.js'
import { MANIFEST_BYTES } from '../image/manifest.js'
import { MemberNames } from '../image/member-names.js'
import { BLOCK, checksumFits } from '../image/tar-header.js'
import { compressionOf } from '../input/compression.js'
import type { FileSet, StoredFile } from '../input/file-set.js'
import type { LayerIndex } from '../types.js'

/** All that is kept as it is, of one image: its config, and some lines for each layer. */
const MOST_KEPT_BYTES = 64 << 20

export interface PassingLayer {
  /** What its name states; undefined where it states none. */
  readonly digest: string | undefined
  readonly size: number
  readonly stream: ReadableStream<Uint8Array>
}

/** Reads a layer while it passes by, and computes its diffId. */
export type ReadLayer = (layer: PassingLayer) => Promise<LayerIndex>

export interface SavedImageOptions {
  readonly limits: Limits
  readonly signal: AbortSignal | undefined
}

/** @throws {LayerDiffError} what damage of the archive is called, and what its chunks throw; or the signal's reason */
export async function readSavedImage(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
  readLayer: ReadLayer,
  { limits, signal }: SavedImageOptions,
): Promise<FileSet> {
  const names = new MemberNames(label)
  let kept = 0
  for await (const member of streamMembers(chunks, label, limits)) {
    signal?.throwIfAborted()
    if (member.kind !== 'file') {
      names.addOther(member)
      continue
    }
    if (await isLayer(member)) {
      names.addFile(member.name, await layerFile(member, readLayer, signal))
      continue
    }
    if (member.size > MANIFEST_BYTES) {
      // Whoever asks for it looks at the size first.
      names.addFile(member.name, passedFile(member.size, 'It is too large to be kept.'))
      continue
    }
    kept += member.size
    if (kept > MOST_KEPT_BYTES) {
      throw new LayerDiffError(
        'MANIFEST_TOO_LARGE',
        `${label} has over ${MOST_KEPT_BYTES} bytes (64 MiB) of configs and lists, and no real image has that: check where it comes from.`,
      )
    }
    names.addFile(member.name, keptFile((await member.head(member.size)).slice()))
  }
  signal?.throwIfAborted()
  return { label, kind: 'archive', find: async (name) => names.find(name), async close() {} }
}

/** What begins like a layer, and what is too large to be anything else. */
async function isLayer(file: StreamedFile): Promise<boolean> {
  const head = await file.head(BLOCK)
  if (compressionOf(head) !== null) return true
  if (head.byteLength === BLOCK && (checksumFits(head) || head.every((byte) => byte === 0))) return true
  return file.size > MANIFEST_BYTES && !beginsLikeJson(head)
}

function beginsLikeJson(head: Uint8Array): boolean {
  const first = head.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return first === 0x7b || first === 0x5b
}

async function layerFile(
  file: StreamedFile,
  readLayer: ReadLayer,
  signal: AbortSignal | undefined,
): Promise<StoredFile> {
  const { name, size } = file
  try {
    const index = await readLayer({ digest: digestIn(name), size, stream: file.stream() })
    return { ...passedFile(size, 'It came but once, and was read as a layer.'), index }
  } catch (error) {
    signal?.throwIfAborted()
    return refusedFile(size, error)
  }
}

function keptFile(bytes: Uint8Array): StoredFile {
  return { size: bytes.byteLength, read: async () => bytes, open: () => bytes }
}

function passedFile(size: number, why: string): StoredFile {
  return refusedFile(size, new LayerDiffError('INPUT_UNREADABLE', `It cannot be read again. ${why}`))
}

function refusedFile(size: number, error: unknown): StoredFile {
  const refuse = (): never => {
    throw error
  }
  return { size, read: async () => refuse(), open: refuse }
}
