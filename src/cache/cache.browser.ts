// The cache in browsers: Cache Storage, which keeps responses on disk by address.
//
//   https://layerdiff.invalid/blob/sha256:HEX          the bytes of that digest, their size in a header
//   https://layerdiff.invalid/index-vN/sha256:HEX      the index of that layer, in version N of its format
//   .../SAME?used                                      when it was last used: a record by itself, since bytes that are
//                                                      to be kept would have to be written again with every header
//
// The host cannot exist, so that no page's own requests are ever answered from here. A put is all or nothing.

import type { Cache as BlobCache, CacheEntry, CacheOptions } from '../engine-types.js'
import { LayerDiffError } from '../errors.js'
import { collectBlob } from '../input/keep.browser.js'
import {
  byUse,
  checkMaxBytes,
  type DigestOf,
  digestMismatch,
  hexOf,
  noCache,
  overflow,
  resolveCacheOptions,
  sizeMismatch,
} from './entries.js'

const MAX_BYTES = 2 * 2 ** 30
const ROOT = 'https://layerdiff.invalid/'
const SIZE = 'x-layerdiff-size'
const USED = 'x-layerdiff-used'
const KEY = /^https:\/\/layerdiff\.invalid\/(blob|index-v\d+)\/(sha256:[0-9a-f]{64})$/

/** An entry with the address of its bytes. */
interface StoredEntry extends CacheEntry {
  readonly address: string
}

/** @throws {LayerDiffError} CACHE_UNWRITABLE, INVALID_ARGUMENT */
export async function openStoreCache(
  options: CacheOptions,
  indexVersion: number,
  digestOf: DigestOf,
): Promise<BlobCache> {
  const { place, maxBytes, create } = resolveCacheOptions(options, 'layerdiff', MAX_BYTES)
  if (globalThis.caches === undefined) {
    throw new LayerDiffError(
      'CACHE_UNWRITABLE',
      'This page has no Cache Storage, which browsers give to pages of https: and localhost only. Serve it so, or use no cache.',
    )
  }
  if (!create && !(await caches.has(place).catch(refuse))) throw noCache(place)
  return new StoreCache(place, maxBytes, indexVersion, digestOf, await caches.open(place).catch(refuse))
}

class StoreCache implements BlobCache {
  constructor(
    readonly place: string,
    private readonly maxBytes: number,
    private readonly indexVersion: number,
    private readonly digestOf: DigestOf,
    private readonly store: Cache,
  ) {}

  async list(): Promise<readonly CacheEntry[]> {
    return (await this.entries()).map(publicEntry)
  }

  async blob(digest: string): Promise<{ readonly size: number; readonly bytes: Blob } | null> {
    const bytes = await this.read(blobAddress(digest))
    return bytes && { size: bytes.size, bytes }
  }

  async putBlob(digest: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const address = blobAddress(digest)
    if (sizeIn(await this.store.match(address)) === size) return this.markUsed(address)
    const blob = await collectBlob(bounded(digest, size, chunks))
    if (blob.size !== size) throw sizeMismatch(digest, size, String(blob.size))
    const computed = await this.digestOf(blob)
    if (computed !== digest) throw digestMismatch(digest, computed)
    await this.write({ kind: 'blob', digest, size, usedAt: Date.now(), address }, blob)
  }

  async index(digest: string): Promise<Uint8Array | null> {
    const bytes = await this.read(this.indexAddress(digest))
    return bytes && new Uint8Array(await bytes.arrayBuffer())
  }

  async putIndex(digest: string, bytes: Uint8Array): Promise<void> {
    const address = this.indexAddress(digest)
    const blob = new Blob([bytes as Uint8Array<ArrayBuffer>])
    await this.write({ kind: 'index', digest, size: blob.size, usedAt: Date.now(), address }, blob)
  }

  async remove(digests?: readonly string[]): Promise<readonly CacheEntry[]> {
    digests?.forEach(hexOf)
    return this.drop((await this.entries()).filter(({ digest }) => digests?.includes(digest) ?? true))
  }

  async prune(maxBytes: number): Promise<readonly CacheEntry[]> {
    checkMaxBytes(maxBytes)
    return this.drop(overflow(await this.entries(), maxBytes))
  }

  private indexAddress(digest: string): string {
    return `${ROOT}index-v${this.indexVersion}/sha256:${hexOf(digest)}`
  }

  private async read(address: string): Promise<Blob | null> {
    const response = await this.store.match(address)
    if (response === undefined) return null
    await this.markUsed(address).catch(() => {})
    return response.blob()
  }

  private async write(entry: StoredEntry, blob: Blob): Promise<void> {
    await this.store.put(entry.address, new Response(blob, { headers: { [SIZE]: String(blob.size) } })).catch(refuse)
    await this.markUsed(entry.address)
    await this.drop(overflow(await this.entries(), this.maxBytes, entry))
  }

  private async markUsed(address: string): Promise<void> {
    const headers = { [USED]: String(Date.now()) }
    await this.store.put(usedAddress(address), new Response(null, { headers })).catch(refuse)
  }

  private async drop(entries: readonly StoredEntry[]): Promise<CacheEntry[]> {
    for (const { address } of entries) {
      await this.store.delete(address)
      await this.store.delete(usedAddress(address))
    }
    return entries.map(publicEntry)
  }

  private async entries(): Promise<StoredEntry[]> {
    const found: StoredEntry[] = []
    for (const { url } of await this.store.keys()) {
      const [, part, digest] = KEY.exec(url) ?? []
      if (part === undefined || digest === undefined) continue
      // Another tab may have removed it by now.
      const size = sizeIn(await this.store.match(url))
      if (size === null) continue
      const used = await this.store.match(usedAddress(url))
      const usedAt = Number(used?.headers.get(USED) ?? 0)
      found.push({ kind: part === 'blob' ? 'blob' : 'index', digest, size, usedAt, address: url })
    }
    return found.sort(byUse)
  }
}

function blobAddress(digest: string): string {
  return `${ROOT}blob/sha256:${hexOf(digest)}`
}

function usedAddress(address: string): string {
  return `${address}?used`
}

function sizeIn(response: Response | undefined): number | null {
  return response === undefined ? null : Number(response.headers.get(SIZE) ?? 0)
}

/** Ends what is larger than it may be before all of it is there. */
async function* bounded(digest: string, size: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.byteLength
    if (length > size) throw sizeMismatch(digest, size, 'more')
    yield chunk
  }
}

function refuse(cause: unknown): never {
  const full = cause instanceof DOMException && cause.name === 'QuotaExceededError'
  const reason = full ? 'the browser gives this page no more room' : String((cause as Error).message ?? cause)
  throw new LayerDiffError(
    'CACHE_UNWRITABLE',
    `The cache cannot be used: ${reason}. Make room with prune(), lower maxBytes, or use no cache.`,
    {},
    cause,
  )
}

function publicEntry({ kind, digest, size, usedAt }: StoredEntry): CacheEntry {
  return { kind, digest, size, usedAt }
}
