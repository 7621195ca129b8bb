// Whether the engine's tar reader and the obvious one say the same of one archive, entry by entry.
//
// Takes: a core that has read the archive, and what readTar says of it. Gives: how they differ, in words, or null. Entries
// are met by the offset of their header; the name that an entry should have is cleaned here, the obvious way.

import { ENTRY, FLAG, PATH, SECTION, WARNING } from '../../src/engine/abi.js'
import type { CheckedCore } from './checked-core.js'
import type { TarEntry, TarResult } from './reference-tar.js'
import { contentOf } from './reference-tar.js'

const FILE = 1
const TYPES = ['', 'file', 'directory', 'symlink', 'char', 'block', 'fifo', 'hardlink', 'whiteout', 'opaque']
const WARNINGS: Record<string, number> = {
  TRAILING_BLOCKS_MISSING: 1,
  UNKNOWN_TYPE: 3,
  VOLUME_LABEL: 10,
  ONLY_ZEROS: 13,
}
const METADATA = ['.wh..wh.aufs', '.wh..wh.orph']

/** Without empty and "." components, ".." going up and held at the root. */
function cleaned(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** The path and type that an entry has in a layer's index; null where it leaves no record. */
function recorded(entry: TarEntry): { path: string; type: string } | null {
  const path = cleaned(entry.path)
  const [first = ''] = path.split('/')
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  if (METADATA.includes(first)) return null
  if (first === '.wh..wh.plnk') return path !== first && entry.type === 'file' ? { path, type: 'file' } : null
  if (name.startsWith('.wh.')) {
    const victim = name.slice(4)
    if (['', '.', '..'].includes(victim)) return null
    if (victim === '.wh..opq') return { path: path.slice(0, Math.max(slash, 0)), type: 'opaque' }
    return { path: path.slice(0, slash + 1) + victim, type: 'whiteout' }
  }
  if (path === '' && entry.type !== 'directory') return null
  return { path, type: entry.type }
}

export class TarAgreement {
  private readonly view: DataView
  private readonly memory: Uint8Array
  private readonly sections: number[] = []

  constructor(private readonly core: CheckedCore) {
    this.view = new DataView(core.wasm.memory.buffer)
    this.memory = new Uint8Array(core.wasm.memory.buffer)
  }

  /** @throws {Error} never for the archive's sake */
  difference(result: TarResult): string | null {
    const table = this.core.wasm.layerSections() >>> 0
    this.sections.length = 0
    for (let i = 0; i < 10; i++) this.sections.push(this.view.getUint32(table + i * 4, true))
    const count = this.length(SECTION.ENTRIES) / ENTRY.SIZE
    let next = 0
    for (const entry of result.entries) {
      const expected = recorded(entry)
      if (expected === null) continue
      if (next === count) return `no record of ${expected.path}`
      const fault = this.compare(this.base(SECTION.ENTRIES) + next * ENTRY.SIZE, entry, expected)
      if (fault !== null) return `${JSON.stringify(expected.path)}: ${fault}`
      next++
    }
    if (next < count) return `${count} records, of ${next} entries`
    return this.warnings(result)
  }

  private base(section: number): number {
    return this.sections[section * 2] as number
  }

  private length(section: number): number {
    return this.sections[section * 2 + 1] as number
  }

  private text(at: number, length: number): string {
    let text = ''
    for (let i = at; i < at + length; i++) text += String.fromCharCode(this.memory[i] as number)
    return text
  }

  private pathOf(id: number): string {
    let path = ''
    for (let at = id; at !== 0; ) {
      const record = this.base(SECTION.PATHS) + at * PATH.SIZE
      const name = this.base(SECTION.NAMES) + this.view.getUint32(record + PATH.NAME, true)
      const part = this.text(name, this.view.getUint32(record + PATH.LENGTH, true))
      path = path === '' ? part : `${part}/${path}`
      at = this.view.getUint32(record + PATH.PARENT, true)
    }
    return path
  }

  private compare(at: number, entry: TarEntry, { path, type }: { path: string; type: string }): string | null {
    const { view } = this
    const differs = (what: string, ours: unknown, theirs: unknown) =>
      ours === theirs ? null : `${what} is ${JSON.stringify(ours)}, not ${JSON.stringify(theirs)}`
    const u32 = (field: number) => view.getUint32(at + field, true)
    const header = Number(view.getBigUint64(at + ENTRY.OFFSET, true))
    const marker = type === 'whiteout' || type === 'opaque'
    const fault =
      differs('offset', header, entry.offset) ??
      differs('type', TYPES[view.getUint8(at + ENTRY.TYPE)], type) ??
      differs('path', this.pathOf(u32(ENTRY.PATH)), path)
    if (fault !== null || marker) return fault
    const attributes =
      differs('mode', view.getUint16(at + ENTRY.MODE, true), type === 'symlink' ? 0o777 : entry.mode) ??
      differs('uid', u32(ENTRY.UID), entry.uid >>> 0) ??
      differs('gid', u32(ENTRY.GID), entry.gid >>> 0) ??
      differs('mtime', Number(view.getBigInt64(at + ENTRY.MTIME, true)), entry.mtime) ??
      differs('nanos', u32(ENTRY.NANOS), entry.mtimeNanos) ??
      differs('size', Number(view.getBigUint64(at + ENTRY.CONTENT_SIZE, true)), type === 'file' ? entry.size : 0) ??
      differs('xattrs', this.xattrs(u32(ENTRY.XATTRS)), ofXattrs(entry.xattrs))
    if (attributes !== null) return attributes
    const [first, second] = [u32(ENTRY.PAYLOAD), u32(ENTRY.PAYLOAD + 4)]
    if (type === 'symlink') return differs('link', this.text(this.base(SECTION.BLOBS) + first, second), entry.link)
    if (type === 'hardlink') return differs('link', this.pathOf(first), cleaned(entry.link ?? ''))
    if (type === 'char' || type === 'block')
      return differs(
        'device',
        `${first}:${second}`,
        `${(entry.device?.major ?? 0) >>> 0}:${(entry.device?.minor ?? 0) >>> 0}`,
      )
    if (view.getUint8(at + ENTRY.TYPE) !== FILE) return null
    if ((view.getUint8(at + ENTRY.FLAGS) & FLAG.HASHED) === 0) return 'its content was not hashed'
    return differs('hash', this.hex(at + ENTRY.PAYLOAD), this.hashOf(entry))
  }

  private hex(at: number): string {
    return Buffer.from(this.memory.subarray(at, at + 32)).toString('hex')
  }

  /** BLAKE3 is the engine's own: what is in question is which bytes are hashed. */
  private hashOf(entry: TarEntry): string {
    const { wasm } = this.core
    wasm.allowSteps(1e9)
    wasm.blake3Start()
    for (const piece of contentOf(entry)) wasm.blake3Update(this.core.put(piece), piece.byteLength)
    const out = this.core.put(new Uint8Array(32))
    wasm.blake3Finish(out)
    return this.hex(out)
  }

  private xattrs(offset: number): string {
    if (offset === 0) return ''
    let at = this.base(SECTION.BLOBS) + offset
    const all: string[] = []
    let count = this.view.getUint32(at + 4, true)
    at += 8
    for (; count > 0; count--) {
      const [key, value] = [this.view.getUint32(at, true), this.view.getUint32(at + 4, true)]
      all.push(`${this.text(at + 8, key)}=${this.text(at + 8 + key, value)}`)
      at += 8 + key + value
    }
    return all.join(';')
  }

  private warnings({ warnings }: TarResult): string | null {
    const found: string[] = []
    const base = this.base(SECTION.WARNINGS)
    for (let at = base; at < base + this.length(SECTION.WARNINGS); at += WARNING.SIZE) {
      const code = this.view.getUint32(at + WARNING.CODE, true)
      if (Object.values(WARNINGS).includes(code))
        found.push(code === 1 ? '1' : `${code} at ${this.view.getBigUint64(at + WARNING.OFFSET, true)}`)
    }
    // Where end blocks are missing is a matter of words: behind what is there, or where they should begin.
    const expected = warnings.map(({ code, offset }) => (WARNINGS[code] === 1 ? '1' : `${WARNINGS[code]} at ${offset}`))
    return found.join() === expected.join() ? null : `warnings are ${found.join()}, not ${expected.join()}`
  }
}

function ofXattrs(xattrs: Map<string, string>): string {
  const sorted = [...xattrs].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([key, value]) => `${key}=${value}`).join(';')
}
