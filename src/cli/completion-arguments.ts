// `layerdiff completion` on the command line: its operand, and what its --help says.

import { UsageError } from './exit-codes.js'
import { nearestName } from './nearest.js'
import { GENERAL, parse } from './option-parser.js'

export const SHELLS = ['bash', 'zsh'] as const

export interface CompletionArguments {
  readonly command: 'completion'
  readonly shell: (typeof SHELLS)[number]
}

export const OPTIONS = { ...GENERAL } as const

/** @throws {UsageError} */
export function parseCompletion(args: readonly string[]) {
  const { values, positionals } = parse(args, OPTIONS)
  if (values.help) return { command: 'help', of: 'completion' } as const
  if (values.version) return { command: 'version' } as const
  const [given, ...more] = positionals
  if (given === undefined) throw new UsageError('A shell is missing: layerdiff completion bash, or zsh.')
  if (more.length > 0) throw new UsageError(`${positionals.length} shells were given: completion takes one at a time.`)
  const shell = SHELLS.find((name) => name === given)
  if (shell === undefined) {
    const nearest = nearestName(given, SHELLS)
    throw new UsageError(`completion takes bash or zsh, not "${given}".${nearest ? ` Did you mean ${nearest}?` : ''}`)
  }
  return { command: 'completion', shell } as const
}

export const COMPLETION_HELP = `Writes a script that completes commands, options and files in a shell.

Usage: layerdiff completion bash|zsh

For bash, in ~/.bashrc:
  source <(layerdiff completion bash)

For zsh, once, into a folder that it looks through:
  layerdiff completion zsh > "\${fpath[1]}/_layerdiff"
or in ~/.zshrc, after compinit:
  source <(layerdiff completion zsh)

  -h, --help            this text
      --version         the version

Exit codes: 0 done; 2 bad usage; 70 a fault of layerdiff.
`
