// SQLite on the caller's side, for databases inside of layers. Loaded when the first is met.

import { platform } from '#platform'
import { SqliteError } from './sqlite.js'

/**
 * The module for `readColumn`: one for all databases that are read together, since compiling it takes a tenth of a second.
 *
 * @throws {SqliteError} where its files are not there
 */
export async function loadSqlite(): Promise<WebAssembly.Module> {
  const parts = await Promise.all([
    import('./sqlite-1.generated.js'),
    import('./sqlite-2.generated.js'),
    import('./sqlite-3.generated.js'),
  ]).catch((cause) => {
    throw new SqliteError(`SQLite, which reads it, could not be loaded: ${cause.message}`)
  })
  return WebAssembly.compile(await platform.unpack(parts.map(({ part }) => part).join('')))
}
