// Trees that real tools make of stacks of layers, listed by real_trees.py: what `umoci raw unpack` writes, and what the
// kernel's overlayfs shows.
// Takes: stacks. Gives: for each its tree, or the words in which the tool refused. Node only, and as root.

import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { createBLAKE3 } from 'hash-wasm'
import { ensureTools } from './debian.js'
import { type OverlayLayer, overlayLayer } from './overlay-layer.js'
import type { Tree, TreeEntry, TreeOutcome } from './tree-entry.js'

const tools = [
  { command: 'python3', package: 'python3' },
  { command: 'tar', package: 'tar' },
  { command: 'umoci', package: 'umoci' },
]
/** Whether trees can be made with devices and owners, as images have them. */
export const makesTrees = process.getuid?.() === 0 && ensureTools(tools)

/** So many unpackers at a time. */
const AT_ONCE = 4

/** By umoci, as images of one layout. */
export async function umociTrees(stacks: readonly (readonly Uint8Array[])[]): Promise<TreeOutcome[]> {
  return inFolder(async (folder) => {
    writeLayout(join(folder, 'layout'), stacks)
    const roots = stacks.map((_, index) => join(folder, `root-${index}`))
    const refusals: (string | null)[] = []
    let next = 0
    const unpack = async () => {
      for (let index = next++; index < stacks.length; index = next++) {
        const args = ['raw', 'unpack', '--image', `${join(folder, 'layout')}:${index}`, roots[index] as string]
        refusals[index] = await promisify(execFile)('umoci', args).then(
          () => null,
          ({ stderr }) => String(stderr).trim(),
        )
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, unpack))
    const unpacked = roots.filter((_, index) => refusals[index] === null)
    const trees = (await listed('list', unpacked))[Symbol.iterator]()
    return refusals.map((refused) => (refused === null ? (trees.next().value as TreeOutcome) : { refused }))
  })
}

/** By the kernel. */
export async function overlayTrees(stacks: readonly (readonly OverlayLayer[])[]): Promise<TreeOutcome[]> {
  return inFolder((folder) => {
    const hex = (paths: readonly string[]) => paths.map((path) => Buffer.from(path, 'latin1').toString('hex'))
    const given = stacks.map((layers, stack) => ({
      folder,
      layers: layers.map(({ archive, parents, whiteouts, opaques }, layer) => {
        const tar = join(folder, `${stack}-${layer}.tar`)
        writeFileSync(tar, archive)
        return { tar, parents: hex(parents), whiteouts: hex(whiteouts), opaques: hex(opaques) }
      }),
    }))
    return listed('overlay', given)
  })
}

/** Whether the kernel lets us mount overlays here. */
export async function mountsOverlays(): Promise<boolean> {
  if (!makesTrees) return false
  const [tree] = await overlayTrees([[overlayLayer([])]])
  return tree instanceof Map
}

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'layerdiff-trees-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** An OCI layout with one image for each stack, tagged by its number. */
function writeLayout(folder: string, stacks: readonly (readonly Uint8Array[])[]): void {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true })
  const add = (mediaType: string, content: Uint8Array | object) => {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content))
    const digest = createHash('sha256').update(bytes).digest('hex')
    writeFileSync(join(folder, 'blobs/sha256', digest), bytes)
    return { mediaType: `application/vnd.oci.image.${mediaType}`, digest: `sha256:${digest}`, size: bytes.byteLength }
  }
  const manifests = stacks.map((stack, index) => {
    const layers = stack.map((layer) => add('layer.v1.tar', layer))
    const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) }
    const config = add('config.v1+json', { os: 'linux', architecture: 'amd64', config: {}, rootfs, history: [] })
    const manifest = add('manifest.v1+json', { schemaVersion: 2, config, layers })
    return { ...manifest, annotations: { 'org.opencontainers.image.ref.name': String(index) } }
  })
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

interface Row extends Pick<TreeEntry, 'type' | 'link'> {
  path: string
  mode: number
  uid: number
  gid: number
  mtime: string
  inode: number
  xattrs: Record<string, string>
  content?: string
  device?: [major: number, minor: number]
}

/** What real_trees.py says of each. */
export async function listed(
  command: 'list' | 'stacked' | 'overlay',
  given: readonly unknown[],
): Promise<TreeOutcome[]> {
  const child = spawn('python3', [join(import.meta.dirname, 'real_trees.py'), command], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(given))
  const lines = (await text(child.stdout)).split('\n').slice(0, -1)
  if (lines.length !== given.length) throw new Error(`real_trees.py told of ${lines.length} trees of ${given.length}`)
  const hasher = await createBLAKE3()
  const hash = (hex: string) => `blake3:${hasher.init().update(Buffer.from(hex, 'hex')).digest()}`
  return lines.map((line) => {
    const told: Row[] | { error: string } = JSON.parse(line)
    return 'error' in told ? { refused: told.error } : treeOf(told, hash)
  })
}

function treeOf(rows: readonly Row[], hash: (hex: string) => string): Tree {
  const keyed = rows.map((row) => [Buffer.from(row.path, 'hex').toString('latin1'), row] as const)
  keyed.sort(([a], [b]) => (a < b ? -1 : 1))
  const names = new Map<number, string[]>()
  for (const [path, { inode }] of keyed) names.set(inode, [...(names.get(inode) ?? []), path])
  return new Map(
    keyed.map(([path, row]) => {
      const { type, mode, uid, gid, mtime, xattrs, content, link, device, inode } = row
      const [first, second] = names.get(inode) ?? []
      const entry: TreeEntry = {
        type,
        // Nobody can change a symlink's.
        attributes: { mode: type === 'symlink' ? 0o777 : mode, uid, gid, mtime, xattrs },
        hash: content === undefined ? null : hash(content),
        link: link ?? null,
        device: device === undefined ? null : device.join(':'),
        hardlink: first !== undefined && second !== undefined ? first : null,
      }
      return [path, entry]
    }),
  )
}
