// One side of the comparison: a drop zone and its stack of layer files, bottom first, which can be added to, reordered
// and emptied. While a comparison runs, each layer shows how far it is.

import { escapeText, type LayerProgress, type Side } from 'layerdiff'
import { el } from './dom.js'
import { formatBytes, formatCount } from './format.js'

/** A layer's row, and the parts of it that change. */
interface Row {
  readonly item: HTMLLIElement
  readonly note: HTMLElement
  readonly bar: HTMLProgressElement
}

const TITLES: Readonly<Record<Side, string>> = { before: 'Before', after: 'After' }

export class StackView {
  private layers: readonly File[] = []
  private rows: readonly Row[] = []
  /** Layers that the other side has too. */
  private shared: ReadonlySet<File> = new Set()
  private readonly list = el('ol', { class: 'layers', start: 0 })
  private readonly empty = el('p', { class: 'empty' })
  private readonly clear = el('button', { type: 'button', class: 'quiet' }, 'Remove all')

  /**
   * @param root takes the drop zone
   * @param onAdd is given the files that were dropped or picked
   * @param onEdit is given the stack as the user reordered or shortened it
   */
  constructor(
    readonly side: Side,
    private readonly root: HTMLElement,
    onAdd: (files: readonly File[]) => void,
    private readonly onEdit: (files: readonly File[]) => void,
  ) {
    const input = el('input', { type: 'file', multiple: true, hidden: true })
    input.addEventListener('change', () => {
      const files = Array.from(input.files ?? [])
      input.value = '' // the same file may be picked again
      if (files.length > 0) onAdd(files)
    })
    const add = el('button', { type: 'button', class: 'add' }, 'Add layers…')
    add.addEventListener('click', () => input.click())
    this.clear.addEventListener('click', () => {
      this.onEdit([])
      add.focus()
    })
    this.list.setAttribute('aria-label', `Layers of the ${side} side, bottom first`)
    this.empty.append(el('strong', {}, 'Drop layers here'), ' or add them with the button, the bottom one first.')
    this.root.append(
      el('header', {}, el('h2', { id: `${side}-title` }, TITLES[side]), add, this.clear, input),
      this.empty,
      this.list,
    )
    this.acceptDrops(onAdd)
    this.show([])
  }

  get files(): readonly File[] {
    return this.layers
  }

  /** What to call a layer: its place and its file's name. */
  nameOf(layer: number): string {
    const file = this.layers[layer]
    return file ? `${layer} · ${escapeText(file.name)}` : String(layer)
  }

  show(layers: readonly File[], shared: ReadonlySet<File> = new Set()): void {
    this.layers = layers
    this.shared = shared
    this.rows = layers.map((file, index) => this.makeRow(file, index))
    this.list.replaceChildren(...this.rows.map(({ item }) => item))
    this.empty.hidden = layers.length > 0
    this.list.hidden = layers.length === 0
    this.clear.hidden = layers.length === 0
  }

  /** All layers as they are before a run. */
  rest(): void {
    this.rows.forEach((row, index) => {
      const file = this.layers[index]
      row.item.dataset.phase = 'idle'
      row.bar.hidden = true
      if (file) row.note.textContent = formatBytes(file.size)
    })
  }

  showProgress({ layer, phase, bytesIn, bytesTotal, bytesOut, entries }: LayerProgress): void {
    const row = this.rows[layer]
    if (!row) return
    row.item.dataset.phase = phase
    row.bar.hidden = phase === 'done'
    if (phase === 'waiting') {
      row.note.textContent = 'Waiting'
      return
    }
    if (bytesTotal) row.bar.value = bytesIn / bytesTotal
    const unpacked = `${formatBytes(bytesIn)}, unpacked ${formatBytes(bytesOut)}`
    const counted = `${formatCount(entries)} ${entries === 1 ? 'entry' : 'entries'}`
    const part = bytesTotal ? `${Math.floor((bytesIn / bytesTotal) * 100)} % of ${formatBytes(bytesTotal)}` : unpacked
    row.note.textContent = phase === 'done' ? `${unpacked}, ${counted}` : `${part}, ${counted}`
  }

  markFailed(layer: number): void {
    const row = this.rows[layer]
    if (!row) return
    row.item.dataset.phase = 'failed'
    row.bar.hidden = true
    row.note.textContent = 'Could not be read'
  }

  private makeRow(file: File, index: number): Row {
    const name = escapeText(file.name)
    const button = (label: string, sign: string, usable: boolean, edit: () => void) => {
      const made = el(
        'button',
        { type: 'button', class: 'icon', title: label, 'aria-label': `${label}: ${name}` },
        sign,
      )
      made.disabled = !usable
      made.addEventListener('click', edit)
      return made
    }
    const note = el('span', { class: 'note' }, formatBytes(file.size))
    const bar = el('progress', { max: 1, value: 0, 'aria-label': `Progress of ${name}` })
    bar.hidden = true
    const item = el(
      'li',
      { 'data-phase': 'idle' },
      el('span', { class: 'place', 'aria-hidden': 'true' }, String(index)),
      el('span', { class: 'name' }, name),
      ...(this.shared.has(file)
        ? [el('span', { class: 'badge', title: 'On both sides, so it is read once' }, 'shared')]
        : []),
      note,
      el(
        'span',
        { class: 'buttons' },
        button('Move up the list', '↑', index > 0, () => this.move(index, -1)),
        button('Move down the list', '↓', index < this.layers.length - 1, () => this.move(index, 1)),
        button('Remove', '×', true, () => this.remove(index)),
      ),
      bar,
    )
    return { item, note, bar }
  }

  private move(index: number, by: -1 | 1): void {
    const files = this.layers.slice()
    files.splice(index + by, 0, ...files.splice(index, 1))
    this.onEdit(files)
    // The row is another element now: the focus follows the layer, to the other arrow where it has come to an end.
    const buttons = this.rows[index + by]?.item.querySelectorAll<HTMLButtonElement>('button:enabled')
    const wanted = this.rows[index + by]?.item.querySelectorAll<HTMLButtonElement>('button')[by < 0 ? 0 : 1]
    if (wanted && !wanted.disabled) wanted.focus()
    else buttons?.[0]?.focus()
  }

  private remove(index: number): void {
    this.onEdit(this.layers.filter((_, other) => other !== index))
    const next = this.rows[Math.min(index, this.rows.length - 1)]
    const target =
      next?.item.querySelector<HTMLButtonElement>('button:last-of-type') ?? this.root.querySelector('button')
    target?.focus()
  }

  private acceptDrops(onAdd: (files: readonly File[]) => void): void {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    this.root.addEventListener('dragover', (event) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
      this.root.classList.add('dropping')
    })
    this.root.addEventListener('dragleave', (event) => {
      if (!this.root.contains(event.relatedTarget as Node | null)) this.root.classList.remove('dropping')
    })
    this.root.addEventListener('drop', (event) => {
      this.root.classList.remove('dropping')
      if (!hasFiles(event)) return
      event.preventDefault()
      const files = Array.from(event.dataTransfer?.files ?? [])
      if (files.length > 0) onAdd(files)
    })
  }
}
