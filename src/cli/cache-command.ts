// `layerdiff cache`: what the cache holds, and how to make room in it.

import { type Cache, type CacheEntry, LayerDiffError, openCache } from '../index.js'
import { cacheTable, removedLine } from '../report/cache.js'
import type { CacheArguments } from './cache-arguments.js'
import { EXIT, UsageError } from './exit-codes.js'
import { openOutput } from './output.js'

/** Gives the exit code. */
export async function runCache(args: CacheArguments): Promise<number> {
  await openOutput(null).write(await act(await openExisting(args.place), args))
  return EXIT.DONE
}

/** Looking and making room make nothing: the usual folder that is not there yet is an empty cache. */
async function openExisting(place: string | undefined): Promise<Pick<Cache, 'place' | 'list' | 'remove' | 'prune'>> {
  try {
    return await openCache({ place, create: false })
  } catch (error) {
    // A folder that the environment names is a usual one; one that was typed was meant.
    const typed = place !== undefined && place !== process.env.LAYERDIFF_CACHE
    if (typed || !(error instanceof LayerDiffError) || error.code !== 'CACHE_NOT_FOUND') throw error
    const nothing = async () => []
    return { place: error.path ?? '', list: nothing, remove: nothing, prune: nothing }
  }
}

async function act(
  cache: Pick<Cache, 'place' | 'list' | 'remove' | 'prune'>,
  { action, format, digests, maxBytes }: CacheArguments,
): Promise<string[]> {
  const { place } = cache
  if (action === 'prune') return [removedLine(await cache.prune(maxBytes), place)]
  if (action === 'rm') {
    const removed = await cache.remove(digests === null ? undefined : await inFull(cache, digests))
    return [removedLine(removed, place)]
  }
  const entries = await cache.list()
  if (format === 'text') return cacheTable(entries, place)
  const bytes = entries.reduce((sum, { size }) => sum + size, 0)
  return [`${JSON.stringify({ schema: 'layerdiff-cache/1', place, bytes, entries })}\n`]
}

/** Digests of what people type: the first digits do, where they say which. */
async function inFull(cache: Pick<Cache, 'place' | 'list'>, typed: readonly string[]): Promise<string[]> {
  const entries = await cache.list()
  return typed.map((given) => {
    const start = `sha256:${given.replace(/^sha256:/, '')}`
    const [digest, ...others] = new Set(
      entries.filter((entry) => startsWith(entry, start)).map((entry) => entry.digest),
    )
    if (digest === undefined) throw new UsageError(`The cache in ${cache.place} holds nothing of the digest ${given}.`)
    if (others.length > 0)
      throw new UsageError(`${given} begins ${others.length + 1} digests: give more of its digits.`)
    return digest
  })
}

function startsWith({ digest }: CacheEntry, start: string): boolean {
  return digest.startsWith(start)
}
