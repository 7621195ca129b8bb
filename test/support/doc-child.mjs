// Runs examples in one process, one after the other: `node doc-child.mjs RESULT MODULE...`.
//
// Gives: RESULT, JSON of what each module threw, null for nothing.

import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [result = '', ...modules] = process.argv.slice(2)
/** @type {Record<string, string | null>} */
const thrown = {}
console.log = () => {}
for (const module of modules) {
  thrown[module] = await import(pathToFileURL(module).href).then(
    () => null,
    (error) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
}
writeFileSync(result, JSON.stringify(thrown))
// Examples set an exit code, and leave workers behind.
process.exit(0)
