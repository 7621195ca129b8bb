// What examples use and do not make, by name: the source of a module that exports it. Whatever stands neither here nor in the package
// is a name that no reader could know either.

/** Imported where an example says just the name. */
export const IMPORTED: Readonly<Record<string, string>> = {
  compareLayers: 'layerdiff',
  createEngine: 'layerdiff',
  diffImages: 'layerdiff',
  diffLayers: 'layerdiff',
  escapeText: 'layerdiff',
  inspectImage: 'layerdiff',
  openCache: 'layerdiff',
  openImage: 'layerdiff',
  parseReference: 'layerdiff',
  pullImage: 'layerdiff',
  checkGates: 'layerdiff/report/gates',
  htmlReport: 'layerdiff/report/html',
  markdownReport: 'layerdiff/report/markdown',
  writeFileSync: 'node:fs',
}

const diff = `
import { diffImages } from 'layerdiff'
export const diff = await diffImages('app-1.0.tar', 'app-1.1.tar', { waste: true })`

export const GIVEN: Readonly<Record<string, string>> = {
  diff,
  change: `${diff}
export const change = [...diff.changes].find(({ after }) => after?.type === 'file')`,
  oldLayer: "export const oldLayer = 'old.tar.gz'",
  newLayer: "export const newLayer = 'new.tar.gz'",
  oldLayers: "export const oldLayers = ['base.tar.gz', 'old.tar.gz']",
  newLayers: "export const newLayers = ['base.tar.gz', 'new.tar.gz']",
  token: "export const token = 'secret'",
  digest: `
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
export const digest = \`sha256:\${createHash('sha256').update(readFileSync('old.tar.gz')).digest('hex')}\``,
  diffId: `
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
export const diffId = \`sha256:\${createHash('sha256').update(gunzipSync(readFileSync('old.tar.gz'))).digest('hex')}\``,
  element: `
import 'layerdiff/element'
export const element = document.body.appendChild(document.createElement('layer-diff'))`,
  before: "export const before = 'ghcr.io/owner/app:1.0'",
  after: "export const after = 'ghcr.io/owner/app:1.1'",
}
