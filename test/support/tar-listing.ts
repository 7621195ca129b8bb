// What is in an archive, entry by entry in its order: as Python's tarfile reads it (list_tar.py), as Go's archive/tar does
// (go_tar.go), and as we do. All in the same words, to be compared. Node only.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readLayerEntries } from '../../src/compose/layer-entries.js'
import type { Limits } from '../../src/index.js'

export interface ListedEntry {
  /** hex, without a trailing slash */
  path: string
  type: string
  mode: number
  uid: number
  gid: number
  size: number
  /** seconds rounded down, and nanoseconds */
  mtime: readonly [seconds: number, nanos: number]
  /** hex, of symlinks and hard links */
  link: string | null
  device: readonly number[] | null
  /** values in hex */
  xattrs: Record<string, string>
}

interface Told extends Omit<ListedEntry, 'mtime'> {
  /** decimal seconds, or whole ones, a space and nanoseconds */
  mtime: string
}

const hex = (text: string) => Buffer.from(text).toString('hex')
export const pythonTar = join(import.meta.dirname, 'list_tar.py')

export function listedByPython(archive: string): ListedEntry[] {
  return listed('python3', [pythonTar, 'list', archive])
}

/** Go's reader and writer, built once. */
export class GoTar {
  private readonly folder = mkdtempSync(join(tmpdir(), 'layerdiff-go-'))
  readonly command = join(this.folder, 'go_tar')

  constructor() {
    execFileSync('go', ['build', '-o', this.command, join(import.meta.dirname, 'go_tar.go')], {
      env: { ...process.env, GO111MODULE: 'off', GOFLAGS: '', GOCACHE: join(this.folder, 'cache') },
    })
  }

  list(archive: string): ListedEntry[] {
    return listed(this.command, [archive])
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export async function listedByUs(archive: string, limits: Partial<Limits> = {}): Promise<ListedEntry[]> {
  return Array.from(await readLayerEntries([archive], 0, { limits }), (entry) => {
    const { type, mode, uid, gid, size, mtime, mtimeNanos, device, link, hardlink } = entry
    const target = entry.linkBytes ? Buffer.from(entry.linkBytes).toString('hex') : hex(link ?? hardlink ?? '')
    return {
      path: entry.pathBytes ? Buffer.from(entry.pathBytes).toString('hex') : hex(entry.path),
      type,
      mode,
      uid,
      gid,
      size,
      mtime: [mtime, mtimeNanos] as const,
      link: type === 'symlink' || type === 'hardlink' ? target : null,
      device: device && [device.major, device.minor],
      xattrs: Object.fromEntries(
        Object.entries(entry.xattrs).map(([key, value]) => [key, Buffer.from(value).toString('hex')]),
      ),
    }
  })
}

function listed(command: string, args: readonly string[]): ListedEntry[] {
  const lines = execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .slice(0, -1)
  return lines.map((line) => {
    const told: Told = JSON.parse(line)
    // No symlink's mode means anything.
    const mode = told.type === 'symlink' ? 0o777 : told.mode
    return { ...told, mode, path: told.path.replace(/(2f)+$/, ''), mtime: timeOf(told.mtime) }
  })
}

function timeOf(text: string): readonly [number, number] {
  const [whole, nanos] = text.split(' ')
  if (nanos !== undefined) return [Number(whole), Number(nanos)]
  const [, sign, seconds, fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? []
  const part = Number(fraction.slice(0, 9).padEnd(9, '0'))
  if (sign !== '-') return [Number(seconds), part]
  return part === 0 ? [0 - Number(seconds), 0] : [-Number(seconds) - 1, 1_000_000_000 - part]
}
