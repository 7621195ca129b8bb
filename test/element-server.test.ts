// The element where there is no page: importing it must neither fail nor leave anything behind.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('is imported on a server without a trace', () => {
  const script = `
    const before = Object.getOwnPropertyNames(globalThis)
    const { LayerDiffElement } = await import('layerdiff/element')
    const after = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name))
    console.log(JSON.stringify({ kind: typeof LayerDiffElement, after, attributes: LayerDiffElement.observedAttributes }))
  `
  const cwd = join(import.meta.dirname, '..')
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd, encoding: 'utf8' })
  const { kind, after, attributes } = JSON.parse(output)
  expect(kind).toBe('function')
  // lit-html says its version in a global of its own, to warn of two copies.
  expect(after.filter((name: string) => name !== 'litHtmlVersions')).toEqual([])
  expect(attributes).toContain('before')
})
