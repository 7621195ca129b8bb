// The page: two sides, and the element that compares what they hold.
//
// Any edit starts a comparison. With one side alone its image is shown by itself.

import type { ImageDiff, LayerDiff } from 'layerdiff'
import 'layerdiff/element'
import { byId } from './dom.js'
import { EXPORTS, exportReport } from './export.js'
import { namesIn, queryFor } from './permalink.js'
import { loadSample, type Sample } from './sample.js'
import { type Input, type SideName, SideView } from './side.js'

const EMPTY: Input = { files: [], name: '' }

const view = document.querySelector('layer-diff')
if (!view) throw new Error('The page has no <layer-diff>.')
const swapButton = byId('swap', HTMLButtonElement)
const sampleButton = byId('sample', HTMLButtonElement)
const exportButtons = byId('exports', HTMLElement)
const linkButton = byId('link', HTMLButtonElement)
const status = byId('status', HTMLElement)
const mtime = byId('mtime', HTMLInputElement)

const before = makeSide('before')
const after = makeSide('after')

/** Loaded once, so that it can be shown again without a network. */
let sample: Sample | null = null
let showsSample = false
/** What the element has made; null while it has not. */
let report: LayerDiff | ImageDiff | null = null

function makeSide(side: SideName): SideView {
  return new SideView(side, byId(side, HTMLElement), (input) => {
    // The first input of one's own takes the place of the whole sample, on both sides.
    if (showsSample) setSides({ before: EMPTY, after: EMPTY, [side]: input })
    else setSides({ before: before.value, after: after.value, [side]: input })
  })
}

function setSides(inputs: Readonly<Record<SideName, Input>>, isSample = false): void {
  before.show(inputs.before)
  after.show(inputs.after)
  showsSample = isSample
  sampleButton.hidden = isSample
  const query = queryFor({ before: inputs.before.name, after: inputs.after.name })
  if (query !== location.search) history.pushState(null, '', query || location.pathname)
  compare()
}

function compare(): void {
  if (!view) return
  report = null
  status.textContent = ''
  showActions()
  const { given: lower } = before
  const { given: upper } = after
  const only = lower === null ? upper : upper === null ? lower : null
  if (only !== null) status.textContent = `Add the ${lower === null ? 'before' : 'after'} side to compare.`
  if (Array.isArray(only)) {
    // A stack of layers by itself: all that is in it.
    view.image = null
    view.inputs = { before: [], after: only }
  } else if (only !== null) {
    view.inputs = { before: null, after: null }
    view.image = only as typeof view.image
  } else {
    view.image = null
    view.inputs = { before: lower, after: upper }
  }
}

/** What can be done with a result, for as long as there is one. */
function showActions(): void {
  exportButtons.hidden = report === null
  linkButton.hidden = report === null || before.value.name === '' || after.value.name === ''
}

async function showSample(): Promise<void> {
  sample ??= await loadSample()
  setSides({ before: { files: [sample.before], name: '' }, after: { files: [sample.after], name: '' } }, true)
}

/** What the address names, or the sample. */
function showAddressed(): void {
  const names = namesIn(location.search)
  if (names.before === '' && names.after === '') void showSample()
  else setSides({ before: { files: [], name: names.before }, after: { files: [], name: names.after } })
}

view.addEventListener('layerdiff-done', ({ detail }) => {
  report = detail.report && 'toJSON' in detail.report && 'changes' in detail.report ? detail.report : null
  showActions()
})
swapButton.addEventListener('click', () => setSides({ before: after.value, after: before.value }, showsSample))
sampleButton.addEventListener('click', () => void showSample())
linkButton.addEventListener('click', async () => {
  await navigator.clipboard.writeText(location.href)
  status.textContent = 'Link copied.'
})
for (const kind of EXPORTS) {
  byId(`export-${kind}`, HTMLButtonElement).addEventListener('click', async () => {
    if (report) await exportReport(report, kind)
  })
}
window.addEventListener('popstate', showAddressed)
// A file that misses its zone must not take the page's place.
for (const type of ['dragover', 'drop']) window.addEventListener(type, (event) => event.preventDefault())

mtime.addEventListener('change', () => setOptions())
// Registries that send no CORS headers are reached through a proxy of this page's own server, where it has one.
const mirror = document.querySelector<HTMLMetaElement>('meta[name="layerdiff-mirror"]')?.content

function setOptions(): void {
  // The server says where its proxy is, from its root.
  const registry = mirror === undefined ? {} : { mirror: location.origin + mirror }
  if (view) view.options = { registry, compare: { mtime: mtime.checked } }
}

setOptions()
showAddressed()
