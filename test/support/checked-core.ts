// The checked build of the wasm, driven directly: one instance, no worker, nothing allocated for a case.
//
// Takes: bytes of a tar, a gzip stream or a layer index. Gives: the `Status` with which the module gave up, 0 for none,
// and which branches it took (scripts/checked-wasm.mjs). What no input may bring about is thrown: an access outside of
// what belongs to something, more steps than its bytes account for, a trap.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CoreExports } from '../../src/engine/abi.js'
import { GzipState, MAGIC_INDEX } from '../../src/engine/abi.js'
import { type ContainerFacts, writeContainer } from '../../src/engine/container.js'
import type { Limits } from '../../src/engine-types.js'

interface CheckedExports extends CoreExports {
  readonly badAddress: WebAssembly.Global
  allowSteps(steps: number): void
  stepsToGo(): number
}

type Key = readonly [number, number, number, number]

/** The same each time, so that cases are the same each time. */
const KEY: Key = [1, 2, 3, 4]
const EDGES_AT = 2 << 25
const [OUT_OF_BOUNDS, OUT_OF_STEPS] = [200, 201]
/** Of a whole case, whatever it has. */
const STEPS_AT_LEAST = 1 << 20
/** For each byte that goes in, comes out or fills a hole. */
const STEPS_PER_BYTE = 64

export const checkedFile = join(fileURLToPath(new URL('../..', import.meta.url)), 'build/core.checked.wasm')

/** Thrown by the import, one object for all cases: making an error costs more than reading a small archive. */
const gaveUp = { status: 0 }

export class CheckedCore {
  readonly wasm: CheckedExports
  /** Function of each branch. */
  readonly branches: readonly string[]
  private readonly edges: Uint8Array
  private readonly words: Uint32Array
  private readonly seen: Uint8Array
  private readonly memory: Uint8Array
  private readonly outputs: Uint8Array[] = []

