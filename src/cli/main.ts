#!/usr/bin/env node
// The command line: takes the arguments, calls the command, ends with its exit code.

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { COMMANDS, parseArguments } from './arguments.js'
import type { Cleanup, Label } from './diff-command.js'
import { type ErrorContext, EXIT, errorLines, exitCodeOf } from './exit-codes.js'
import { HELP } from './help.js'
import { tell } from './messages.js'
import { openOutput } from './output.js'

/** Filled by the command that runs. */
let undo = () => {}

// The first signal ends tidily. It takes its listener along, so that a second one ends the process whatever it does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    undo()
    process.exit(EXIT.SIGNALLED + constants.signals[signal])
  })
}

// Node would end with 1, which says that there are differences.
process.once('uncaughtException', (error) => {
  undo()
  tell(errorLines(error, { help: '', fileOf: () => undefined }))
  process.exit(EXIT.FAULT)
})

// Nobody is left to be told of a terminal that is gone.
process.stderr.on('error', () => {})

process.exitCode = await run(process.argv.slice(2))

async function run(argv: readonly string[]): Promise<number> {
  const command = COMMANDS.find((name) => name === argv[0])
  const help = command ? `layerdiff ${command} --help` : 'layerdiff --help'
  let fileOf: ErrorContext['fileOf'] = () => undefined
  const onCleanup: Cleanup = (cleanup) => {
    undo = cleanup
  }
  const onLabel: Label = (labelOf) => {
    fileOf = labelOf
  }
  try {
    const args = parseArguments(argv)
    switch (args.command) {
      case 'help':
        await openOutput(null).write([HELP[args.of]])
        return EXIT.DONE
      case 'version':
        await openOutput(null).write([`${version()}\n`])
        return EXIT.DONE
      case 'diff': {
        await warm()
        const { runDiff } = await import('./diff-command.js')
        return await runDiff(args, onCleanup, onLabel)
      }
      case 'history': {
        await warm()
        const { runHistory } = await import('./history-command.js')
        return await runHistory(args, onCleanup, onLabel)
      }
      case 'inspect': {
        await warm()
        const { runInspect } = await import('./inspect-command.js')
        return await runInspect(args, onCleanup, onLabel)
      }
      case 'layers': {
        const { runLayers } = await import('./layers-command.js')
        return await runLayers(args, onCleanup)
      }
      case 'show': {
        await warm()
        const { runShow } = await import('./show-command.js')
        return await runShow(args, onCleanup, onLabel)
      }
      case 'tree': {
        await warm()
        const { runTree } = await import('./tree-command.js')
        return await runTree(args, onCleanup, onLabel)
      }
      case 'name': {
        const { runName } = await import('./name-command.js')
        return await runName(args)
      }
      case 'pull': {
        const { runPull } = await import('./pull-command.js')
        return await runPull(args)
      }
      case 'cache': {
        const { runCache } = await import('./cache-command.js')
        return await runCache(args)
      }
      case 'completion': {
        const { runCompletion } = await import('./completion-command.js')
        return await runCompletion(args)
      }
    }
  } catch (error) {
    tell(errorLines(error, { help, fileOf }))
    return exitCodeOf(error)
  }
}

/**
 * Workers take as long to come as the command's modules. They are started first; help and complaints, which need none, come
 * at once.
 */
async function warm(): Promise<void> {
  const { sharedEngine } = await import('../engine/engine.js')
  sharedEngine().pool.warm()
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
