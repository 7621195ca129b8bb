// A database of SQLite, one column of one table: its own WebAssembly build, driven here.
//
// Takes: its wasm and the bytes of a database that nobody vouches for. Gives: what the column holds, row by row. The database is read
// in memory, so the files and clocks that the wasm imports are never asked for: each import says that it cannot. Each database has
// an instance of its own, whose memory may not outgrow it by much, and goes with it.
//
// What a hostile database could do, and what stands against it: the table may be a view or have computed columns, which run as long
// as they like (the statement that made it must be plain); an index may answer in the place of its table, even of the schema, and say
// something else (no index is used); pages may point at each other, so that rows never end or each row leads through all of the file
// (SQLite's steps and the pages that it looks at are counted, and all rows together must be smaller than the file); a row may be of
// any size, and so may what SQLite reads for itself, the statements of all tables and its statistics (limits of SQLite's, and no
// function may be called). See https://www.sqlite.org/security.html.

interface SqliteExports {
  readonly __indirect_function_table: WebAssembly.Table
  __wasm_call_ctors(): void
  malloc(size: number): number
  sqlite3_initialize(): number
  sqlite3_open_v2(name: number, result: number, flags: number, vfs: number): number
  sqlite3_deserialize(db: number, schema: number, at: number, size: bigint, room: bigint, flags: number): number
  sqlite3_limit(db: number, which: number, value: number): number
  sqlite3__wasm_db_config_ip(db: number, which: number, value: number, result: number): number
  sqlite3_db_status(db: number, which: number, current: number, highest: number, reset: number): number
  sqlite3_progress_handler(db: number, steps: number, callback: number, argument: number): void
  sqlite3_prepare_v2(db: number, sql: number, length: number, result: number, rest: number): number
  sqlite3_step(statement: number): number
  sqlite3_column_blob(statement: number, column: number): number
  sqlite3_column_bytes(statement: number, column: number): number
  sqlite3_errstr(status: number): number
}

const PAGE = 65_536
/** What the wasm begins with, at the least. */
const FIRST_PAGES = 128
/** For caches and one row, beside the database: rows are larger than one page of it rarely. */
const WORK_PAGES = 4096

const HEADER_BYTES = 100
const PAGE_SIZE_AT = 16
const SMALLEST_PAGE = 512
/** Format versions for writing and reading in the header: 1 is a rollback journal, 2 a write-ahead log. */
const [WRITE_VERSION, READ_VERSION] = [18, 19]
const ROLLBACK = 1

const OPEN_IN_MEMORY = 0x86
const DESERIALIZE_READONLY = 4
const LIMIT_LENGTH = 0
/** How often pages were found in the cache, and how often they were not. */
const [CACHE_HIT, CACHE_MISS] = [7, 8]
const INTERRUPTED = 9
const ROW = 100
const DONE = 101

/** Of sqlite3_db_config, with what each is set to. */
const SWITCHES = {
  DEFENSIVE: [1010, 1],
  ENABLE_TRIGGER: [1003, 0],
  ENABLE_VIEW: [1015, 0],
  TRUSTED_SCHEMA: [1017, 0],
} as const
/** Of sqlite3_limit, for what SQLite reads of the schema for itself. Functions may have no argument: so nothing of note is called. */
const LIMITS = {
  SQL_LENGTH: [1, 10_000],
  COLUMN: [2, 100],
  EXPR_DEPTH: [3, 10],
  COMPOUND_SELECT: [4, 3],
  VDBE_OP: [5, 1000],
  FUNCTION_ARG: [6, 0],
  ATTACHED: [7, 0],
  LIKE_PATTERN_LENGTH: [8, 50],
  VARIABLE_NUMBER: [9, 0],
  TRIGGER_DEPTH: [10, 1],
} as const

/** Of the statements that made the tables: rpm's have some hundred. */
const SCHEMA_ROW_BYTES = 10_000
const LARGEST_ROW_BYTES = 64 * 2 ** 20
/** Fewer bytes than this a row never takes in a file. */
const ROW_COST = 8

/** SQLite's steps between two looks at how many there were. */
const STEPS = 100
/** Looks while the tables are found: a hundred tables take twenty. */
const SCHEMA_LOOKS = 200
/** A row takes three steps, and more bytes than that. */
const looksFor = (bytes: number) => SCHEMA_LOOKS + Math.ceil(bytes / STEPS)
/** How often pages may be looked at: each is needed once or twice, and where they can be moved, so are those that tell where they are. */
const visitsFor = (bytes: number) => 1000 + 4 * Math.ceil(bytes / SMALLEST_PAGE)

