// The whole command, from a cold process to the report, beside the same work by hand: both images unpacked with umoci, and their
// files compared with diff.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../../scripts/files.mjs'
import { inCommand } from '../command.mjs'
import { atMost, compare } from '../comparison.mjs'
import { realImages } from '../inputs/images.mjs'

/** @import { Benchmark, Contender } from '../benchmark.mjs' */

/** @type {Benchmark} */
export const report = {
  name: 'report',
  title: 'Two images, from the command to the report',
  async run(settings) {
    const found = await realImages(settings)
    const missing = ['umoci', 'diff'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
    if (found === null || missing.length > 0) {
      const why = found === null ? 'the images cannot be made here' : `there is no ${missing.join(', ')}`
      return { about: [`Left out: ${why} (Debian, as root, with the fixtures).`], contenders: [], targets: [] }
    }
    const { archive, layout } = found
    const scratch = mkdtempSync(join(tmpdir(), 'layerdiff-bench-'))
    try {
      const main = join(root, 'dist/cli/main.js')
      const ours = (
        /** @type {string} */ name,
        /** @type {{ before: string, after: string }} */ of,
        /** @type {string[]} */ ...more
      ) =>
        inCommand(name, process.execPath, [
          main,
          'diff',
          of.before,
          of.after,
          '--no-cache',
          ...more,
          '-o',
          join(scratch, 'report'),
        ])
      const measured = await compare(
        [
          ours('layerdiff diff, text, OCI layouts with gzip', layout),
          ours('layerdiff diff, Markdown, the same', layout, '--format', 'markdown'),
          ours('layerdiff diff, text, without packages and renames', layout, '--no-packages', '--no-renames'),
          ours('layerdiff diff, text, plain docker archives', archive),
          unpacked(layout, scratch),
        ],
        settings.rounds,
      )
      const walls = measured.map(({ rounds }) => rounds.map(({ wall }) => wall))
      const [text, , , , byHand] = walls
      return {
        about: [
          'The same two Debian images. Timed from the start of the process to its end, the report written to a file. Unpacking',
          'writes to the disk of temporary files, and what it wrote is removed outside of the time.',
        ],
        contenders: measured,
        targets: [atMost('wall, text of OCI layouts, of umoci unpack and diff -rq', text, byHand, 0.5)],
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  },
}

/**
 * @param {{ before: string, after: string }} layout
 * @param {string} scratch
 * @returns {Contender}
 */
function unpacked({ before, after }, scratch) {
  const target = join(scratch, 'unpacked')
  const image = (/** @type {string} */ name) => name.replace(/^oci:/, '')
  // diff ends with 1 where files differ, which is what it is asked for.
  const script = `umoci unpack --image "$1" "$3/before" && umoci unpack --image "$2" "$3/after" &&
    { diff -rq --no-dereference "$3/before/rootfs" "$3/after/rootfs" > "$3/report" || [ $? -eq 1 ]; }`
  const contender = inCommand('umoci unpack of both, diff -rq', 'bash', [
    '-c',
    `mkdir "$3" && ${script}`,
    'bash',
    image(before),
    image(after),
    target,
  ])
  return {
    ...contender,
    async measure() {
      rmSync(target, { recursive: true, force: true })
      return contender.measure()
    },
  }
}
