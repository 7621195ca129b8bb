// The script that completes layerdiff in zsh, with the words of its help beside each option.
//
// Takes: the tables of all commands. Gives: an autoloaded function, which can be sourced as well. Spec: zshcompsys(1), _arguments.

import { type Command, commands, type OptionHelp, optionHelp } from './commands.js'
import { HELP } from './help.js'
import { GENERAL, type Option } from './option-parser.js'

/** What says of a file that it is an image stays, and the file is completed. */
const IMAGE_PLACES = '(layer|docker-archive|oci|oci-archive):'

export function zshScript(): string {
  const all = commands()
  return `#compdef layerdiff
# Completes layerdiff in zsh. Written by: layerdiff completion zsh

_layerdiff_images() {
  compset -P ${quote(IMAGE_PLACES)}
  _files
}

_layerdiff_commands() {
  local -a commands=(
${all.map(({ name, summary }) => `    ${quote(`${name}:${escapeSpec(summary)}`)}`).join('\n')}
    'help:the text of a command'
    'version:the version'
  )
  _describe -t commands command commands
}

_layerdiff() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C -S \\
${specsOf(GENERAL, HELP.layerdiff).map(continued).join('')}    '1: :_layerdiff_commands' \\
    '*:: :->rest'
  [[ $state == rest ]] || return
  case $words[1] in
${all.map(commandCase).join('\n')}
    help) _arguments '1: :_layerdiff_commands' ;;
  esac
}

# Read from fpath it is the function itself, called; sourced it is to be named.
if [[ $funcstack[1] == _layerdiff ]]; then
  _layerdiff "$@"
else
  compdef _layerdiff layerdiff
fi
`
}

function commandCase({ name, options, operands, help }: Command): string {
  const specs = specsOf(options, help).map((spec) => `    ${continued(spec)}`)
  return `    ${name})
      _arguments -s -S \\
${specs.join('')}        ${operandSpec(operands)}
      ;;`
}

function operandSpec(operands: Command['operands']): string {
  if (operands === 'image') return quote('*:image:_layerdiff_images')
  if (operands === 'other') return quote('*: : ')
  return quote(`1: :(${operands.join(' ')})`)
}

/** For each option what _arguments takes. */
function specsOf(options: Readonly<Record<string, Option>>, help: string): string[] {
  const texts = optionHelp(help)
  return Object.entries(options).map(([name, option]) => optionSpec(name, option, texts.get(name)))
}

function optionSpec(name: string, option: Option, help: OptionHelp | undefined): string {
  const { type, short, multiple } = option
  const forms = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]
  // One that was given is offered no more, in either form.
  const excluded = multiple ? '*' : `(${forms.join(' ')})`
  const text = `[${escapeSpec(help?.text ?? '')}]`
  const value = type === 'boolean' ? '' : `:${escapeSpec(help?.value ?? name)}:${valueAction(option)}`
  return forms
    .map((form) =>
      quote(excluded + form + (type === 'boolean' ? '' : form.startsWith('--') ? '=' : '+') + text + value),
    )
    .join(' ')
}

function valueAction({ choices, multiple, value }: Option): string {
  // Several have commas between them.
  if (choices !== undefined && multiple) return `_values -s , value ${choices.join(' ')}`
  if (choices !== undefined) return `(${choices.join(' ')})`
  if (value === 'image') return '_layerdiff_images'
  if (value === 'file') return '_files'
  if (value === 'folder') return '_files -/'
  // Says what is awaited, and offers nothing.
  return ' '
}

function continued(spec: string): string {
  return `    ${spec} \\\n`
}

/** What _arguments and _describe would take for the end of a part. */
function escapeSpec(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
