// Fresh projects that have installed the package.
//
// Takes: names of folders below fixtures/. Gives: a folder of this run that holds their files, those of later ones over those of
// earlier ones, and the package in its node_modules; tools are found in the folder above.

import { cpSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'

const fixtures = join(import.meta.dirname, '../fixtures')

export async function makeFixture(...names: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(inject('run'), `${names.join('-')}-`))
  // A copy of what npm installed once: the same files, in a hundredth of the time.
  cpSync(inject('installed'), folder, { recursive: true })
  for (const name of names) {
    cpSync(join(fixtures, name), folder, { recursive: true })
  }
  return folder
}

/** The path of a tool's command. */
export function tool(name: string): string {
  return join(inject('tools'), 'node_modules/.bin', name)
}
