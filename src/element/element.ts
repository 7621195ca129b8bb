// `<layer-diff>`: what changed between images or layers, on a page.
//
// Takes: a report, or what to compare, as properties or attributes. Gives: its views in a shadow root, events, and its state as
// data-layerdiff-state on itself. Importing this module where there is no page defines nothing and does no harm.

import { html, nothing, render, type TemplateResult } from 'lit-html'
import type { ImageDiffOptions, ImageInput, PullProgress, Sharing, SharingJson } from '../image-types.js'
import type { LayerProgress, Side } from '../types.js'
import type { Context } from './context.js'
import { DiffPanel } from './diff-panel.js'
import { Numbers } from './numbers.js'
import { shownDiff } from './shown-diff.js'
import css from './styles/element.css?inline'
import {
  DENSITIES,
  type Density,
  type Inputs,
  type LayerDiffEvents,
  type LayerDiffState,
  type Report,
} from './types.js'
import { failureView } from './views/failure.js'
import { type LayerStep, progressView } from './views/progress.js'
import { pullView } from './views/pull.js'
import { sharingView } from './views/sharing.js'
import { type Plural, Speech, type Words } from './words.js'
import type { Given } from './work.js'

export type { Density, Given, Inputs, LayerDiffEvents, LayerDiffState, Plural, Report, Words }

/** What of the properties stands as an attribute too. */
const ATTRIBUTES = ['before', 'after', 'image', 'pull', 'density', 'lang'] as const
const PROPERTIES = [
  'report',
  'inputs',
  'before',
  'after',
  'image',
  'images',
  'pull',
  'options',
  'words',
  'density',
] as const

/** Where there is no page there is nothing to extend, and nothing will be made of it. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement)

/** What is shown, and what the layers are called where no image says it. */
interface Made {
  readonly report: Report | null
  readonly names: Readonly<Record<Side, readonly string[]>> | null
  /** Lets go of what contents are read from. */
  close?(): Promise<void>
}

type Panel = Pick<DiffPanel, 'template' | 'dispose' | 'reveal'>

/**
 * Shows a diff of images or layers, one image, the layers that images share, or a pull.
 *
 * @example
 * import 'layerdiff/element'
 * document.querySelector('layer-diff').report = await diffImages(before, after)
 * @example <layer-diff before="ghcr.io/owner/app:1.0" after="ghcr.io/owner/app:1.1"></layer-diff>
 */
export class LayerDiffElement extends Base {
  /** @hidden */
  static readonly observedAttributes: readonly string[] = ATTRIBUTES

  private static sheet: CSSStyleSheet | undefined

  private readonly root: ShadowRoot
  private given: {
    report: Report | null
    before: Given | null
    after: Given | null
    image: ImageInput | null
    images: readonly ImageInput[] | null
    pull: string | null
  } = { report: null, before: null, after: null, image: null, images: null, pull: null }
  private settings: { options: ImageDiffOptions; words: Partial<Words>; density: Density } = {
    options: {},
    words: {},
    density: 'normal',
  }
  private now: LayerDiffState = 'idle'
  private run: AbortController | null = null
  private panel: Panel | null = null
  private sharing: Sharing | SharingJson | null = null
  private shown: Made | null = null
  private error: unknown = null
  private cancelled = false
  /** By side and layer, and by digest. */
  private readonly steps = new Map<string, LayerStep>()
  private readonly pulled = new Map<string, PullProgress>()
  private context: Context | null = null
  private locale: string | undefined
  private renderScheduled = false
  private startScheduled = false

  constructor() {
    super()
    this.root = this.attachShadow({ mode: 'open' })
    LayerDiffElement.sheet ??= sheetOf(css)
    this.root.adoptedStyleSheets = [LayerDiffElement.sheet]
  }

  /** What to show, already made; null for nothing. Comes before all that the element would make by itself. */
  get report(): Report | null {
    return this.given.report
  }
  set report(report: Report | null) {
    this.give({ report })
  }

  /**
   * What to compare: image names, addresses, Files, or lists of layers, bottom first. Also as the attributes `before` and
   * `after`, and by assigning to properties of these names, as frameworks do. Those cannot be read back: every element
   * has methods that are called so.
   */
  get inputs(): Inputs {
    const { before, after } = this.given
    return { before, after }
  }
  set inputs({ before, after }: Inputs) {
    this.give({ before, after })
  }

  /** One image to take apart; or one layer, to see what is in it. */
  get image(): ImageInput | null {
    return this.given.image
  }
  set image(image: ImageInput | null) {
    this.give({ image })
  }

  /** Several images, to see which layers they share. */
  get images(): readonly ImageInput[] | null {
    return this.given.images
  }
  set images(images: readonly ImageInput[] | null) {
    this.give({ images })
  }

  /** The name of an image to pull into the browser's cache, layer by layer. */
  get pull(): string | null {
    return this.given.pull
  }
  set pull(pull: string | null) {
    this.give({ pull })
  }

  /** How images are opened and compared, as diffImages takes it. `signal` and `onProgress` are the element's own. */
  get options(): ImageDiffOptions {
    return this.settings.options
  }
  set options(options: ImageDiffOptions) {
    this.settings.options = options ?? {}
    this.restart()
  }

