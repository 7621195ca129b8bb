// Memory: the peak of a process that diffs the two large layers, and what it grows with.

import { compare } from '../comparison.mjs'
import { fileUrl } from '../inputs/cache.mjs'
import { syntheticLayer } from '../inputs/synthetic.mjs'
import { usrLayers } from '../inputs/usr-layers.mjs'
import { inNode } from '../node-process.mjs'
import { spreadOf } from '../statistics.mjs'

/** @import { Benchmark, Measured, Target } from '../benchmark.mjs' */

const limitMegabytes = 150

/** @type {Benchmark} */
export const memory = {
  name: 'memory',
  title: 'Memory, Node',
  async run(settings) {
    const layers = await usrLayers(settings)
    const rounds = Math.min(settings.rounds, 3)
    const [few, many, fewFiles, fileBytes] = settings.smoke
      ? [1000, 10_000, 100, 50_000]
      : [100_000, 1_000_000, 10_000, 50_000]
    /**
     * @param {number} entries
     * @param {number} [fileBytes]
     */
    const synthetic = async (entries, fileBytes) => ({
      before: fileUrl(await syntheticLayer({ entries, side: 'before', fileBytes })),
      after: fileUrl(await syntheticLayer({ entries, side: 'after', fileBytes })),
    })
    /** @type {[name: string, urls: { before: string, after: string }][]} */
    const rows = [
      [
        'the two layers',
        { before: fileUrl(layers.path('before', 'gzip')), after: fileUrl(layers.path('after', 'gzip')) },
      ],
      [`${few} entries a side`, await synthetic(few)],
      [`${many} entries a side`, await synthetic(many)],
      [`${fewFiles} empty files a side`, await synthetic(fewFiles, 0)],
      [`${fewFiles} files of ${fileBytes / 1000} KB a side`, await synthetic(fewFiles, fileBytes)],
    ]
    /** @type {Measured[]} */
    const measured = []
    // One after the other, as their results differ.
    for (const [name, urls] of rows) measured.push(...(await compare([inNode(name, 'layers-layerdiff', urls)], rounds)))
    const [real, small, large, empty, full] = measured.map(peak)
    const index = await indexSize(fileUrl(layers.path('before', 'gzip')))
    const syntheticIndex = await indexSize(rows[2][1].before)
    const nodeItself = spreadOf(measured[0].rounds.map(({ facts }) => facts.peakBefore)).median
    return {
      about: [
        'Peak resident set of the whole process: Node, two workers, their WebAssembly, and the list of changes as objects.',
        `Before the call the process had ${megabytes(nodeItself)}, which is Node and the package's main entry.`,
      ],
      contenders: measured,
      targets: [
        {
          what: 'peak of the process with the two layers',
          target: `under ${limitMegabytes} MB`,
          figure: megabytes(real),
          reached: real < limitMegabytes * 1e6,
        },
        inform(
          'memory a further entry',
          `${((large - small) / (2 * (many - few))).toFixed(0)} bytes, from ${few} to ${many} entries a side`,
        ),
        inform(
          'memory a further byte of content',
          `${((full - empty) / (2 * fewFiles * fileBytes)).toFixed(4)} bytes, from 0 to ${megabytes(fewFiles * fileBytes)} a side`,
        ),
        inform('layer index, a real layer', `${index.toFixed(0)} bytes an entry`),
        inform('layer index, synthetic', `${syntheticIndex.toFixed(0)} bytes an entry`),
      ],
    }
  },
}

/** @param {Measured} measured */
function peak({ rounds }) {
  return spreadOf(rounds.map(({ peak }) => peak ?? Number.NaN)).median
}

/** @param {string} layer address */
async function indexSize(layer) {
  const { facts } = await inNode('index', 'index-layerdiff', { layer }).measure()
  return facts.indexBytes / facts.entries
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`
}

/**
 * @param {string} what
 * @param {string} figure
 * @returns {Target}
 */
function inform(what, figure) {
  return { what, target: 'information', figure, reached: null }
}
