// Every command: its options, its operands, and the words about them in its help. What is completed is read from here.

import { COMMANDS, NAME } from './arguments.js'
import { ACTIONS, OPTIONS as CACHE } from './cache-arguments.js'
import { OPTIONS as COMPLETION, SHELLS } from './completion-arguments.js'
import { DIFF } from './diff-arguments.js'
import { HELP } from './help.js'
import { OPTIONS as HISTORY } from './history-arguments.js'
import { OPTIONS as INSPECT } from './inspect-arguments.js'
import { OPTIONS as LAYERS } from './layers-arguments.js'
import type { Option } from './option-parser.js'
import { PULL } from './pull-arguments.js'
import { OPTIONS as SHOW } from './show-arguments.js'
import { OPTIONS as TREE } from './tree-arguments.js'

export interface Command {
  readonly name: string
  /** What it does, in a line. */
  readonly summary: string
  readonly options: Readonly<Record<string, Option>>
  /** What its operands are: images, one of some words, or nothing that a shell could know. */
  readonly operands: 'image' | 'other' | readonly string[]
  readonly help: string
}

type Parts = Pick<Command, 'options' | 'operands'>

const PARTS: Readonly<Record<(typeof COMMANDS)[number], Parts>> = {
  diff: { options: DIFF, operands: 'image' },
  inspect: { options: INSPECT, operands: 'image' },
  history: { options: HISTORY, operands: 'image' },
  layers: { options: LAYERS, operands: 'image' },
  show: { options: SHOW, operands: 'image' },
  tree: { options: TREE, operands: 'image' },
  pull: { options: PULL, operands: 'image' },
  name: { options: NAME, operands: 'other' },
  cache: { options: CACHE, operands: ACTIONS },
  completion: { options: COMPLETION, operands: SHELLS },
}

/** In the order in which they are listed anywhere. */
export function commands(): Command[] {
  return COMMANDS.map((name) => ({ name, summary: summaryOf(name), help: HELP[name], ...PARTS[name] }))
}

function summaryOf(name: string): string {
  return new RegExp(`^ {2}${name} +(.+)$`, 'm').exec(HELP.layerdiff)?.[1] ?? ''
}

export interface OptionHelp {
  readonly short: string | undefined
  /** What stands for the value, FILE or GLOB; undefined where it takes none. */
  readonly value: string | undefined
  readonly text: string
}

/** The words of a help text about each option: two columns, the second going on below itself. Two options may share a line. */
export function optionHelp(help: string): Map<string, OptionHelp> {
  const found = new Map<string, OptionHelp>()
  const entry = /^ {2}(?:-(\w), | {4})--([\w-]+)(?:, --([\w-]+))?(?: ([^ \n]+))?(?: +|\n {24})(.*(?:\n {24}.*)*)$/gm
  for (const [, short, name = '', other, value, text = ''] of help.matchAll(entry)) {
    const words = { value, text: text.replace(/\n +/g, ' ') }
    found.set(name, { ...words, short })
    // `--renames, --no-renames`: the text is about the first.
    if (other !== undefined)
      found.set(other, { short: undefined, value, text: `do not ${words.text.replace(/;.*/, '')}` })
  }
  return found
}