/** `(import "e" "f" (func $f (param i32) (result i32))) (export "f" (func $f))`: only functions of wasm go into its tables. */
const CALLBACK = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f],
  ...[2, 7, 1, 1, 0x65, 1, 0x66, 0, 0, 7, 5, 1, 1, 0x66, 0, 0],
])

/** A statement that does nothing but name columns: without brackets nothing is computed, checked or virtual. */
const PLAIN_TABLE = /^CREATE TABLE\s+["'`]?\w+["'`]?\s*\([^()]*\)$/i

/** Thrown for a database that cannot be read; says why. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError'
}

/**
 * Hands what `column` of `table` holds to `take`, in the order of the rows; the bytes are valid until it returns.
 *
 * @throws {SqliteError} or what `take` throws
 */
export async function readColumn(
  module: WebAssembly.Module,
  bytes: Uint8Array,
  table: string,
  column: string,
  take: (value: Uint8Array) => void,
): Promise<void> {
  if (bytes.byteLength < HEADER_BYTES) throw new SqliteError('it is too short for a database of SQLite')
  // SQLite reads on after the end of the last page, and finds zeros there.
  if (bytes.byteLength % pageSize(bytes) !== 0) throw new SqliteError('it is cut off, or no database of SQLite')
  const database = await Database.open(module, bytes)
  let sql: string | undefined
  // By its own name: sqlite_schema is but another, which no table of the database may come to stand for.
  const schema = `SELECT sql FROM main.sqlite_master NOT INDEXED WHERE type = 'table' AND name = '${table}'`
  for (const text of database.rows(schema)) sql = new TextDecoder().decode(text)
  if (sql === undefined) throw new SqliteError(`it has no table "${table}"`)
  if (!PLAIN_TABLE.test(sql)) throw new SqliteError(`its table "${table}" is not a plain one`)
  database.allow(Math.min(LARGEST_ROW_BYTES, bytes.byteLength), looksFor(bytes.byteLength))
  let left = bytes.byteLength
  for (const value of database.rows(`SELECT t."${column}" FROM main."${table}" AS t NOT INDEXED`)) {
    left -= Math.max(value.byteLength, ROW_COST)
    if (left < 0) throw new SqliteError('its rows are larger than the file: it is damaged')
    take(value)
  }
}

/** Two bytes of the header, in which 1 stands for 65,536. */
function pageSize(bytes: Uint8Array): number {
  const size = ((bytes[PAGE_SIZE_AT] ?? 0) << 8) | (bytes[PAGE_SIZE_AT + 1] ?? 0)
  return size > 1 ? size : PAGE
}

class Database {
  private handle = 0
  /** How often SQLite may still be looked at. */
  private looks = SCHEMA_LOOKS
  /** How often it may have looked at pages by then. */
  private visits = 0

  private constructor(
    private readonly wasm: SqliteExports,
    private readonly memory: WebAssembly.Memory,
    private readonly size: number,
  ) {}

  static async open(module: WebAssembly.Module, bytes: Uint8Array): Promise<Database> {
    const pages = Math.ceil(bytes.byteLength / PAGE)
    const memory = memoryOf(FIRST_PAGES, FIRST_PAGES + WORK_PAGES + pages)
    const { exports } = await WebAssembly.instantiate(module, importsOf(module, memory))
    const database = new Database(exports as unknown as SqliteExports, memory, bytes.byteLength)
    await database.load(bytes)
    return database
  }

  private async load(bytes: Uint8Array): Promise<void> {
    const { wasm } = this
    wasm.__wasm_call_ctors()
    const result = this.put(new Uint8Array(8))
    this.check(wasm.sqlite3_initialize())
    this.check(wasm.sqlite3_open_v2(this.text(':memory:'), result, OPEN_IN_MEMORY, 0))
    this.handle = this.view().getUint32(result, true)
    const at = this.put(bytes)
    // A log, if there is one, is a file of its own, and a database in memory can have none.
    new Uint8Array(this.memory.buffer, at).fill(ROLLBACK, WRITE_VERSION, READ_VERSION + 1)
    const size = BigInt(bytes.byteLength)
    const main = this.text('main')
    this.check(this.guarded(() => wasm.sqlite3_deserialize(this.handle, main, at, size, size, DESERIALIZE_READONLY)))
    for (const [which, value] of Object.values(SWITCHES)) {
      this.check(wasm.sqlite3__wasm_db_config_ip(this.handle, which, value, result))
    }
    for (const [which, value] of Object.values(LIMITS)) wasm.sqlite3_limit(this.handle, which, value)
    const count = () => (this.looks-- > 0 && this.visited(result) <= this.visits ? 0 : 1)
    const { instance } = await WebAssembly.instantiate(CALLBACK, { e: { f: count } })
    const slot = wasm.__indirect_function_table.grow(1, instance.exports.f)
    wasm.sqlite3_progress_handler(this.handle, STEPS, slot, 0)
    this.allow(SCHEMA_ROW_BYTES, SCHEMA_LOOKS)
    for (const _ of this.rows('PRAGMA cell_size_check = ON'));
  }

  /** For what follows. */
  allow(rowBytes: number, looks: number): void {
    this.wasm.sqlite3_limit(this.handle, LIMIT_LENGTH, rowBytes)
    this.looks = looks
    this.visits += visitsFor(this.size)
  }

  /** How often pages were looked at. `at` are eight bytes of memory. */
  private visited(at: number): number {
    let sum = 0
    for (const which of [CACHE_HIT, CACHE_MISS]) {
      this.wasm.sqlite3_db_status(this.handle, which, at, at + 4, 0)
      sum += this.view().getUint32(at, true)
    }
    return sum
  }

  /** The first column of what a query finds. A view of memory, valid until the next. @throws {SqliteError} */
  *rows(sql: string): Generator<Uint8Array> {
    const { wasm } = this
    const result = this.put(new Uint8Array(4))
    this.check(this.guarded(() => wasm.sqlite3_prepare_v2(this.handle, this.text(sql), -1, result, 0)))
    const statement = this.view().getUint32(result, true)
    for (;;) {
      const status = this.guarded(() => wasm.sqlite3_step(statement))
      if (status === DONE) return
      if (status !== ROW) this.check(status)
      const at = this.guarded(() => wasm.sqlite3_column_blob(statement, 0))
      yield new Uint8Array(this.memory.buffer, at >>> 0, at === 0 ? 0 : wasm.sqlite3_column_bytes(statement, 0))
    }
  }

  /** A trap ends the work: what damaged bytes led to is no fault of the caller's. */
  private guarded(call: () => number): number {
    try {
      return call()
    } catch (error) {
      throw new SqliteError(`it makes SQLite fail: ${error instanceof Error ? error.message : error}`)
    }
  }

  private check(status: number): void {
    if (status === 0) return
    if (status === INTERRUPTED) throw new SqliteError('it takes more steps to read than its size allows: it is damaged')
    // What SQLite says of the error itself may hold names from the database.
    const at = this.wasm.sqlite3_errstr(status) >>> 0
    const bytes = new Uint8Array(this.memory.buffer, at)
    throw new SqliteError(`SQLite says: ${new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0)))}`)
  }

  private view(): DataView {
    return new DataView(this.memory.buffer)
  }

  private text(value: string): number {
    return this.put(new TextEncoder().encode(`${value}\0`))
  }

  /** Copies bytes into memory that nobody frees: it goes with the instance. */
  private put(bytes: Uint8Array): number {
    const at = this.wasm.malloc(bytes.byteLength) >>> 0
    if (at === 0) throw new SqliteError('it needs more memory than there is')
    new Uint8Array(this.memory.buffer, at, bytes.byteLength).set(bytes)
    return at
  }
}

/** @throws {SqliteError} where the surroundings have no room for it */
function memoryOf(initial: number, maximum: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial, maximum })
  } catch {
    throw new SqliteError('it needs more memory than there is')
  }
}

/** Errors of the system calls, negated in those of Linux and not in those of WASI: "not implemented". */
const NOT_IMPLEMENTED = 52

function importsOf(module: WebAssembly.Module, memory: WebAssembly.Memory): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {}
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const code = from === 'env' ? -NOT_IMPLEMENTED : NOT_IMPLEMENTED
    const part = imports[from] ?? {}
    imports[from] = part
    if (kind === 'function') part[name] = () => code
  }
  const resize = (bytes: number) => grown(memory, bytes >>> 0)
  return { ...imports, env: { ...imports.env, memory, emscripten_resize_heap: resize } }
}

/** Whether the memory has so many bytes now. */
function grown(memory: WebAssembly.Memory, bytes: number): number {
  try {
    memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE))
    return 1
  } catch {
    return 0
  }
}
