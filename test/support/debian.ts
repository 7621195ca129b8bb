// Tools of Debian that tests of the real thing need, installed where that is possible: Debian and Ubuntu, as root.

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Tool {
  readonly command: string
  readonly package: string
}

/** Beside PATH, where daemons lie. */
const PLACES = ['/usr/sbin', '/sbin', '/usr/local/sbin']

/**
 * Whether all tools are there, after installing those that are not. The tests that need them are to be skipped where
 * it is false.
 *
 * @throws {Error} on CI, where those tests must run
 */
export function ensureTools(tools: readonly Tool[]): boolean {
  const missing = () => tools.filter(({ command }) => !isThere(command))
  if (missing().length > 0 && process.getuid?.() === 0 && isThere('apt-get')) {
    const packages = [...new Set(missing().map((tool) => tool.package))]
    process.stderr.write(`Installing ${packages.join(', ')}\n`)
    apt('update')
    apt('install', '-y', '--no-install-recommends', ...packages)
  }
  const left = missing().map((tool) => `${tool.command} (Debian's package ${tool.package})`)
  if (left.length > 0 && process.env.CI) throw new Error(`On CI these must be installed: ${left.join(', ')}`)
  return left.length === 0
}

function isThere(command: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), ...PLACES].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}

/** What fails shows in what is missing afterwards. Others that install wait for their turn. */
function apt(...args: string[]): void {
  spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
