// `npm run bench`: measures layerdiff against what people would use instead, in one run, and says which targets are
// reached.
//
//   npm run bench -- [--smoke] [--only NAME]... [--rounds N] [--json FILE] [--strict]
//
// Contenders run in turn, each time in a fresh process or page, and count only when their results are equal. Figures
// are medians with their spread. A missed target fails the run only under --strict: other work on a machine makes
// noise, and noise must not break a build. Inputs are made of the machine's own /usr and kept in build/bench/.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { blake3 } from './benchmarks/blake3.mjs'
import { elementChromium } from './benchmarks/element-chromium.mjs'
import { images } from './benchmarks/images.mjs'
import { indexCache } from './benchmarks/index-cache.mjs'
import { inflate } from './benchmarks/inflate.mjs'
import { inflateChromium } from './benchmarks/inflate-chromium.mjs'
import { layers } from './benchmarks/layers.mjs'
import { layersChromium } from './benchmarks/layers-chromium.mjs'
import { longLife } from './benchmarks/long-life.mjs'
import { memory } from './benchmarks/memory.mjs'
import { millionPaths } from './benchmarks/million-paths.mjs'
import { pathFlooding } from './benchmarks/path-flooding.mjs'
import { pools } from './benchmarks/pools.mjs'
import { report } from './benchmarks/report.mjs'
import { sizes } from './benchmarks/sizes.mjs'
import { workers } from './benchmarks/workers.mjs'
import { describeMachine } from './machine.mjs'
import { showSection, table } from './report.mjs'

/** @import { Section } from './benchmark.mjs' */

const benchmarks = [
  inflate,
  inflateChromium,
  blake3,
  layers,
  layersChromium,
  images,
  indexCache,
  report,
  workers,
  pools,
  millionPaths,
  pathFlooding,
  elementChromium,
  memory,
  longLife,
  sizes,
]

const help = `npm run bench -- [options]
  --smoke        tiny inputs and one round: whether everything works, not how fast
  --only NAME    one benchmark; may be repeated: ${benchmarks.map(({ name }) => name).join(', ')}
  --rounds N     rounds of every comparison, 5 by default
  --json FILE    writes all figures, round by round
  --strict       exit code 1 where a target is missed
`

/** @throws {Error} where the arguments are wrong */
function readArguments() {
  const { values } = parseArgs({
    options: {
      smoke: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      json: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = values.only?.find((name) => benchmarks.every((benchmark) => benchmark.name !== name))
  if (unknown !== undefined) throw new Error(`no benchmark is named ${unknown}`)
  const rounds = Number(values.rounds ?? (values.smoke ? 1 : 5))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number from 1')
  return { ...values, rounds }
}

/** @param {ReturnType<typeof readArguments>} options */
async function main({ smoke, only, rounds, json, strict }) {
  const machine = describeMachine()
  process.stdout.write(`${table(Object.entries(machine)).join('\n')}\n\n`)
  if (smoke) process.stdout.write('A smoke run: the inputs are tiny, and no figure below means anything.\n\n')
  /** @type {(Section & { name: string, title: string })[]} */
  const sections = []
  /** @type {string[]} */
  const failed = []
  for (const benchmark of benchmarks) {
    const { name, title } = benchmark
    if (only !== undefined && !only.includes(name)) continue
    process.stderr.write(`${title}\n`)
    try {
      const section = await benchmark.run({ smoke, rounds })
      // Of a millisecond's work there is nothing to judge.
      if (smoke) for (const target of section.targets) target.reached = null
      sections.push({ name, title, ...section })
      process.stdout.write(`${showSection(benchmark, section)}\n`)
    } catch (error) {
      failed.push(name)
      process.stdout.write(`${title} (${name}) failed: ${error instanceof Error ? error.stack : error}\n\n`)
    }
  }
  const targets = sections.flatMap(({ targets }) => targets).filter(({ reached }) => reached !== null)
  const missed = targets.filter(({ reached }) => !reached)
  if (!smoke) process.stdout.write(`${targets.length - missed.length} of ${targets.length} targets reached\n`)
  if (failed.length > 0) process.stdout.write(`Failed: ${failed.join(', ')}\n`)
  if (json !== undefined)
    writeFileSync(json, `${JSON.stringify({ machine, smoke, rounds, sections, failed }, null, 2)}\n`)
  // A benchmark that fails, or whose contenders disagree, is a fault at any speed.
  if (failed.length > 0 || (strict && missed.length > 0)) process.exitCode = 1
}

try {
  const options = readArguments()
  if (options.help) process.stdout.write(help)
  else await main(options)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${help}`)
  process.exitCode = 2
}
