// Source maps lead from every file of the package to the sources they were made of, which they hold themselves.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { type SourceMap, sourcesInUse } from './support/source-map.js'

const folder = join(inject('installed'), 'node_modules/layerdiff/dist')
const scripts = (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith('.js')).sort()
const generated = scripts.filter((file) => file.endsWith('.generated.js'))

function mapOf(script: string): SourceMap {
  const [, name] =
    /\n\/\/# sourceMappingURL=([\w.-]+\.js\.map)\s*$/.exec(readFileSync(join(folder, script), 'utf8')) ?? []
  expect(name, `the last line of ${script} names its map`).toBeDefined()
  return JSON.parse(readFileSync(join(folder, script, '..', name ?? ''), 'utf8'))
}

describe('each mapping leads to a source that is there, by a relative path', () => {
  test.for(scripts.filter((file) => !generated.includes(file)))('%s', (script) => {
    const map = mapOf(script)
    const used = sourcesInUse(map)
    // A module of types alone compiles to nothing that could be mapped.
    const code = readFileSync(join(folder, script), 'utf8').replace(/^(export \{\};|\/\/.*|\s*)$/gm, '')
    if (code !== '') expect(used.length).toBeGreaterThan(0)
    for (const source of used) {
      expect(map.sources[source]).toMatch(/^(?!\/|[a-z]+:)/)
      // Of base64, which has no reader, only the name is there.
      const bare = map.sources[source]?.endsWith('.generated.ts')
      if (!bare) expect(map.sourcesContent?.[source] ?? '', map.sources[source]).not.toBe('')
    }
  })
})

test('what is generated has no map', () => {
  expect(generated.length).toBeGreaterThan(4)
  for (const script of generated) expect(readFileSync(join(folder, script), 'utf8')).not.toContain('sourceMappingURL')
})

test('a fault is told with its place in the sources', () => {
  const call = "import('layerdiff').then(({ parseReference }) => parseReference('no name'))"
  const { stderr } = spawnSync(process.execPath, ['--enable-source-maps', '-e', call], {
    cwd: inject('installed'),
    encoding: 'utf8',
  })
  const [, line = '0'] = /at parseReference \(.*src\/registry\/reference\.ts:(\d+):\d+\)/.exec(stderr) ?? []
  const source = readFileSync(join(import.meta.dirname, '../../src/registry/reference.ts'), 'utf8').split('\n')
  expect(source[Number(line) - 1]).toContain('throw ')
})
