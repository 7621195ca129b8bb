// Real tools that tests hold this package against: on a Debian of one's own they are installed when they are missing.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const has = (command: string) => spawnSync('sh', ['-c', `command -v "${command}"`]).status === 0

/** Whether all are there. On CI they must be: a test that is skipped there would never run. */
export function ensureTools(tools: readonly { command: string; package: string }[]): boolean {
  const missing = () => tools.filter(({ command }) => !has(command))
  if (missing().length === 0) return true
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    const packages = missing().map((tool) => tool.package)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const install = () => spawnSync('apt-get', ['install', '-qy', '--no-install-recommends', ...packages], { env })
    if (install().status !== 0) {
      spawnSync('apt-get', ['update', '-q'], { env })
      install()
    }
  }
  const names = missing().map(({ command }) => command)
  if (names.length > 0 && process.env.CI === 'true')
    throw new Error(`On CI these must be installed: ${names.join(', ')}`)
  return names.length === 0
}
