// SQLite on the caller's side, for databases inside of layers. Loaded when the first is met.

import { unpack } from './embedded.js'
import { readColumn } from './sqlite.js'

/**
 * Hands what `column` of `table` holds to `take`; the bytes are valid until it returns.
 *
 * @throws {SqliteError} or what `take` throws
 */
export async function readSqlite(
  bytes: Uint8Array,
  table: string,
  column: string,
  take: (value: Uint8Array) => void,
): Promise<void> {
  const { wasm } = await import('./sqlite.generated.js')
  await readColumn(await WebAssembly.compile(await unpack(wasm)), bytes, table, column, take)
}
