// One engine's long life in a Node process of its own. Imported, this starts such a process; started by itself, it is that process:
//
//   node --expose-gc node-life.mjs OPTIONS     diffs, and prints at each mark what is held as a line of JSON
//
// After the last mark the engine is disposed of, and the process must end by itself.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { BroadcastChannel } from 'node:worker_threads'
import { isMain } from '../../../scripts/files.mjs'
import { MEMORY_CHANNEL, memoryHeld } from './held-memory.mjs'
import { beginLife } from './life.mjs'

/** Milliseconds after which a life hangs: it takes a tenth of them. */
const PATIENCE = 600_000

/**
 * @typedef {object} NodeLife
 * @property {'workers' | 'in-thread' | 'inline'} where the work is done: `inline` is the package's build without workers
 * @property {number[]} marks diffs after which is looked
 * @property {number} [leak] bytes that are kept of every diff, to see whether it is seen
 *
 * @typedef {object} Mark
 * @property {number} diffs made so far
 * @property {number} seconds since the first one
 * @property {number} held bytes of all threads' heaps and buffers, garbage collected
 * @property {number} resident bytes of the process
 * @property {number} workers of the engine
 * @property {number} threads of the process, its own not counted
 * @property {string[]} resources that keep the process going
 *
 * @param {NodeLife} life
 * @returns {Promise<Mark[]>} at each mark, and after `dispose()`
 * @throws {Error} where a diff is wrong, or the process does not end
 */
export async function liveInNode(life) {
  const flags = ['--expose-gc', ...(life.where === 'in-thread' ? withoutWorkers() : [])]
  const child = spawn(process.execPath, [...flags, fileURLToPath(import.meta.url), JSON.stringify(life)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  })
  const closed = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(signal ?? code))
  })
  /** @type {Mark[]} */
  const marks = []
  for await (const line of createInterface(child.stdout)) marks.push(JSON.parse(line))
  const outcome = await closed
  if (outcome !== 0) throw new Error(`a long life in Node, ${life.where}, ended with ${outcome}`)
  return marks
}

/** Flags of a Node that may start no threads. */
function withoutWorkers() {
  const { allowedNodeEnvironmentFlags: known } = process
  const permission = known.has('--permission') ? '--permission' : '--experimental-permission'
  return [permission, '--allow-fs-read=*', '--disable-warning=ExperimentalWarning']
}

/** @param {NodeLife} life */
async function live({ where, marks, leak = 0 }) {
  const layerdiff = where === 'inline' ? await import('layerdiff/inline') : await import('layerdiff')
  const { engine, go } = await beginLife(layerdiff, optionsFor(where))
  const start = performance.now()
  /** @type {Uint8Array[]} */
  const leaked = []
  for (const mark of marks) {
    for (let made = leaked.length; leak > 0 && made < mark; made++) {
      await go(made + 1)
      leaked.push(new Uint8Array(leak))
    }
    await go(mark)
    await tell(mark)
  }
  await engine.dispose()
  await tell(marks.at(-1) ?? 0)

  /** @param {number} diffs */
  async function tell(diffs) {
    const seconds = (performance.now() - start) / 1000
    const { workers } = engine.stats()
    // The workers first: what came from this thread and is garbage there still counts as this thread's.
    const held = (where === 'workers' ? await heldByWorkers(workers) : 0) + (await memoryHeld())
    // The pipe to who looks is the life's own.
    const resources = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap')
    const threads = threadsNow()
    const mark = { diffs, seconds, held, resident: process.memoryUsage.rss(), workers, threads, resources }
    process.stdout.write(`${JSON.stringify(mark)}\n`)
  }
}

/** Threads that run JavaScript beside the main one. */
function threadsNow() {
  // Its types are older than it.
  const { workers } = /** @type {{ workers: unknown[] }} */ (process.report?.getReport() ?? { workers: [] })
  return workers.length
}

/**
 * @param {NodeLife['where']} where
 * @returns {import('layerdiff').EngineOptions}
 */
function optionsFor(where) {
  if (where === 'workers') return { workers: 2, worker: new URL('./worker.mjs', import.meta.url) }
  // That no worker could be had is what was wanted.
  return { logger: { warn() {} } }
}

/**
 * @param {number} workers
 * @returns {Promise<number>}
 */
async function heldByWorkers(workers) {
  const channel = new BroadcastChannel(MEMORY_CHANNEL)
  let held = 0
  let told = 0
  await /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      channel.onmessage = ({ data }) => {
        held += data
        if (++told >= workers) resolve()
      }
      if (workers === 0) resolve()
      else channel.postMessage('tell')
    })
  )
  channel.close()
  return held
}

if (isMain(import.meta.url)) await live(JSON.parse(process.argv[2] ?? '{}'))
