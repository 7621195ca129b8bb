// Well-formed archives, listed by GNU tar and by the engine: the same entries, in the same order. Many are listed at once,
// one behind the other, since starting a tool costs more than all that it reads.

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { layerEntries } from '../../src/engine/index-entries.js'
import { decodeText } from '../../src/text.js'
import { CheckedCore } from '../support/checked-core.js'
import { FIRST_SEED, LIMITS, report, SCALE } from '../support/fuzz.js'
import { Random, randomLayers } from '../support/stacks.js'
import { bytes, concat, directory, file, hardlink, symlink, type TarPart, tar } from '../support/tar-builder.js'

/** 400 in CI; FUZZ_SCALE=125 makes it 50,000. */
const ARCHIVES = 400 * SCALE
const AT_ONCE = 200

/** What both tell alike: no marker, text that needs no quoting, and no name that the engine would clean first. */
function isPlain({ path, link, type = 'file', sparse, mtime = 0, nanos = 0 }: TarPart): boolean {
  const isName = (name: string) =>
    /^[\x20-\x7e]+$/.test(name) && !/\\|(^|\/)\.wh\.|(^|\/)\.\.?(\/|$)|\/\/|^[/ ]| -> | link to /.test(name)
  return (
    isName(decodeText(bytes(path)).text) &&
    (type !== 'hardlink' || isName(decodeText(bytes(link ?? '')).text)) &&
    /^[\x20-\x5b\x5d-\x7e]*$/.test(decodeText(bytes(link ?? '')).text) &&
    // GNU tar takes -1.5 for -0.5.
    (mtime >= 0 || nanos === 0) &&
    // The sizes of GNU's own listing are those of holes, in one form of the four.
    sparse === undefined &&
    ['file', 'directory', 'symlink', 'hardlink', 'fifo'].includes(type)
  )
}

function describePart(kind: string, path: string, size: number, mtime: number, link: string | null): string {
  return `${kind} ${size} ${mtime} ${path.replace(/\/+$/, '')}${link === null ? '' : ` -> ${link}`}`
}

const KINDS: Record<string, string> = { '-': 'file', d: 'directory', l: 'symlink', h: 'hardlink', p: 'fifo' }

/** A line of `tar -tv --full-time --numeric-owner --utc`. */
function ofLine(line: string): string {
  const match = /^(.)\S+ +\S+ +(\d+) (\d+-\d+-\d+) (\d+:\d+:\d+)\S* +(.*)$/.exec(line)
  if (!match) throw new Error(`GNU tar says ${line}`)
  const [, kind = '', size = '', day, time, rest = ''] = match
  const [path = '', link = null] = kind === 'l' ? rest.split(' -> ') : rest.split(' link to ')
  const seconds = Date.parse(`${day}T${time}Z`) / 1000
  return describePart(KINDS[kind] ?? kind, path, kind === '-' ? Number(size) : 0, seconds, link)
}

it(
  `${ARCHIVES} archives`,
  () => {
    const core = new CheckedCore()
    const random = new Random(FIRST_SEED)
    let entries = 0
    for (let done = 0; done < ARCHIVES; done += AT_ONCE) {
      const archives: Uint8Array[] = []
      const ours: string[] = []
      while (archives.length < AT_ONCE) {
        const parts = randomLayers(random, { layers: 1, entries: 8 }).flat()
        const plain = parts.filter((part): part is TarPart => !(part instanceof Uint8Array) && isPlain(part))
        const more = [
          directory(`d${archives.length}`),
          file('f', 'x'.repeat(random.int(2000))),
          symlink('l', 'f'),
          hardlink('h', 'f'),
        ]
        const archive = tar([...plain, ...more])
        archives.push(archive)
        expect(core.tar(archive, LIMITS)).toBe(0)
        for (const entry of layerEntries(core.layerIndex())) {
          const link = entry.link ?? entry.hardlink
          ours.push(describePart(entry.type, entry.path, entry.size, entry.mtime, link))
        }
      }
      const options = [
        '-tv',
        '--full-time',
        '--numeric-owner',
        '--utc',
        '--ignore-zeros',
        '-P',
        '--warning=no-unknown-keyword',
        '--quoting-style=literal',
        '-f',
        '-',
      ]
      const { stdout, stderr, status } = spawnSync('tar', options, { input: concat(archives), maxBuffer: 1 << 28 })
      expect([status, String(stderr)]).toEqual([0, ''])
      const theirs = String(stdout).trimEnd().split('\n').map(ofLine)
      // The first that differs: of thousands nobody would find it.
      const at = ours.findIndex((line, i) => line !== theirs[i])
      expect([at, ours[at], ours.length]).toEqual([-1, at < 0 ? undefined : theirs[at], theirs.length])
      entries += theirs.length
    }
    report('gnu-tar', { archives: ARCHIVES, entries })
  },
  300_000 * SCALE,
)
