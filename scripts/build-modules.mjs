// Turns binaries into TypeScript modules, so that the worker is one file with no request, MIME type or path beside it.
//
// Takes: build/core.{simd,scalar}.wasm, the zstd decoder inside node_modules/zstddec and SQLite in
// node_modules/@sqlite.org/sqlite-wasm.
// Gives: src/engine/{core,zstd,sqlite-1,sqlite-2,sqlite-3}.generated.ts and dist/THIRD-PARTY-NOTICES.txt.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { readId, releaseTargets } from './build-wasm.mjs'
import { root, writeWhole } from './files.mjs'

const zstddec = join(root, 'node_modules/zstddec')
const sqlite = join(root, 'node_modules/@sqlite.org/sqlite-wasm')

/** What src/engine calls. The decoder has no ZSTD_isError: a result above 2^32 - 120 is an error code. */
const zstdExports = ['memory', 'malloc', 'free', 'ZSTD_createDCtx', 'ZSTD_freeDCtx', 'ZSTD_decompressStream']

/** What src/engine/sqlite.ts calls. */
const sqliteExports = [
  ...['__wasm_call_ctors', '__indirect_function_table', 'malloc', 'sqlite3_initialize', 'sqlite3_open_v2'],
  ...['sqlite3_deserialize', 'sqlite3_limit', 'sqlite3_progress_handler', 'sqlite3_prepare_v2', 'sqlite3_step'],
  ...['sqlite3_column_blob', 'sqlite3_column_bytes', 'sqlite3_errstr', 'sqlite3_db_status'],
  ...['sqlite3__wasm_db_config_ip'],
]

/** As src/engine/embedded.ts unpacks it: a third smaller than base64 alone, which compresses badly on its way.
 * @param {Buffer} bytes
 */
const pack = (bytes) => gzipSync(bytes, { level: 9 }).toString('base64')

/** Both builds of the hot path. */
export function writeCore() {
  const constants = releaseTargets.map((target) => {
    const bytes = readFileSync(join(root, `build/core.${target}.wasm`))
    return constant(target, `assembly/, target ${target}: ${bytes.length} bytes.`, pack(bytes))
  })
  const ids = releaseTargets.map((target) => readId(readFileSync(join(root, `build/core.${target}.wasm`))))
  writeGenerated('core', [...constants, constant('ids', 'Which builds these are, parted by a blank.', ids.join(' '))])
}

/**
 * The zstd decoder. Only its WebAssembly is taken: the package's own loop never ends on corrupt input.
 * @throws {Error} where the installed version differs from what this script knows
 */
export function writeZstd() {
  const source = readFileSync(join(zstddec, 'dist/zstddec-stream.mjs'), 'utf8')
  const base64 = /const wasm = "([A-Za-z0-9+/=]+)"/.exec(source)?.[1]
  if (base64 === undefined) throw new Error('zstddec/dist/zstddec-stream.mjs holds no `const wasm = "..."` any more')
  const bytes = Buffer.from(base64, 'base64')
  const present = exportsOf(bytes, zstdExports, 'zstddec')
  const version = versionOf(zstddec)
  const about = `Zstandard's decoder from zstddec ${version}: ${bytes.length} bytes. Exports ${present.join(', ')}.`
  writeGenerated('zstd', [constant('wasm', about, pack(bytes))])
}

/**
 * SQLite. Only its WebAssembly is taken, whose exports have their own names: the package's JavaScript is as large again, and
 * looks for a file beside itself.
 * @throws {Error} where the installed version differs from what this script knows
 */
export function writeSqlite() {
  const bytes = readFileSync(join(sqlite, 'dist/sqlite3.wasm'))
  exportsOf(bytes, sqliteExports, '@sqlite.org/sqlite-wasm')
  const about = `SQLite from @sqlite.org/sqlite-wasm ${versionOf(sqlite)}: ${bytes.length} bytes.`
  // In parts: bundlers warn everybody of a chunk of more than 244 KiB.
  const text = pack(bytes)
  const length = Math.ceil(text.length / 3)
  for (const number of [1, 2, 3]) {
    const part = text.slice((number - 1) * length, number * length)
    writeGenerated(`sqlite-${number}`, [constant('part', `${about} Part ${number} of 3.`, part)])
  }
}

/**
 * The names that a binary exports.
 * @param {Buffer<ArrayBuffer>} bytes
 * @param {string[]} wanted
 * @param {string} name of the package
 * @throws {Error} where a wanted one is missing
 */
function exportsOf(bytes, wanted, name) {
  const present = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name)
  const missing = wanted.filter((one) => !present.includes(one))
  if (missing.length > 0) throw new Error(`the WebAssembly of ${name} exports no ${missing.join(', ')}`)
  return present
}

/** @param {string} folder of a package */
function versionOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}

/**
 * What the SQLite project says of its WebAssembly; the package has no file of it.
 * @throws {Error} where it is not found
 */
function sqliteLicence() {
  const source = readFileSync(join(sqlite, 'dist/node.mjs'), 'utf8')
  const comment = /\/\* @preserve\n([^/]*LICENSE for the sqlite3 WebAssembly[\s\S]*?)\*\//.exec(source)?.[1]
  if (comment === undefined)
    throw new Error('@sqlite.org/sqlite-wasm/dist/node.mjs does not begin with its licence any more')
  return comment.replaceAll(/^\*\* ?/gm, '').trim()
}

/** The licences of what the bundles contain. */
export function writeNotices() {
  const licence = (/** @type {string} */ name) =>
    readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim()
  const parts = [
    'layerdiff contains the WebAssembly of zstddec, which contains the decoder of Zstandard.',
    licence('zstddec'),
    'layerdiff contains the WebAssembly of SQLite, which contains musl and parts of Emscripten, both under the MIT licence.',
    sqliteLicence(),
    'The element of layerdiff contains lit-html.',
    licence('lit-html'),
    'The element of layerdiff contains diff.',
    licence('diff'),
  ]
  writeWhole(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), `${parts.join('\n\n')}\n`)
}

/**
 * A constant whose type is written out: inferred, the whole text would be repeated in the declaration file.
 * @param {string} name
 * @param {string} about
 * @param {string} text
 */
export function constant(name, about, text) {
  return `/** ${about} */\nexport const ${name}: string = ${JSON.stringify(text)}\n`
}

/**
 * @param {string} name of src/engine/NAME.generated.ts
 * @param {string[]} constants
 */
export function writeGenerated(name, constants) {
  const head = '// Generated by scripts/build.mjs; do not edit.\n'
  writeWhole(join(root, `src/engine/${name}.generated.ts`), [head, ...constants].join('\n'))
}
