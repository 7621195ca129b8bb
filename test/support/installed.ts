// The package as a user has it: packed, and installed into a folder of its own.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Installs what `npm pack` makes below a folder; gives the command's path. */
export function installPackage(folder: string): string {
  const project = join(folder, 'project')
  mkdirSync(project)
  // What is there was built before the tests; building it again would only take time.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  writeFileSync(join(project, 'package.json'), '{"private":true}')
  const options = ['--offline', '--no-audit', '--no-fund', '--silent']
  execFileSync('npm', ['install', ...options, join(folder, tarball ?? '')], { cwd: project })
  return join(project, 'node_modules/.bin/layerdiff')
}
