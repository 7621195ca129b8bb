// A contender that is a whole command: from starting its process to its end.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** @import { Contender } from './benchmark.mjs' */

/**
 * @param {string} name
 * @param {string} file
 * @param {string[]} args
 * @returns {Contender}
 */
export function inCommand(name, file, args) {
  return {
    name,
    async measure() {
      const start = performance.now()
      const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
      // Its peak goes with its process: looked at while it runs.
      let peak = 0
      const watch = setInterval(() => {
        peak = Math.max(peak, peakOf(child.pid))
      }, 10)
      const code = await new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', resolve)
      })
      const wall = (performance.now() - start) / 1000
      clearInterval(watch)
      if (code !== 0) throw new Error(`${name} failed: ${file} ${args.join(' ')} ended with ${code}`)
      return { cpu: null, wall, peak: peak || null, equal: '', facts: {} }
    },
  }
}

/** @param {number | undefined} pid */
function peakOf(pid) {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}