  constructor() {
    if (!existsSync(checkedFile)) throw new Error('run node scripts/build-wasm.mjs checked')
    const fail = (status: number) => {
      if (status === OUT_OF_BOUNDS) throw violation(`byte ${this.wasm.badAddress.value >>> 0} belongs to nothing`)
      if (status === OUT_OF_STEPS) throw violation('it takes more steps than its bytes account for')
      gaveUp.status = status
      throw gaveUp
    }
    const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(checkedFile)), { env: { fail } })
    this.wasm = instance.exports as unknown as CheckedExports
    this.branches = JSON.parse(readFileSync(checkedFile.replace('.wasm', '.json'), 'utf8'))
    const { buffer } = this.wasm.memory
    const length = (this.branches.length + 3) & ~3
    this.memory = new Uint8Array(buffer)
    this.edges = new Uint8Array(buffer, EDGES_AT, length)
    this.words = new Uint32Array(buffer, EDGES_AT, length >> 2)
    this.seen = new Uint8Array(length)
  }

  /** Starts a job of a case that has so many bytes, in all. */
  begin(limits: Limits, bytes: number, key: Key = KEY): void {
    this.wasm.allowSteps(STEPS_AT_LEAST + STEPS_PER_BYTE * bytes)
    this.wasm.begin(...key, limits.pathBytes)
  }

  /** Steps of some work, however many. */
  steps(work: () => void): number {
    const most = 2 ** 50
    this.wasm.allowSteps(most)
    work()
    return most - this.wasm.stepsToGo()
  }

  /** The index of the layer that was read last. */
  layerIndex(): Uint8Array {
    const facts: ContainerFacts = {
      magic: MAGIC_INDEX,
      warningsDropped: 0,
      sourceBytes: 0,
      tarBytes: 0,
      diffId: null,
      partial: false,
    }
    return writeContainer(this.wasm.memory.buffer, this.wasm.layerSections(), facts)
  }

  /** Loads indexes and merges both stacks, compares them where all went well; gives the status. */
  diff(indexes: readonly Uint8Array[], before: readonly number[], after: readonly number[], follow = false): number {
    const { wasm } = this
    return this.status(() => {
      wasm.beginDiff(follow)
      const slots = indexes.map((bytes) => wasm.loadIndex(this.put(bytes), bytes.byteLength))
      for (const [side, stack] of [before, after].entries()) {
        for (const [layer, place] of stack.entries()) {
          wasm.reportLayer(side, slots[place] ?? 0, layer)
          wasm.applyLayer(side, slots[place] ?? 0, layer)
        }
      }
      wasm.findWanted(255)
      wasm.diff(255)
      wasm.diffSections()
    })
  }

  /** Runs a part of a job; gives the status. */
  status(work: () => void): number {
    try {
      work()
      return 0
    } catch (error) {
      if (error === gaveUp) return gaveUp.status
      throw error
    }
  }

  /** A block of exactly these bytes: whoever reads past them reads what belongs to nothing. */
  put(bytes: Uint8Array): number {
    const at = this.wasm.alloc(Math.max(bytes.byteLength, 1))
    this.memory.set(bytes, at)
    return at
  }

  /** Reads a tar whose pieces are `cut` bytes long, each in a block of its own. */
  tar(bytes: Uint8Array, limits: Limits, cut = bytes.byteLength): number {
    const { wasm } = this
    this.begin(limits, bytes.byteLength + limits.layerBytes)
    return this.status(() => {
      wasm.beginLayer(limits.entries, limits.layerBytes, limits.metaBytes, limits.expansion)
      for (let at = 0; at < bytes.byteLength; at += cut) {
        const piece = bytes.subarray(at, at + cut)
        wasm.scan(this.put(piece), piece.byteLength, at + piece.byteLength)
      }
      wasm.endLayer()
    })
  }

  /** Inflates a gzip stream in pieces of `cut` bytes; gives no more than `most` bytes of output. */
  gunzip(bytes: Uint8Array, most: number, cut = bytes.byteLength): { status: number; output: Uint8Array } {
    const { wasm } = this
    wasm.allowSteps(STEPS_AT_LEAST + STEPS_PER_BYTE * (bytes.byteLength + most))
    this.outputs.length = 0
    let length = 0
    const status = this.status(() => {
      wasm.gzipStart()
      for (let fed = 0; ; ) {
        const state = wasm.gzipRun()
        const made = wasm.gzipOutputLength()
        if (made > 0) {
          length += made
          this.outputs.push(this.memory.slice(wasm.gzipOutputAt(), wasm.gzipOutputAt() + made))
        }
        if (state === GzipState.Done || length > most) return
        if (state !== GzipState.NeedInput) continue
        const piece = bytes.subarray(fed, fed + Math.min(Math.max(cut, 1), wasm.gzipInputRoom()))
        const at = wasm.gzipInputAt()
        this.memory.set(piece, at)
        // What stands behind the stream is nobody's, and must make no difference.
        this.memory.fill(0x5a + fed, at + piece.byteLength, at + piece.byteLength + 64)
        wasm.gzipFed(piece.byteLength)
        fed += piece.byteLength
        if (fed === bytes.byteLength) wasm.gzipInputEnd()
      }
    })
    const [first] = this.outputs
    return { status, output: this.outputs.length === 1 && first ? first : Buffer.concat(this.outputs) }
  }

  /** Whether the case took a branch that none took before, or took one of them more often by a power of two. */
  isNew(): boolean {
    const { words, edges, seen } = this
    let found = false
    for (let word = 0; word < words.length; word++) {
      if (words[word] === 0) continue
      for (let at = word * 4; at < word * 4 + 4; at++) {
        const count = edges[at] as number
        if (count === 0) continue
        const bit = 1 << (31 - Math.clz32(count))
        if (((seen[at] as number) & bit) === 0) {
          seen[at] = (seen[at] as number) | bit
          found = true
        }
      }
      words[word] = 0
    }
    return found
  }

  /** Branches taken so far, and all, in the functions of some files of assembly/. */
  coverage(files: readonly string[]): { taken: number; all: number; missed: Record<string, number> } {
    let [taken, all] = [0, 0]
    const missed: Record<string, number> = {}
    for (const [index, name] of this.branches.entries()) {
      if (!files.some((file) => name.startsWith(`assembly/${file}/`))) continue
      all++
      if (this.seen[index] !== 0) taken++
      else missed[name.slice(9)] = (missed[name.slice(9)] ?? 0) + 1
    }
    return { taken, all, missed }
  }
}

/** An error that says in which functions of assembly/ it came about, which test runners leave out. */
function violation(what: string): Error {
  const error = new Error(what)
  const frames = [...(error.stack ?? '').matchAll(/assembly\/[^ ]+/g)].slice(0, 6)
  error.message += ` (${frames.join(' < ')})`
  return error
}
