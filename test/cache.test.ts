// The cache of Node on a real folder: what it gives, what it refuses, what goes first, and what a killed process leaves.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sha256 } from '../src/image/digest.js'
import { type Cache, openCache } from '../src/index.js'
import { refusal } from './support/refusal.js'
import { bytes } from './support/tar-builder.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-test-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

async function* inChunks(...chunks: (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? bytes(chunk) : chunk
}

const digestOf = (text: string) => sha256(bytes(text))
const put = (cache: Cache, text: string) => cache.putBlob(digestOf(text), bytes(text).byteLength, inChunks(text))
const fileOf = (digest: string) => join(folder, 'blobs/sha256', digest.slice(7))
const filesIn = (path: string) => readdirSync(path, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())

/** When something was last used, in seconds: what a test must not leave to the clock. */
const usedAt = (digest: string, seconds: number) => utimesSync(fileOf(digest), seconds, seconds)

describe('what is put in', () => {
  it('comes out, is listed by use and removed', async () => {
    const cache = await openCache({ place: folder })
    await cache.putBlob(digestOf('abcdef'), 6, inChunks('abc', '', 'def'))
    await put(cache, 'other')
    await cache.putIndex(digestOf('abcdef'), bytes('an index'))
    usedAt(digestOf('abcdef'), 1000)
    usedAt(digestOf('other'), 2000)

    const held = await cache.list()
    expect(held.map(({ kind, digest, size }) => [kind, digest, size])).toEqual([
      ['index', digestOf('abcdef'), 8],
      ['blob', digestOf('other'), 5],
      ['blob', digestOf('abcdef'), 6],
    ])
    expect(held.slice(1).map((entry) => entry.usedAt)).toEqual([2_000_000, 1_000_000])

    const blob = await cache.blob(digestOf('abcdef'))
    expect(blob?.size).toBe(6)
    expect(readFileSync(blob?.bytes as string, 'utf8')).toBe('abcdef')
    expect(await cache.index(digestOf('abcdef'))).toEqual(bytes('an index'))
    expect((await cache.list()).at(-1)?.digest).toBe(digestOf('other')) // a use counts

    expect((await cache.remove([digestOf('abcdef')])).map(({ kind }) => kind).sort()).toEqual(['blob', 'index'])
    expect(await cache.blob(digestOf('abcdef'))).toBeNull()
    expect(await cache.index(digestOf('abcdef'))).toBeNull()
    expect((await cache.remove()).map(({ digest }) => digest)).toEqual([digestOf('other')])
    expect(await cache.list()).toEqual([])
    expect(filesIn(folder)).toEqual([])
  })

  it('is the user’s alone', async () => {
    const cache = await openCache({ place: join(folder, 'deep/er') })
    await put(cache, 'secret')
    expect(statSync(cache.place).mode & 0o777).toBe(0o700)
    expect(statSync((await cache.blob(digestOf('secret')))?.bytes as string).mode & 0o777).toBe(0o600)
  })

  it('may be put in by several at once', async () => {
    const caches = await Promise.all([1, 2, 3, 4].map(() => openCache({ place: folder })))
    await Promise.all(caches.map((cache) => put(cache, 'the same')))
    expect(filesIn(folder)).toHaveLength(1)
  })

  it('may go at any time, folders and all', async () => {
    const cache = await openCache({ place: folder })
    await put(cache, 'gone')
    rmSync(folder, { recursive: true })
    expect([await cache.blob(digestOf('gone')), await cache.index(digestOf('gone'))]).toEqual([null, null])
    expect([await cache.list(), await cache.remove(), await cache.prune(0)]).toEqual([[], [], []])
    await put(cache, 'back')
    expect(await cache.list()).toHaveLength(1)
  })

  it('is indexed by version: others’ indexes are not given, and take room', async () => {
    const cache = await openCache({ place: folder })
    mkdirSync(join(folder, 'indexes/v999/sha256'), { recursive: true })
    writeFileSync(join(folder, 'indexes/v999/sha256', 'a'.repeat(64)), 'of the future')
    expect(await cache.index(`sha256:${'a'.repeat(64)}`)).toBeNull()
    expect(await cache.list()).toMatchObject([{ kind: 'index', size: 13 }])
    expect(await cache.prune(0)).toHaveLength(1)
  })
})

describe('what is refused, and leaves nothing', () => {
  const good = digestOf('abcdef')
  const boom = Object.assign(new Error('cut'), { code: 'ECONNRESET', syscall: 'read' })
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield bytes('abc')
    throw boom
  }
  const rows: [name: string, digest: string, size: number, text: string, code: string][] = [
    ['other bytes', good, 6, 'abcdeg', 'DIGEST_MISMATCH'],
    ['too few', good, 6, 'abc', 'SIZE_MISMATCH'],
    ['too many', good, 6, 'abcdefg', 'SIZE_MISMATCH'],
    ['another size than was said', good, 7, 'abcdef', 'SIZE_MISMATCH'],
    ['a digest of another kind', `sha512:${'0'.repeat(128)}`, 6, 'abcdef', 'DIGEST_UNSUPPORTED'],
    ['a digest that is a path', 'sha256:../../../etc/passwd', 6, 'abcdef', 'DIGEST_UNSUPPORTED'],
    ['a digest in capitals', good.toUpperCase().replace('SHA', 'sha'), 6, 'abcdef', 'DIGEST_UNSUPPORTED'],
  ]
  it.each(rows)('%s', async (_, digest, size, text, code) => {
    const cache = await openCache({ place: folder })
    expect((await refusal(cache.putBlob(digest, size, inChunks(text)))).code).toBe(code)
    expect(filesIn(folder)).toEqual([])
  })

  it('a source that fails: its own error', async () => {
    const cache = await openCache({ place: folder })
    expect(await cache.putBlob(good, 6, failing()).catch((error) => error)).toBe(boom)
    expect(filesIn(folder)).toEqual([])
  })

  it('digests that are paths, wherever they are given', async () => {
    const cache = await openCache({ place: folder })
    const bad = `sha256:${'../'.repeat(21)}a`
    for (const work of [cache.blob(bad), cache.index(bad), cache.putIndex(bad, bytes('')), cache.remove([bad])]) {
      expect((await refusal(work)).code).toBe('DIGEST_UNSUPPORTED')
    }
  })

  it.each([
    ['a size that is none', { maxBytes: -1 }],
    ['a fraction', { maxBytes: 0.5 }],
    ['no place', { place: '' }],
    ['a misspelt option', { maxbytes: 1 }],
  ])('%s', async (_, options) => {
    expect((await refusal(openCache({ place: folder, ...options }))).code).toBe('INVALID_ARGUMENT')
  })

  it('a place that is a file, with what to do', async () => {
    const place = join(folder, 'file')
    writeFileSync(place, '')
    const { code, message } = await refusal(openCache({ place }))
    expect(code).toBe('CACHE_UNWRITABLE')
    expect(message).toContain(place)
    expect(message).toContain('--no-cache')
  })
})

