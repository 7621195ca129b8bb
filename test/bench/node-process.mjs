// A contender in a Node process of its own, so that none finds its code compiled, its heap grown or its threads started
// by another. Imported, this starts such a process; started by itself, it is that process:
//
//   node node-process.mjs MODULE OPTIONS     prepares the module's contender, times one run, prints a Measure as JSON
//
// CPU time is that of the whole process, all threads, from the call to its result; starting Node and importing the
// contender's modules come before, its workers and its WebAssembly are part of the run.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMain } from '../../scripts/files.mjs'

/** @import { Contender, Measure, Options, Prepared } from './benchmark.mjs' */

/** Milliseconds after which a run hangs: the slowest contender takes a tenth of it. */
const patience = 180_000

/**
 * @param {string} name what tables call it
 * @param {string} module of contenders/, without its ending
 * @param {Options} options
 * @returns {Contender}
 */
export function inNode(name, module, options) {
  return {
    name,
    async measure() {
      const script = fileURLToPath(import.meta.url)
      const child = spawn(process.execPath, [script, module, JSON.stringify(options)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: patience,
        killSignal: 'SIGKILL',
      })
      let text = ''
      child.stdout.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      /** @type {[number | null, NodeJS.Signals | null]} */
      const [code, signal] = await new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', (...ended) => resolve(ended))
      })
      if (signal === 'SIGKILL')
        throw new Error(`${name} was killed: for want of memory, or after ${patience / 1000} seconds`)
      if (code !== 0) throw new Error(`${name} failed: its process ended with ${signal ?? `code ${code}`}`)
      return JSON.parse(text)
    },
  }
}

/**
 * @param {string} module
 * @param {Options} options
 * @returns {Promise<Measure>}
 */
async function measureHere(module, options) {
  const { prepare } = await import(`./contenders/${module}.mjs`)
  /** @type {Prepared<unknown>} */
  const { run, outcome } = await prepare(options)
  const before = peakMemory()
  const cpuStart = process.cpuUsage()
  const wallStart = performance.now()
  const value = await run()
  const wall = (performance.now() - wallStart) / 1000
  const { user, system } = process.cpuUsage(cpuStart)
  const peak = peakMemory()
  const { equal, facts } = await outcome(value)
  return { cpu: (user + system) / 1e6, wall, peak, equal, facts: { ...facts, peakBefore: before } }
}

/**
 * The largest resident set so far, in bytes. Linux's own figure comes first: maxRSS of getrusage is inherited over fork
 * and exec, so that a child of a large process seems large.
 */
function peakMemory() {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) * 1024
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024
}

if (isMain(import.meta.url)) {
  const [module = '', options = '{}'] = process.argv.slice(2)
  const measure = await measureHere(module, JSON.parse(options))
  process.stdout.write(JSON.stringify(measure))
}
