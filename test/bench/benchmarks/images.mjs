// Two images: plain docker archives against hashing the same files, OCI layouts against the engine alone, a registry on
// loopback against files, and a warm cache against a cold one.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../../scripts/files.mjs'
import { inCommand } from '../command.mjs'
import { atMost, compare } from '../comparison.mjs'
import { realImages } from '../inputs/images.mjs'
import { inNode } from '../node-process.mjs'
import { startRegistry } from '../registry.mjs'

/** @import { Benchmark, Measured } from '../benchmark.mjs' */

const limitMegabytes = 200

/** @type {Benchmark} */
export const images = {
  name: 'images',
  title: 'Two images end to end, Node',
  async run(settings) {
    const found = await realImages(settings)
    if (found === null) {
      return {
        about: ['Left out: the images cannot be made here (Debian, as root, with the fixtures).'],
        contenders: [],
        targets: [],
      }
    }
    const { archive, layout } = found
    const scratch = mkdtempSync(join(tmpdir(), 'layerdiff-bench-'))
    const registry = await startRegistry({ before: layout.before, after: layout.after })
    try {
      const main = join(root, 'dist/cli/main.js')
      // What a diff tells beyond its changes is measured with the reports.
      const json = ['--no-packages', '--no-renames', '--no-cache', '--format', 'json', '-o', join(scratch, 'diff.json')]
      const commands = await compare(
        [
          inCommand('layerdiff diff, plain docker archives', process.execPath, [
            main,
            'diff',
            archive.before,
            archive.after,
            ...json,
          ]),
          inCommand('openssl dgst -sha256, both files', 'openssl', ['dgst', '-sha256', archive.before, archive.after]),
        ],
        settings.rounds,
      )
      const calls = await compare(
        [
          inNode('diffImages, plain docker archives', 'images-layerdiff', archive),
          inNode('diffImages, OCI layouts, gzip', 'images-layerdiff', layout),
          inNode('the engine alone, the same layers', 'images-layerdiff', { ...layout, layersOnly: true }),
          ...(registry ? [inNode('diffImages, registry on loopback', 'images-layerdiff', registry.names)] : []),
        ],
        settings.rounds,
      )
      const cached = registry ? await coldAndWarm(registry.names, scratch, settings.rounds) : []
      const [plain, gzip, engine, remote] = calls
      const all = [...commands.slice(0, 1), ...calls, ...cached]
      const peak = Math.max(...all.flatMap(({ rounds }) => rounds.map(({ peak }) => peak ?? 0)))
      const read = plain.rounds[0].facts.bytesRead
      return {
        about: [
          `Two Debian images; all found: ${plain.rounds[0].equal}.`,
          'The commands are timed from the start of the process to its end. Of plain archives headers are read, and contents',
          'where two files of one path have one size and stand in layers that are not the same.',
          ...(registry ? [] : ['The registry is left out: there is no docker-registry or skopeo here.']),
        ],
        contenders: [...commands, ...calls, ...cached],
        targets: [
          atMost('wall, plain archives, of openssl over the same files', walls(commands[0]), walls(commands[1]), 1),
          {
            what: 'bytes read of the plain archives',
            target: 'information',
            figure: `${(read / 1e6).toFixed(0)} MB`,
            reached: null,
          },
          atMost('wall, OCI layouts, of the engine alone', walls(gzip), walls(engine), 1.1),
          ...(remote ? [atMost('wall, registry, of the files', walls(remote), walls(gzip), 1.2)] : []),
          ...(cached.length > 0
            ? [atMost('wall, registry, warm cache of cold, one process', walls(cached[1]), walls(cached[0]), 0.1)]
            : []),
          {
            what: 'peak of every process of ours',
            target: `under ${limitMegabytes} MB`,
            figure: `${(peak / 1e6).toFixed(0)} MB`,
            reached: peak < limitMegabytes * 1e6,
          },
        ],
      }
    } finally {
      await registry?.stop()
      rmSync(scratch, { recursive: true, force: true })
    }
  },
}

/**
 * @param {{ before: string, after: string }} names
 * @param {string} scratch
 * @param {number} rounds
 * @returns {Promise<Measured[]>} with an empty cache, and with what the first time left behind
 */
async function coldAndWarm(names, scratch, rounds) {
  /** @type {Measured[]} */
  const measured = [
    { name: 'registry, empty cache', rounds: [] },
    { name: 'registry, once more, same process', rounds: [] },
    { name: 'registry, once more, new process', rounds: [] },
  ]
  for (let round = 0; round < rounds; round++) {
    const options = { ...names, cache: join(scratch, `cache-${round}`) }
    for (const [turn, { name, rounds }] of measured.entries()) {
      rounds.push(await inNode(name, 'images-layerdiff', { ...options, again: turn === 1 }).measure())
    }
  }
  return measured
}

/** @param {Measured} measured */
function walls({ rounds }) {
  return rounds.map(({ wall }) => wall)
}