describe('room', () => {
  it('what was not used for longest goes first', async () => {
    const cache = await openCache({ place: folder, maxBytes: 12 })
    await put(cache, 'aaaa')
    await put(cache, 'bbbb')
    await put(cache, 'cccc')
    for (const [index, text] of ['aaaa', 'bbbb', 'cccc'].entries()) usedAt(digestOf(text), 1000 + index)
    await cache.blob(digestOf('aaaa'))
    await put(cache, 'ddddd')
    const held = (await cache.list()).map(({ digest }) => digest)
    expect(held.sort()).toEqual([digestOf('aaaa'), digestOf('ddddd')].sort())
  })

  it('what was just put in stays, even where it is too large', async () => {
    const cache = await openCache({ place: folder, maxBytes: 4 })
    await put(cache, 'abc')
    await put(cache, 'much larger')
    expect((await cache.list()).map(({ digest }) => digest)).toEqual([digestOf('much larger')])
  })

  it('prune gives what went, oldest first', async () => {
    const cache = await openCache({ place: folder })
    for (const [index, text] of ['a', 'bb', 'ccc'].entries()) {
      await put(cache, text)
      usedAt(digestOf(text), 1000 + index)
    }
    expect((await cache.prune(3)).map(({ digest }) => digest)).toEqual([digestOf('a'), digestOf('bb')])
    expect(await cache.prune(3)).toEqual([])
    expect(await cache.prune(0)).toHaveLength(1)
  })
})

