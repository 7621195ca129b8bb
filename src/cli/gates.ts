// What gates say on standard error: words for people, or annotations where GitHub runs the command.

import { escapeText, type GateResult } from '../index.js'
import { formatCount } from '../report/figures.js'
import { gateName, gateSentence } from '../report/gate-words.js'

/** Paths of one gate that are told; the report has more. */
const TOLD = 10

/** Lines for gates that failed. */
export function failedGateLines(results: readonly GateResult[], onGitHub: boolean): string[] {
  return results
    .filter(({ passed }) => !passed)
    .map((result) => {
      const paths = result.paths.slice(0, TOLD).map((path) => `  ${escapeText(path)}`)
      const left = (result.unit === 'paths' ? (result.figure ?? 0) : result.paths.length) - paths.length
      if (left > 0 && paths.length > 0) paths.push(`  and ${formatCount(left)} more`)
      const text = `${gateName(result)} failed: ${gateSentence(result)}`
      if (onGitHub) return `::error title=layerdiff ${gateName(result)}::${annotation([text, ...paths].join('\n'))}\n`
      return `layerdiff: ${text}\n${paths.map((path) => `${path}\n`).join('')}`
    })
}

/** As GitHub's runner takes a command apart: https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function annotation(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}