  /** Words in place of the English ones. */
  get words(): Partial<Words> {
    return this.settings.words
  }
  set words(words: Partial<Words>) {
    this.settings.words = words ?? {}
    this.renew()
  }

  /** How close the rows of the tree stand. */
  get density(): Density {
    return this.settings.density
  }
  set density(density: Density) {
    this.settings.density = density in DENSITIES ? density : 'normal'
    this.renew()
  }

  /** What it is doing; also in data-layerdiff-state. */
  get state(): LayerDiffState {
    return this.now
  }

  /** Ends the work that is under way. */
  cancel(): void {
    if (this.run === null) return
    this.run.abort()
    this.run = null
    this.cancelled = true
    this.setState('idle')
  }

  /** Shows a path in the tree, and in full; false where no change that is shown has it. */
  select(path: string): boolean {
    return this.panel?.reveal(path) ?? false
  }

  /** @hidden The browser calls it. */
  connectedCallback(): void {
    // What was set before this class was known stands on the object itself, in the way of the setters.
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue
      const value = (this as Record<string, unknown>)[name]
      delete (this as Record<string, unknown>)[name]
      ;(this as Record<string, unknown>)[name] = value
    }
    this.dataset.layerdiffState = this.now
    // One that was only moved keeps what its reader has set.
    if (this.context === null || this.localeNow() !== this.locale) this.renew()
    else this.update()
    if (this.run === null && this.now === 'idle') this.restart()
  }

  /** @hidden The browser calls it. */
  disconnectedCallback(): void {
    // It may only be on its way to another place.
    queueMicrotask(() => {
      if (this.isConnected) return
      this.cancel()
      this.clear()
      this.setState('idle')
    })
  }

  /** @hidden The browser calls it. */
  attributeChangedCallback(name: (typeof ATTRIBUTES)[number], _old: string | null, value: string | null): void {
    if (name === 'lang') this.renew()
    else if (name === 'density') this.density = (value ?? 'normal') as Density
    else this.give({ [name]: value })
  }

  private give(given: Partial<typeof this.given>): void {
    this.given = { ...this.given, ...given }
    this.restart()
  }

  /** Starts anew, once all that is set in a row is set. */
  private restart(): void {
    if (this.startScheduled) return
    this.startScheduled = true
    queueMicrotask(() => {
      this.startScheduled = false
      if (this.isConnected) void this.start()
    })
  }

  private async start(): Promise<void> {
    this.run?.abort()
    this.run = null
    this.cancelled = false
    this.steps.clear()
    this.pulled.clear()
    const { report, before, after, image, images, pull } = this.given
    if (report !== null) {
      await this.show({ report, names: null })
      return
    }
    const { options } = this
    const reading = (signal: AbortSignal): ImageDiffOptions => ({
      ...options,
      signal,
      onProgress: (step) => this.onStep(step, signal),
    })
    if (before !== null && after !== null) {
      await this.work(async (signal) => {
        const { compare } = await import('./work.js')
        const { diff, names, close } = await compare(before, after, reading(signal))
        return { report: diff, names, close }
      })
    } else if (image !== null) {
      await this.work(async (signal) => {
        const { inspect } = await import('./work.js')
        return { ...(await inspect(image, reading(signal))), names: null }
      })
    } else if (images !== null) {
      await this.work(async (signal) => {
        const { compareAll } = await import('./work.js')
        return { report: await compareAll(images, { ...options, signal }), names: null }
      })
    } else if (pull !== null) {
      await this.work(async (signal) => {
        const work = await import('./work.js')
        const pulled = await work.pull(pull, { ...options, signal }, (progress) => this.onPull(progress, signal))
        await pulled.close()
        return { report: null, names: null }
      })
    } else {
      this.clear()
      this.setState('idle')
    }
  }

  private async work(make: (signal: AbortSignal) => Promise<Made>): Promise<void> {
    const run = new AbortController()
    this.run = run
    this.setState('working')
    try {
      const made = await make(run.signal)
      if (this.run !== run) {
        await made.close?.()
        return
      }
      this.run = null
      await this.show(made)
      if (this.shown === made) this.emit('layerdiff-done', { report: made.report })
    } catch (error) {
      if (this.run !== run) return
      this.run = null
      this.fail(error)
    }
  }

  /** Shows a report, or why it cannot be shown. */
  private async show(made: Made): Promise<void> {
    this.clear(made)
    const { report, names } = made
    this.shown = made
    try {
      const context = this.contextNow()
      if (report !== null) {
        if ('storedBytes' in report) this.sharing = report
        else if ('rows' in report) {
          const { ImagePanel } = await import('./image-panel.js')
          // It may have been overtaken, by another report or by other words.
          if (this.shown !== made || this.context !== context) return
          this.panel = new ImagePanel(report, context)
        } else this.panel = new DiffPanel(shownDiff(report), context, names)
      }
      this.setState('done')
    } catch (error) {
      if (this.shown === made) this.fail(error)
    }
  }

  private clear(keep?: Made): void {
    this.panel?.dispose()
    if (this.shown !== keep) void this.shown?.close?.()
    this.panel = null
    this.sharing = null
    this.shown = null
    this.error = null
  }

  private fail(error: unknown): void {
    this.clear()
    this.error = error
    this.setState('error')
    this.emit('layerdiff-error', { error })
  }

  private onStep(step: LayerProgress, signal: AbortSignal): void {
    if (signal.aborted || this.run?.signal !== signal) return
    const key = `${step.side} ${step.layer}`
    const now = performance.now()
    const { since = now, phase } = this.steps.get(key) ?? {}
    this.steps.set(key, { ...step, since: phase === 'reading' ? since : now, now })
    this.emit('layerdiff-progress', step)
    this.update()
  }

  private onPull(progress: PullProgress, signal: AbortSignal): void {
    if (signal.aborted || this.run?.signal !== signal) return
    this.pulled.set(`${progress.layer} ${progress.digest}`, progress)
    this.emit('layerdiff-progress', progress)
    this.update()
  }

  private setState(state: LayerDiffState): void {
    this.now = state
    this.dataset.layerdiffState = state
    this.update()
  }

  private emit<Name extends keyof LayerDiffEvents>(name: Name, detail: LayerDiffEvents[Name]['detail']): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }

  /** Other words, numbers or sizes: what is shown is made anew. */
  private renew(): void {
    this.context = null
    if (this.shown !== null) void this.show(this.shown)
    else this.update()
  }

  /** The nearest language of the page; undefined for the browser's own. */
  private localeNow(): string | undefined {
    return this.closest('[lang]')?.getAttribute('lang') || undefined
  }

  private contextNow(): Context {
    if (this.context === null) {
      this.locale = this.localeNow()
      const numbers = new Numbers(this.locale)
      this.context = {
        numbers,
        speech: new Speech(
          this.settings.words,
          (n) => numbers.plural(n),
          (n) => numbers.count(n),
        ),
        rowHeight: DENSITIES[this.settings.density],
        update: () => this.update(),
        emit: (name, detail) => this.emit(name, detail as LayerDiffEvents[typeof name]['detail']),
      }
    }
    return this.context
  }

  private update(): void {
    if (this.renderScheduled) return
    this.renderScheduled = true
    queueMicrotask(() => {
      this.renderScheduled = false
      if (this.isConnected) render(this.template(), this.root)
    })
  }

  private template(): TemplateResult {
    const context = this.contextNow()
    return html`<div class="frame ${this.density}" part="frame" aria-busy=${this.now === 'working'}>
      ${this.body(context)}
    </div>`
  }

  /** Whether what was given is more than one thing; a stack beside an empty one is looked at by itself. */
  private get compares(): boolean {
    const { report, before, after, images } = this.given
    const isGiven = (given: Given | null) => (Array.isArray(given) ? given.length > 0 : given !== null)
    return report === null && (images !== null || (isGiven(before) && isGiven(after)))
  }

  private body(context: Context): TemplateResult | typeof nothing {
    switch (this.now) {
      case 'idle':
        if (!this.cancelled) return html`<p class="empty">${context.speech.say('idle')}</p>`
        return html`<p class="empty">
          ${context.speech.say('cancelled')}
          <button type="button" @click=${() => this.restart()}>${context.speech.say('again')}</button>
        </p>`
      case 'working': {
        const onCancel = () => this.cancel()
        if (this.given.pull !== null && this.pulled.size > 0) {
          return pullView(this.given.pull, [...this.pulled.values()], onCancel, context)
        }
        const nameOf = ({ side, layer }: LayerStep) => `${context.speech.say(side)} ${layer}`
        return progressView([...this.steps.values()], nameOf, onCancel, context)
      }
      case 'error': {
        const canRetry = this.given.report === null
        const heading = this.compares ? 'failed' : 'unread'
        return failureView(this.error, heading, canRetry ? () => this.restart() : null, context)
      }
      case 'done':
        if (this.sharing !== null) return sharingView(this.sharing, context)
        if (this.panel !== null) return this.panel.template()
        return this.given.pull === null ? nothing : pullView(this.given.pull, [...this.pulled.values()], null, context)
    }
  }
}

/** Assigning gives an input; reading gives the method that every element has. */
function acceptInput(name: 'before' | 'after'): void {
  const method = Base.prototype[name]
  Object.defineProperty(LayerDiffElement.prototype, name, {
    get: () => method,
    set(this: LayerDiffElement, value: Given | null) {
      this.inputs = { ...this.inputs, [name]: value }
    },
  })
}

function sheetOf(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  return sheet
}

declare global {
  interface HTMLElementTagNameMap {
    'layer-diff': LayerDiffElement
  }
  interface HTMLElementEventMap extends LayerDiffEvents {}
  interface DocumentEventMap extends LayerDiffEvents {}
}

if (globalThis.customElements && !customElements.get('layer-diff')) {
  for (const name of ['before', 'after'] as const) acceptInput(name)
  customElements.define('layer-diff', LayerDiffElement)
}
