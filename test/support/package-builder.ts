// Builds what package managers write: headers and databases of rpm, paragraphs of dpkg and apk, metadata of Python.

import { leaf, type SqliteOptions, schemaRow, sqlite, type Value } from './sqlite-builder.js'
import { bytes, concat, file, type TarPart } from './tar-builder.js'

export interface RpmPackage {
  name: string
  version: string
  release?: string
  epoch?: number
  architecture?: string
  size?: number
  longSize?: bigint
}

type Field = readonly [tag: number, type: number, value: Uint8Array]

/** As rpm makes it. */
export const PACKAGES_TABLE = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)"

export function rpmHeader({ name, version, release = '1', epoch, architecture, size, longSize }: RpmPackage) {
  const fields: Field[] = [text(1000, name), text(1001, version), text(1002, release)]
  if (epoch !== undefined) fields.push([1003, 4, number(epoch)])
  if (size !== undefined) fields.push([1009, 4, number(size)])
  if (architecture !== undefined) fields.push(text(1022, architecture))
  if (longSize !== undefined) fields.push([5009, 5, number(longSize, 8)])
  return rpmFields(fields)
}

export function rpmFields(fields: readonly Field[]): Uint8Array {
  const data: Uint8Array[] = []
  const entries: Uint8Array[] = []
  let offset = 0
  for (const [tag, type, value] of fields) {
    // Numbers are aligned.
    const gap = new Uint8Array(type === 6 ? 0 : (8 - (offset % 8)) % 8)
    data.push(gap, value)
    offset += gap.length
    entries.push(number(tag), number(type), number(offset), number(1))
    offset += value.length
  }
  return concat([number(fields.length), number(offset), ...entries, ...data])
}

export const text = (tag: number, value: string): Field => [tag, 6, bytes(`${value}\0`)]

export function number(value: number | bigint, width = 4): Uint8Array {
  const out = new Uint8Array(width)
  const view = new DataView(out.buffer)
  if (width === 8) view.setBigUint64(0, BigInt(value))
  else view.setUint32(0, Number(value))
  return out
}

/** A database with these rows, in one page. */
export function rpmDatabase(blobs: readonly Value[], options?: SqliteOptions): Uint8Array {
  const rows = blobs.map((blob) => [null, blob])
  return sqlite([leaf([schemaRow('table', 'Packages', 2, PACKAGES_TABLE)]), leaf(rows)], options)
}

export function dpkgParagraph(name: string, version: string, more: Record<string, string> = {}): string {
  const fields = { Package: name, Status: 'install ok installed', Architecture: 'amd64', Version: version, ...more }
  return `${Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')}Description: ${name}\n Version: of the text\n .\n and more\n\n`
}

export function apkParagraph(name: string, version: string, size = 100): string {
  return `C:Q1abc=\nP:${name}\nV:${version}\nA:x86_64\nS:10\nI:${size}\nT:${name}\nF:lib\nR:lib${name}.so\na:0:0:755\nZ:Q1def=\n\n`
}

/** METADATA and RECORD in a folder of Python's. */
export function distInfo(folder: string, name: string, version: string, sizes: readonly number[] = []): TarPart[] {
  const at = `${folder}/${name}-${version}.dist-info`
  const record = sizes.map((size, index) => `${name}/file${index}.py,sha256=abc,${size}\n`).join('')
  return [
    file(`${at}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nName: of the text\n`),
    file(`${at}/RECORD`, `${record}${name}-${version}.dist-info/RECORD,,\n`),
  ]
}

export function nodePackage(folder: string, name: string, version: string, content = ''): TarPart[] {
  const at = `${folder}/node_modules/${name}`
  return [file(`${at}/package.json`, JSON.stringify({ name, version })), file(`${at}/index.js`, content)]
}
