// The report as one page that needs nothing else: the element, and the diff as data. It works offline, and its security
// policy lets nothing run but what this file put there.

import { sha256 } from '../image/digest.js'
import type { ImageDiff } from '../image-types.js'
import { escapeText } from '../text.js'
import type { GateResult, LayerDiff } from '../types.js'
import { gateName, gateSentence, gatesHeadline } from './gate-words.js'
import { jsonReport } from './json.js'
import { type LeftOut, leftOutLine } from './left-out.js'

/** What the page says besides the diff. */
export interface HtmlOptions extends LeftOut {
  /** What the page is called. Default: the images' names. */
  readonly title?: string | undefined
  /** What rules found. */
  readonly gates?: readonly GateResult[] | undefined
}

const STYLE =
  ':root{color-scheme:light dark}body{max-width:90rem;margin:0 auto;padding:1.5rem;background:light-dark(#fff,#1b1d21);font:1rem/1.5 system-ui,sans-serif;color:light-dark(#1b1d21,#e6e6e6)}' +
  'h1{font-size:1.25rem;margin:0 0 1rem;overflow-wrap:anywhere}section{margin-bottom:1.5rem}h2{font-size:1.125rem;margin:0 0 .25rem}ul{list-style:none;margin:0;padding:0}' +
  'li{overflow-wrap:anywhere}b{color:light-dark(#1a7f37,#7fd99a)}.failed b{color:light-dark(#b3261e,#ff8f86)}' +
  'code{display:block;font-size:.875rem}code,details{margin-left:1.5rem}details code{margin:0}'

const START = "document.querySelector('layer-diff').report=JSON.parse(document.getElementById('report').textContent)"

/** The whole page. */
export async function htmlReport(diff: LayerDiff | ImageDiff, options: HtmlOptions = {}): Promise<string> {
  // Loaded by those who want a page: it is the whole element.
  const { source } = await import('./element.generated.js')
  const { title = titleOf(diff), gates, ignored } = options
  const leftOut = leftOutLine(options)
  const script = `${source}\n${START}`
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(STYLE)}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${markup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${markup(title)}</h1>
${leftOut === '' ? '' : `<p>${markup(leftOut)}</p>\n`}${gatesMarkup(gates ?? [])}<layer-diff></layer-diff>
</main>
<script type="application/json" id="report">${[...jsonReport(diff, { gates, ignored })].join('').replace(/</g, '\\u003c')}</script>
<script>${script}</script>
</body>
</html>
`
}

function titleOf(diff: LayerDiff | ImageDiff): string {
  if (!('layerBytes' in diff)) return 'layerdiff'
  return `${diff.before.name ?? 'before'} → ${diff.after.name ?? 'after'}`
}

/** Paths of a rule that stand open. */
const OPEN_PATHS = 5

/** What rules found, before what they were asked of: what failed first. */
function gatesMarkup(results: readonly GateResult[]): string {
  if (results.length === 0) return ''
  const items = [...results]
    .sort((a, b) => Number(a.passed) - Number(b.passed))
    .map((result) => {
      const { passed, paths } = result
      const shown = paths.map((path) => `<code>${markup(path)}</code>`).join('')
      const folded = paths.length > OPEN_PATHS ? `<details><summary>Paths</summary>${shown}</details>` : shown
      const verdict = passed ? 'passed' : 'failed'
      return `<li class="${verdict}"><b>${verdict}</b> ${gateName(result)}: ${markup(gateSentence(result))}${folded}</li>`
    })
  return `<section><h2>Gates: ${gatesHeadline(results)}</h2><ul>\n${items.join('\n')}\n</ul></section>\n`
}

function markup(text: string): string {
  return escapeText(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** What a security policy knows a script or style by. */
function hashOf(text: string): string {
  const hex = sha256(new TextEncoder().encode(text)).slice('sha256:'.length)
  const bytes = hex.match(/../g) ?? []
  return `sha256-${btoa(bytes.map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join(''))}`
}