describe('where it lies', () => {
  it.skipIf(process.platform !== 'linux').each([
    ['XDG_CACHE_HOME', () => ({ XDG_CACHE_HOME: join(folder, 'xdg') }), 'xdg/layerdiff'],
    ['a relative one is ignored', () => ({ XDG_CACHE_HOME: 'xdg', HOME: folder }), '.cache/layerdiff'],
    ['HOME', () => ({ XDG_CACHE_HOME: '', HOME: folder }), '.cache/layerdiff'],
  ])('%s', async (_, env, place) => {
    for (const [name, value] of Object.entries(env())) vi.stubEnv(name, value)
    expect((await openCache()).place).toBe(join(folder, place))
    expect(existsSync(join(folder, place, 'blobs/sha256'))).toBe(true)
  })
})

it.skipIf(process.platform !== 'linux')(
  'a place where no folder can be made is refused, and not tried for ever',
  async () => {
    await expect(openCache({ place: '/proc/layerdiff/cache' })).rejects.toMatchObject({ code: 'CACHE_UNWRITABLE' })
  },
)

describe('a process that ends by itself while it writes leaves nothing', () => {
  it.each([
    [
      'the cache',
      'cache/cache.node.js',
      `(await module.openFolderCache({ place: folder }, 1)).putBlob(digest, 9, chunks())`,
    ],
    ['a file', 'input/whole-file.node.js', `module.writeWhole(folder + '/out', chunks())`],
  ])('%s', async (_, file, call) => {
    const script = `
      const [folder, digest] = ${JSON.stringify([folder, digestOf('')])}
      const module = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../dist', file)).href)})
      async function* chunks() {
        yield new Uint8Array(4)
        const { readdirSync } = await import('node:fs')
        const left = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.tmp'))
        process.exit(left.length === 1 ? 9 : 1)
      }
      await ${call}`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([9, null])
    expect(filesIn(folder)).toEqual([])
  })
})

describe('a process that is killed', () => {
  it('while it writes leaves no blob; what it left goes when nobody has written to it for a while', async () => {
    const half = bytes('half of what was to come')
    const digest = sha256(new Uint8Array([...half, ...half]))
    const module = pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href
    const script = `
      import { openCache } from ${JSON.stringify(module)}
      const cache = await openCache({ place: ${JSON.stringify(folder)} })
      async function* chunks() {
        yield new TextEncoder().encode(${JSON.stringify('half of what was to come')})
        // Asked for the next chunk only when the first one is in the file.
        process.stdout.write('half')
        await new Promise(() => setInterval(() => {}, 1000))
      }
      await cache.putBlob(${JSON.stringify(digest)}, ${2 * half.byteLength}, chunks())`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')

    const [left, ...others] = filesIn(join(folder, 'blobs'))
    expect(others).toEqual([])
    const path = join(folder, 'blobs/sha256', left?.name ?? '')
    expect(readFileSync(path)).toEqual(Buffer.from(half))
    const cache = await openCache({ place: folder })
    expect([await cache.blob(digest), await cache.list()]).toEqual([null, []])
    // A process of another machine may write it, for all that is known.
    expect(existsSync(path)).toBe(true)

    await cache.putBlob(digest, 2 * half.byteLength, inChunks(half, half))
    expect((await cache.blob(digest))?.size).toBe(2 * half.byteLength)

    const age = (file: string, minutes: number) => {
      const then = Date.now() / 1000 - minutes * 60
      utimesSync(file, then, then)
    }
    age(path, 3)
    const running = path.replace(`.${child.pid}.`, `.${process.pid}.`)
    writeFileSync(running, half)
    age(running, 3)
    await openCache({ place: folder })
    expect([existsSync(path), existsSync(running)]).toEqual([false, true])
    age(running, 25 * 60)
    await openCache({ place: folder })
    expect(filesIn(folder).map(({ name }) => name)).toEqual([digest.slice(7)])
  })
})
