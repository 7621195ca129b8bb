// `layerdiff cache`: what the cache holds, and how to make room in it.

import { type Cache, type CacheEntry, openCache } from '../index.js'
import { cacheTable, removedLine } from '../report/cache.js'
import type { CacheArguments } from './cache-arguments.js'
import { EXIT, UsageError } from './exit-codes.js'
import { openOutput } from './output.js'

/** Gives the exit code. */
export async function runCache(args: CacheArguments): Promise<number> {
  const cache = await openCache({ place: args.place })
  await openOutput(null).write(await act(cache, args))
  return EXIT.DONE
}

async function act(cache: Cache, { action, format, digests, maxBytes }: CacheArguments): Promise<string[]> {
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
async function inFull(cache: Cache, typed: readonly string[]): Promise<string[]> {
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
