// Which package of npm the action installs.
//
// Takes: INPUT_VERSION, from the environment. Gives: what `npm install` takes, on standard output. Without a version it is that
// of the package.json beside action.yml, so that a tag of the action runs the layerdiff of the same tag.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { annotate } from './annotate.mjs'

const packageJson = new URL('../package.json', import.meta.url)

/** @param {string} wanted a version or tag of npm, an address, or a file or folder; empty for the action's own */
function packageOf(wanted) {
  const { name, version } = JSON.parse(readFileSync(packageJson, 'utf8'))
  if (wanted === '') return `${name}@${version}`
  if (/^https?:\/\//.test(wanted)) return wanted
  // By its full path, since it is installed from another folder.
  if (/[\\/]|\.tgz$/.test(wanted) || existsSync(wanted)) return resolve(wanted)
  return `${name}@${wanted}`
}

const oldest = [20, 19]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  const hint = 'Put a step with actions/setup-node before this one.'
  annotate('error', `Node ${process.versions.node} is too old: 20.19 is needed. ${hint}`)
  process.exitCode = 1
} else {
  process.stdout.write(packageOf((process.env.INPUT_VERSION ?? '').trim()))
}
