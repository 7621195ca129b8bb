// Builds databases of SQLite page by page, right ones and broken ones, as https://sqlite.org/fileformat2.html draws them.
//
// Takes pages: leaves with rows, and inner pages that point at others, also at themselves. Gives one Uint8Array.

import { bytes, concat } from './tar-builder.js'

export type Value = null | number | string | Uint8Array

export interface SqliteOptions {
  /** Format versions of the header: 1 for a rollback journal, 2 for a write-ahead log. Default 2, as rpm has it. */
  version?: number
}

export interface Page {
  kind: 'leaf' | 'inner' | 'index'
  /** Encoded, in the order of their keys. */
  cells: Uint8Array[]
  /** The last child of an inner page. */
  right: number
}

export const PAGE_SIZE = 4096
const FILE_HEADER = 100

/** The first page is that of the schema. Numbers of pages begin at 1. */
export function sqlite(pages: readonly (Page | Uint8Array)[], { version = 2 }: SqliteOptions = {}): Uint8Array {
  const file = concat(pages.map((page, index) => (page instanceof Uint8Array ? page : pageBytes(page, index === 0))))
  const view = new DataView(file.buffer)
  file.set(bytes('SQLite format 3\0'))
  view.setUint16(16, PAGE_SIZE)
  file.set([version, version, 0, 64, 32, 32], 18)
  view.setUint32(24, 1)
  view.setUint32(28, pages.length)
  view.setUint32(40, 1)
  view.setUint32(44, 4)
  view.setUint32(56, 1)
  view.setUint32(92, 1)
  view.setUint32(96, 3_045_000)
  return file
}

/** A page of rows; the row ids count from `first` on. */
export function leaf(rows: readonly (readonly Value[])[], first = 1): Page {
  const cells = rows.map((row, index) => {
    const payload = record(row)
    return concat([varint(payload.length), varint(first + index), payload])
  })
  return { kind: 'leaf', cells, right: 0 }
}

/** A page of an index: rows of what is indexed and the row id. */
export function indexLeaf(rows: readonly (readonly Value[])[]): Page {
  const cells = rows.map((row) => {
    const payload = record(row)
    return concat([varint(payload.length), payload])
  })
  return { kind: 'index', cells, right: 0 }
}

/** A page of pages. */
export function inner(children: readonly number[]): Page {
  const cells = children.slice(0, -1).map((child, index) => concat([uint32(child), varint(index + 1)]))
  return { kind: 'inner', cells, right: children.at(-1) ?? 0 }
}

/** A row whose content is said to be larger than it is: the rest is in a chain of pages that begins at `overflow`. */
export function longRow(size: number, overflow: number): Page {
  const header = [0, ...varint(12 + 2 * size)]
  const total = 1 + header.length + size
  return { kind: 'leaf', cells: [cutCell(header, total, 1, overflow)], right: 0 }
}

/**
 * Rows whose second column lies behind `size` bytes of the first, in a chain of pages that begins at `overflow`; all of one size, as
 * small as such a row can be.
 */
export function farRows(count: number, size: number, tail: number, overflow: number, first = 1): Page {
  let header: number[] = []
  let total = 0
  // As long as more of it would stay in its page.
  for (let skipped = size; total === 0 || keptOf(total) > LEAST_KEPT; skipped++) {
    header = [...varint(12 + 2 * skipped), ...varint(12 + 2 * tail)]
    total = 1 + header.length + skipped + tail
  }
  const cells = Array.from({ length: count }, (_, index) => cutCell(header, total, first + index, overflow))
  return { kind: 'leaf', cells, right: 0 }
}

const LEAST_KEPT = Math.floor(((PAGE_SIZE - 12) * 32) / 255) - 23

/** What of a large row stays in its page, as SQLite computes it. */
function keptOf(total: number): number {
  const local = LEAST_KEPT + ((total - LEAST_KEPT) % (PAGE_SIZE - 4))
  return local <= PAGE_SIZE - 35 ? local : LEAST_KEPT
}

function cutCell(types: readonly number[], total: number, rowId: number, overflow: number): Uint8Array {
  const payload = new Uint8Array(keptOf(total))
  payload.set([1 + types.length, ...types])
  return concat([varint(total), varint(rowId), payload, uint32(overflow)])
}

/** A page of such a chain. */
export function overflowPage(next: number): Uint8Array {
  const page = new Uint8Array(PAGE_SIZE)
  page.set(uint32(next))
  return page
}

/** A row of the schema. */
export function schemaRow(type: string, name: string, root: number, sql: string | null, table = name): Value[] {
  return [type, name, table, root, sql]
}

function pageBytes({ kind, cells, right }: Page, first: boolean): Uint8Array {
  const page = new Uint8Array(PAGE_SIZE)
  const view = new DataView(page.buffer)
  const start = first ? FILE_HEADER : 0
  let end = PAGE_SIZE
  let pointer = start + (kind === 'inner' ? 12 : 8)
  for (const cell of cells) {
    end -= cell.length
    if (end < pointer + 2) throw new Error('the cells do not fit into one page')
    page.set(cell, end)
    view.setUint16(pointer, end)
    pointer += 2
  }
  page[start] = { inner: 5, index: 10, leaf: 13 }[kind]
  view.setUint16(start + 3, cells.length)
  view.setUint16(start + 5, end)
  if (kind === 'inner') view.setUint32(start + 8, right)
  return page
}

function record(values: readonly Value[]): Uint8Array {
  const types = concat(values.map((value) => varint(serialType(value))))
  // The header counts itself, and is short here.
  const header = concat([varint(types.length + 1), types])
  return concat([header, ...values.map(valueBytes)])
}

function serialType(value: Value): number {
  if (value === null) return 0
  if (typeof value === 'number') return 4
  return typeof value === 'string' ? 13 + 2 * bytes(value).length : 12 + 2 * value.length
}

function valueBytes(value: Value): Uint8Array {
  if (value === null) return new Uint8Array(0)
  return typeof value === 'number' ? uint32(value) : bytes(value)
}

function uint32(value: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value)
  return out
}

function varint(value: number): Uint8Array {
  const out = [value & 0x7f]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) out.unshift((rest & 0x7f) | 0x80)
  return new Uint8Array(out)
}
