// One side of the comparison: files that were dropped or picked, or the name of an image in a registry.
//
// One file is an image or a layer; several are a stack of layers, bottom first, whose order the reader sets.

import { escapeText } from 'layerdiff'
import type { Given } from 'layerdiff/element'
import { el } from './dom.js'

export type SideName = 'before' | 'after'

/** What one side holds: files, or a name, or nothing. */
export interface Input {
  readonly files: readonly File[]
  readonly name: string
}

const TITLES: Readonly<Record<SideName, string>> = { before: 'Before', after: 'After' }

export class SideView {
  private input: Input = { files: [], name: '' }
  private readonly list = el('ol', { class: 'files', start: 0 })
  private readonly name: HTMLInputElement
  private readonly clear = el('button', { type: 'button', class: 'quiet' }, 'Remove')

  /**
   * @param root takes the drop zone
   * @param onEdit is told when the reader has changed what the side holds
   */
  constructor(
    readonly side: SideName,
    private readonly root: HTMLElement,
    private readonly onEdit: (input: Input) => void,
  ) {
    const picker = el('input', { type: 'file', multiple: true, hidden: true })
    picker.addEventListener('change', () => {
      const files = Array.from(picker.files ?? [])
      picker.value = '' // the same file may be picked again
      if (files.length > 0) this.onEdit({ files, name: '' })
    })
    const choose = el('button', { type: 'button', class: 'choose' }, 'Choose files…')
    choose.addEventListener('click', () => picker.click())
    this.clear.addEventListener('click', () => {
      this.onEdit({ files: [], name: '' })
      choose.focus()
    })
    this.name = el('input', {
      type: 'text',
      placeholder: 'or an image name, such as alpine:3.20',
      'aria-label': `Name of the image ${side}`,
      spellcheck: 'false',
      autocapitalize: 'none',
      autocomplete: 'off',
    })
    const form = el('form', {}, this.name)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.onEdit({ files: [], name: this.name.value.trim() })
    })
    this.name.addEventListener('change', () => this.onEdit({ files: [], name: this.name.value.trim() }))
    this.root.append(
      el('header', {}, el('h2', { id: `${side}-title` }, TITLES[side]), this.clear, choose, picker),
      el('p', { class: 'hint' }, 'Drop a docker save or OCI archive here, or layers, the bottom one first'),
      this.list,
      form,
    )
    this.acceptDrops()
    this.show(this.input)
  }

  get value(): Input {
    return this.input
  }

  /** What the element takes; null for nothing. */
  get given(): Given | null {
    const { files, name } = this.input
    if (files.length > 1) return files
    return files[0] ?? (name === '' ? null : name)
  }

  show(input: Input): void {
    this.input = input
    const { files, name } = input
    this.name.value = name
    this.list.replaceChildren(...files.map((file, index) => this.makeRow(file, index)))
    this.root.classList.toggle('empty', files.length === 0)
    this.list.hidden = files.length === 0
    this.clear.hidden = files.length === 0 && name === ''
  }

  private makeRow(file: File, index: number): HTMLLIElement {
    const { files } = this.input
    const name = escapeText(file.name)
    if (files.length === 1) return el('li', {}, el('span', { class: 'name' }, name))
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
    return el(
      'li',
      {},
      el('span', { class: 'place', 'aria-hidden': 'true' }, String(index)),
      el('span', { class: 'name' }, name),
      button('Move up the list', '↑', index > 0, () => this.move(index, -1)),
      button('Move down the list', '↓', index < files.length - 1, () => this.move(index, 1)),
    )
  }

  private move(index: number, by: -1 | 1): void {
    const files = this.input.files.slice()
    files.splice(index + by, 0, ...files.splice(index, 1))
    this.onEdit({ files, name: '' })
    // The row is another element now: the focus follows the layer, to the other arrow where it has come to an end.
    const buttons = Array.from(this.list.children[index + by]?.querySelectorAll('button') ?? [])
    const wanted = buttons[by < 0 ? 0 : 1]
    ;(wanted?.disabled ? buttons.find(({ disabled }) => !disabled) : wanted)?.focus()
  }

  private acceptDrops(): void {
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
      if (files.length > 0) this.onEdit({ files, name: '' })
    })
  }
}
