// The script that completes layerdiff in bash, 4 and newer, without the package bash-completion.
//
// Takes: the tables of all commands. Gives: text to source. Spec: the manual of bash, "Programmable Completion".

import { type Command, commands } from './commands.js'
import { GENERAL, type Option } from './option-parser.js'

export function bashScript(): string {
  const all = commands()
  const names = all.map(({ name }) => name)
  return `# Completes layerdiff in bash. Written by: layerdiff completion bash

# Those of some words that begin as what is typed.
_layerdiff_words() {
  local word
  for word in "$@"; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$prefix$word"); fi
  done
}

# Those of some words of which several may follow one another, with commas between them.
_layerdiff_list() {
  if [[ $cur == *,* ]]; then
    prefix=$prefix\${cur%,*},
    cur=\${cur##*,}
  fi
  _layerdiff_words "$@"
}

# Names of files (-f) or folders (-d). Readline quotes what is special in them.
_layerdiff_names() {
  local name
  compopt -o filenames 2> /dev/null
  while IFS= read -r name; do COMPREPLY+=("$prefix$name"); done < <(compgen "$1" -- "$cur")
}

_layerdiff() {
  # The second argument is the word without an opening quote, and without what is before = or :, which break words.
  local cur=$2 prefix= command=\${COMP_WORDS[1]} option=\${COMP_WORDS[COMP_CWORD - 1]} ended= index
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _layerdiff_words ${words([...names, 'help', 'version', ...optionWords(GENERAL)])}
    return
  fi
  if [[ $option == = ]]; then option=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  # Where = breaks no words.
  if [[ $cur == --*=* ]]; then
    option=\${cur%%=*}
    prefix=$option=
    cur=\${cur#*=}
  fi
  for ((index = 2; index < COMP_CWORD; index++)); do
    if [[ \${COMP_WORDS[index]} == -- ]]; then ended=1 option=; fi
  done

  case "$command $option" in
${all.flatMap(valueCases).join('\n')}
  esac

  if [[ -z $ended && $cur == -* ]]; then
    case $command in
${all.map(({ name, options }) => `      ${name}) _layerdiff_words ${words(optionWords(options))} ;;`).join('\n')}
    esac
    return
  fi
  case $command in
${all.map(operandCase).join('\n')}
    help) _layerdiff_words ${words(names)} ;;
  esac
}

complete -F _layerdiff layerdiff
`
}

/** What follows each option that takes a value: options with the same values share a line. */
function valueCases({ name, options }: Command): string[] {
  const byAction = new Map<string, string[]>()
  for (const [option, facts] of Object.entries(options)) {
    if (facts.type === 'boolean') continue
    const patterns = optionForms(option, facts).map((form) => `'${name} ${form}'`)
    const action = valueAction(facts)
    byAction.set(action, [...(byAction.get(action) ?? []), ...patterns])
  }
  return Array.from(byAction, ([action, patterns]) => `    ${patterns.join(' | ')}) ${action}return ;;`)
}

function valueAction({ choices, multiple, value }: Option): string {
  if (choices !== undefined) return `${multiple ? '_layerdiff_list' : '_layerdiff_words'} ${words(choices)}; `
  if (value === undefined) return ''
  return `_layerdiff_names ${value === 'folder' ? '-d' : '-f'}; `
}

function operandCase({ name, operands }: Command): string {
  if (operands === 'image') return `    ${name}) _layerdiff_names -f ;;`
  if (operands === 'other') return `    ${name}) ;;`
  // One word, which stands first.
  return `    ${name}) if ((COMP_CWORD == 2)); then _layerdiff_words ${words(operands)}; fi ;;`
}

function optionForms(name: string, { short }: Option): string[] {
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]
}

function optionWords(options: Readonly<Record<string, Option>>): string[] {
  return Object.entries(options).flatMap(([name, option]) => optionForms(name, option))
}

/** Words of the tables, none of which has anything that a shell would take for more. */
function words(list: readonly string[]): string {
  return list.join(' ')
}
