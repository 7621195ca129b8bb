// What the figures were measured on: machine, versions, and how busy the machine is.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { findChromium } from '../../scripts/chromium.mjs'
import { root } from '../../scripts/files.mjs'

/** The rivals, in the versions that are installed. */
const rivals = ['hash-wasm', 'modern-tar', 'tar-stream']

/** @returns {Record<string, string>} by name, in the order in which they are shown */
export function describeMachine() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const chromium = findChromium()
  return {
    date: new Date().toISOString().slice(0, 16),
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} available`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${platform()} ${release()}`,
    load: `${busy()} (1 minute's average of running processes before the start; idle is 0)`,
    layerdiff: version,
    node: `${process.versions.node}, V8 ${process.versions.v8}, zlib ${process.versions.zlib}`,
    chromium: chromium === undefined ? 'none' : firstLine(chromium, ['--version']),
    ...Object.fromEntries(rivals.map((name) => [name, versionOf(name)])),
  }
}

/** The load average of the last minute. */
export function busy() {
  return (loadavg()[0] ?? 0).toFixed(2)
}

/** @param {string} name */
function versionOf(name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function firstLine(command, args) {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return stdout?.trim().split('\n')[0] || 'unknown'
}
