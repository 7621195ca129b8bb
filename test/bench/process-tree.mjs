// Processor time and memory of all processes below this one, from Linux's /proc: a browser works in many processes, and what a
// page costs is spread over them. The unit of time is the tick, a hundredth of a second.

import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, which is 100 on every architecture that Node and Chromium have. */
const ticksPerSecond = 100

/**
 * User and system seconds of every living process below `ancestor`, itself not counted; null where there is no /proc.
 * @param {number} ancestor
 */
export function cpuBelow(ancestor) {
  const processes = readProcesses()
  if (processes === null) return null
  let ticks = 0
  for (const [pid, { ticks: own }] of processes) if (isBelow(processes, pid, ancestor)) ticks += own
  return ticks / ticksPerSecond
}

/**
 * Bytes of memory of every living process below `ancestor`, itself not counted; what several share counts once. Null where there is no
 * /proc.
 * @param {number} ancestor
 */
export function memoryBelow(ancestor) {
  const processes = readProcesses()
  if (processes === null) return null
  let kilobytes = 0
  for (const pid of processes.keys()) if (isBelow(processes, pid, ancestor)) kilobytes += proportionalSize(pid)
  return kilobytes * 1024
}

/** @param {number} pid */
function proportionalSize(pid) {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0 // It has ended meanwhile.
  }
}

/** @typedef {Map<number, { parent: number, ticks: number }>} Processes */

/**
 * @param {Processes} processes
 * @param {number} pid
 * @param {number} ancestor
 */
function isBelow(processes, pid, ancestor) {
  for (let at = processes.get(pid)?.parent; at !== undefined && at > 0; at = processes.get(at)?.parent) {
    if (at === ancestor) return true
  }
  return false
}

/** @returns {Processes | null} */
function readProcesses() {
  if (process.platform !== 'linux') return null
  /** @type {Processes} */
  const processes = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    let stat
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'latin1')
    } catch {
      continue // It has ended meanwhile.
    }
    // pid (name) state ppid ...: the name may hold anything, so the fields count from its last parenthesis. utime and
    // stime are fields 14 and 15; 16 and 17 are those of children that have ended.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0)
    processes.set(Number(name), { parent: Number(fields[1]), ticks })
  }
  return processes
}
