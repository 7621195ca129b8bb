// The page: two stacks of layers, one comparison at a time, one result.
//
// Any edit starts a comparison as soon as both sides have a layer, and ends the one before. The state is on #page as
// data-state: idle, working, done, error.

import { diffLayers, escapeText, LayerDiffError, type LayerProgress, type Side } from 'layerdiff'
import { byId, el } from './dom.js'
import { formatCount, formatDuration, formatPlural } from './format.js'
import { ResultView } from './result.js'
import { loadSample, type Sample } from './sample.js'
import { StackView } from './stack.js'

type State = 'idle' | 'working' | 'done' | 'error'

/** What the one button says. */
const COMPARE: Readonly<Record<State, string>> = {
  idle: 'Compare',
  working: 'Cancel',
  done: 'Compare again',
  error: 'Try again',
}

const page = byId('page', HTMLElement)
const status = byId('status', HTMLElement)
const failure = byId('failure', HTMLElement)
const compareButton = byId('compare', HTMLButtonElement)
const swapButton = byId('swap', HTMLButtonElement)
const sampleButton = byId('sample', HTMLButtonElement)
const mtime = byId('mtime', HTMLInputElement)
const strict = byId('strict', HTMLInputElement)

const before = makeStack('before')
const after = makeStack('after')
const stackOf = (side: Side) => (side === 'before' ? before : after)
const result = new ResultView(byId('result', HTMLElement), (side, layer) => stackOf(side).nameOf(layer))

/** The comparison that is under way. */
let run: AbortController | null = null
let showsSample = false
/** Loaded once, so that it can be shown again without a network. */
let sample: Sample | null = null
/** Edits so far: a sample that arrives after one is not shown. */
let edits = 0

function makeStack(side: Side): StackView {
  const edit = (files: readonly File[]) => setStacks(side === 'before' ? { before: files } : { after: files })
  const add = (files: readonly File[]) => {
    // The first own layers take the place of the whole sample, on both sides.
    if (showsSample) setStacks({ before: [], after: [], [side]: files })
    else edit([...stackOf(side).files, ...files])
  }
  return new StackView(side, byId(side, HTMLElement), add, edit)
}

function setStacks(files: Partial<Record<Side, readonly File[]>>, isSample = false): void {
  edits++
  const lower = files.before ?? before.files
  const upper = files.after ?? after.files
  const shared = new Set(lower.filter((file) => upper.includes(file)))
  before.show(lower, shared)
  after.show(upper, shared)
  showsSample = isSample
  sampleButton.hidden = isSample
  void compare()
}

function setState(state: State, words: string): void {
  page.dataset.state = state
  status.textContent = words
  compareButton.textContent = COMPARE[state]
  compareButton.classList.toggle('primary', state === 'idle' || state === 'error')
  compareButton.disabled = before.files.length === 0 || after.files.length === 0
}

async function compare(): Promise<void> {
  run?.abort()
  run = null
  failure.hidden = true
  before.rest()
  after.rest()
  if (before.files.length === 0 || after.files.length === 0) {
    result.hide()
    const missing = [before, after].filter(({ files }) => files.length === 0).map(({ side }) => side)
    setState('idle', `Add the layers of the ${missing.join(' and the ')} side.`)
    return
  }
  const controller = new AbortController()
  run = controller
  const start = performance.now()
  const progress = new Map<string, LayerProgress>()
  result.setStale(true)
  setState('working', 'Starting…')
  try {
    const diff = await diffLayers(before.files, after.files, {
      signal: controller.signal,
      strict: strict.checked,
      compare: { mtime: mtime.checked },
      onProgress(step) {
        if (run !== controller) return
        progress.set(`${step.side} ${step.layer}`, step)
        showProgress(step)
        const words = progressWords([...progress.values()])
        if (status.textContent !== words) status.textContent = words // each writing is read aloud
      },
    })
    if (run !== controller) return
    result.show(diff)
    setState('done', `Compared ${formatPlural(progress.size, 'layer')} in ${formatDuration(performance.now() - start)}`)
  } catch (error) {
    if (run !== controller) return // another comparison has begun
    result.hide()
    before.rest()
    after.rest()
    if (controller.signal.aborted) setState('idle', 'Cancelled.')
    else showFailure(error)
  } finally {
    if (run === controller) run = null
  }
}

/** A layer that stands on both sides is read once and reports for the first; both rows tell. */
function showProgress(step: LayerProgress): void {
  const file = stackOf(step.side).files[step.layer]
  for (const stack of [before, after]) {
    stack.files.forEach((other, layer) => {
      if (other === file) stack.showProgress({ ...step, side: stack.side, layer })
    })
  }
}

function progressWords(steps: readonly LayerProgress[]): string {
  const done = steps.filter(({ phase }) => phase === 'done').length
  if (done === steps.length) return 'Merging and comparing…'
  return `Reading: ${formatCount(done)} of ${formatPlural(steps.length, 'layer')} done…`
}

function showFailure(error: unknown): void {
  const known = error instanceof LayerDiffError
  const message = error instanceof Error ? error.message : String(error)
  const facts: Node[] = []
  const fact = (name: string, value: string) => facts.push(el('dt', {}, name), el('dd', {}, value))
  if (known) {
    const { code, side, layer, path, offset } = error
    if (side !== undefined && layer !== undefined) {
      fact('Layer', `${stackOf(side).nameOf(layer)}, on the ${side} side`)
      stackOf(side).markFailed(layer)
    }
    if (path !== undefined) fact('Path', `/${escapeText(path)}`)
    if (offset !== undefined) fact('At byte', formatCount(offset))
    fact('Code', code)
  }
  failure.replaceChildren(
    el('h2', {}, known ? 'These layers could not be compared' : 'Something went wrong in this page'),
    el('p', {}, escapeText(message)),
    el('dl', {}, ...facts),
  )
  failure.hidden = false
  setState('error', 'Not compared.')
}

async function showSample(): Promise<void> {
  const editsBefore = edits
  try {
    sample ??= await loadSample()
    if (edits === editsBefore) setStacks(sample, true)
  } catch (error) {
    if (edits === editsBefore) showFailure(error)
  }
}

compareButton.addEventListener('click', () => {
  if (page.dataset.state === 'working') run?.abort()
  else void compare()
})
swapButton.addEventListener('click', () => setStacks({ before: after.files, after: before.files }, showsSample))
sampleButton.addEventListener('click', () => void showSample())
for (const option of [mtime, strict]) option.addEventListener('change', () => void compare())
// A file that misses its zone must not take the page's place.
for (const type of ['dragover', 'drop']) window.addEventListener(type, (event) => event.preventDefault())

void showSample()
