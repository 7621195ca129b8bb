// The engine in Node: paths, the life of its workers, and the process around them.

import { spawnSync } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEngine, diffLayers } from '../src/index.js'
import { file, tar } from './support/tar-builder.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-engine-'))
  writeFileSync(join(folder, 'a.tar'), tar([file('a', '1')]))
  writeFileSync(join(folder, 'b.tar'), tar([file('b', '1')]))
})
afterAll(() => rmSync(folder, { recursive: true }))

const paths = async (before: string | URL, after: string | URL) =>
  Array.from((await diffLayers(before, after)).changes, ({ kind, path }) => `${kind} ${path}`)

describe('paths', () => {
  it('a string is a path, and so is a file URL', async () => {
    const [a, b] = [join(folder, 'a.tar'), join(folder, 'b.tar')]
    expect(await paths(a, b)).toEqual(['removed a', 'added b'])
    expect(await paths(pathToFileURL(a), b)).toEqual(['removed a', 'added b'])
  })

  it.each([
    ['a file that is not there', 'none.tar', 'INPUT_NOT_FOUND', 'no such file'],
    ['a folder', '', 'INPUT_UNREADABLE', 'folder'],
  ])('%s is refused', async (_, name, code, text) => {
    const error = await paths(join(folder, 'a.tar'), join(folder, name)).catch((caught) => caught)
    expect(error).toMatchObject({ code, side: 'after', layer: 0 })
    expect(error.message).toContain(text)
  })

  it('an address that is a text is told what it should be', async () => {
    const error = await paths(join(folder, 'a.tar'), 'https://a.example/b').catch((reason) => reason)
    expect([error.code, error.message]).toEqual(['INPUT_NOT_FOUND', expect.stringContaining('give a URL object')])
  })
})

it('a stream of Node is told what it should be, also one of a file', async () => {
  const path = join(folder, 'a.tar')
  const stream = createReadStream(path)
  const error = await paths(path, stream as never).catch((reason) => reason)
  stream.destroy()
  expect([error.code, error.message]).toEqual(['INPUT_UNSUPPORTED', expect.stringContaining('Readable.toWeb(stream)')])
})

describe('the process', () => {
  const run = (script: string, ...flags: string[]) =>
    spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 30_000,
    })
  const layerdiff = JSON.stringify(pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href)

  it('ends by itself when the work is done', () => {
    const { status, stdout, stderr } = run(`
      import { diffLayers } from ${layerdiff}
      const diff = await diffLayers('a.tar', 'b.tar')
      console.log(diff.changes.length)
    `)
    expect([status, stdout, stderr]).toEqual([0, '2\n', ''])
  })

  it('does not end before the work is done, though nobody awaits it', () => {
    const { status, stdout } = run(`
      import { diffLayers } from ${layerdiff}
      diffLayers('a.tar', 'b.tar').then((diff) => console.log(diff.changes.length))
    `)
    expect([status, stdout]).toEqual([0, '2\n'])
  })

  it('does not end before an engine that is at work has been disposed of', () => {
    const { status, stdout } = run(`
      import { createEngine } from ${layerdiff}
      const engine = createEngine({ workers: 2 })
      await engine.index('a.tar')
      const running = engine.index('b.tar').catch((error) => error.code)
      await engine.dispose()
      console.log(await running)
    `)
    expect([status, stdout]).toEqual([0, 'ENGINE_DISPOSED\n'])
  })

  it.each([
    ['at work', "await engine.index('a.tar'); engine.index('b.tar').catch(() => {})"],
    ['whose workers are starting', "engine.index(layer).catch(() => {}); await once(process, 'worker')"],
    ['whose workers are wanted in a moment', 'engine.index(layer).catch(() => {})'],
  ])('has no thread left once an engine %s has been disposed of, and opens nothing', (_, work) => {
    const { status, stdout, stderr } = run(`
      import { once } from 'node:events'
      import { createEngine } from ${layerdiff}
      let [threads, opened] = [0, 0]
      process.on('worker', (worker) => {
        threads++
        worker.once('exit', () => threads--)
      })
      const layer = {
        open() {
          opened++
          return 'a.tar'
        },
      }
      const engine = createEngine({ workers: 2 })
      ${work}
      await engine.dispose()
      console.log(threads)
      process.once('exit', () => console.log(threads, opened))
    `)
    expect([status, stdout, stderr]).toEqual([0, '0\n0 0\n', ''])
  })

  it('has no thread left of an engine that was let go and collected', () => {
    const { status, stdout, stderr } = run(
      `
      import { createEngine } from ${layerdiff}
      const threads = () => process.report.getReport().workers.length
      const before = await (async () => {
        const engine = createEngine({ workers: 1 })
        await engine.index('a.tar')
        return threads()
      })()
      while (threads() > 0) {
        gc()
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      console.log(before)
    `,
      '--expose-gc',
    )
    expect([status, stdout, stderr]).toEqual([0, '1\n', ''])
  })

  it('importing starts no worker', () => {
    const { status, stdout } = run(`
      await import(${layerdiff})
      console.log(process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length)
    `)
    expect([status, stdout]).toEqual([0, '0\n'])
  })
})

describe('a worker that dies', () => {
  it('rejects its call, and the next call gets a new worker', async () => {
    // The first worker dies of its first job; the second is a true one.
    const flag = join(folder, 'died')
    const script = join(folder, 'worker.mjs')
    const real = pathToFileURL(join(import.meta.dirname, '../dist/engine/worker.node.js')).href
    writeFileSync(
      script,
      `import { existsSync, writeFileSync } from 'node:fs'
       import { parentPort } from 'node:worker_threads'
       if (existsSync(${JSON.stringify(flag)})) await import(${JSON.stringify(real)})
       else {
         writeFileSync(${JSON.stringify(flag)}, '')
         parentPort.on('message', () => process.exit(9))
         parentPort.postMessage({ type: 'ready' })
       }`,
    )
    const engine = createEngine({ workers: 1, worker: pathToFileURL(script) })
    const [a, b] = [join(folder, 'a.tar'), join(folder, 'b.tar')]
    await expect(diffLayers(a, b, { engine })).rejects.toMatchObject({ code: 'WORKER_FAILED' })
    expect((await diffLayers(a, b, { engine })).changes.length).toBe(2)
    expect(engine.stats()).toMatchObject({ workers: 1, running: 0, queued: 0 })
    await engine.dispose()
  })

  it('that cannot even start is made up for, and its owner is told once', async () => {
    const warnings: string[] = []
    const logger = { warn: (message: string) => void warnings.push(message) }
    const engine = createEngine({ worker: join(folder, 'no-worker.mjs'), logger })
    expect((await diffLayers(join(folder, 'a.tar'), join(folder, 'b.tar'), { engine })).changes.length).toBe(2)
    expect(engine.stats().mode).toBe('worker')
    expect(warnings).toEqual([expect.stringContaining('no-worker.mjs')])
    await engine.dispose()
  })
})
