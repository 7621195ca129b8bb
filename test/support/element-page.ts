// <layer-diff> in a page of the tests: images to show, and how to look into its shadow root.

import { expect, vi } from 'vitest'
import '../../src/element/element.js'
import type { LayerDiffElement, LayerDiffEvents } from '../../src/element/element.js'
import { Layout, layer, named } from './image-builder.js'
import { directory, file, symlink, tar, whiteout } from './tar-builder.js'

/** Two images that share two layers, as files. */
export async function makeImages(): Promise<{ before: File; after: File }> {
  const base = await layer(
    tar([
      directory('etc'),
      file('etc/passwd', 'root'),
      directory('srv'),
      file('srv/old.bin', 'o'.repeat(5000)),
      file('srv/app', 'app', { mode: 0o644 }),
    ]),
  )
  const config = await layer(tar([file('etc/app.conf', 'a = 1\n')]))
  const top = await layer(
    tar([
      file('srv/app', 'app', { mode: 0o755, uid: 1000 }),
      whiteout('srv/old.bin'),
      directory('srv/lib'),
      file('srv/lib/one.js', '1'.repeat(2000)),
      file('srv/lib/two.js', '2'.repeat(100)),
      symlink('srv/link', 'app'),
    ]),
  )
  const before = await archive('app:1', [base, config], { Env: ['MODE=one'] })
  const after = await archive('app:2', [base, config, top], { Env: ['MODE=two'], User: 'app' })
  return { before, after }
}

async function archive(name: string, layers: Parameters<Layout['image']>[0], config: object): Promise<File> {
  const layout = new Layout()
  const bytes = layout.tar([await layout.image(layers, { config, descriptor: named(name) })])
  return new File([bytes as Uint8Array<ArrayBuffer>], `${name.replace(':', '-')}.tar`)
}

export const layerFile = (parts: Parameters<typeof tar>[0]) =>
  new File([tar(parts) as Uint8Array<ArrayBuffer>], 'layer.tar')

export function mount(properties: Partial<LayerDiffElement> = {}): LayerDiffElement {
  const element = document.createElement('layer-diff')
  Object.assign(element, properties)
  document.body.append(element)
  return element
}

/** The next event of a name. */
export function next<Name extends keyof LayerDiffEvents>(
  element: LayerDiffElement,
  name: Name,
): Promise<LayerDiffEvents[Name]> {
  return new Promise((resolve) => element.addEventListener(name, (event) => resolve(event), { once: true }))
}

/** What comes comes; how soon is not the tests' business. */
export function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: 20_000 })
}

export async function settled(element: LayerDiffElement, state = 'done'): Promise<LayerDiffElement> {
  await eventually(() => expect(element.dataset.layerdiffState).toBe(state))
  return element
}

export const all = (element: LayerDiffElement, selector: string) =>
  Array.from((element.shadowRoot as ShadowRoot).querySelectorAll<HTMLElement>(selector))

export function one(element: LayerDiffElement, selector: string): HTMLElement {
  const [found] = all(element, selector)
  if (!found) throw new Error(`no ${selector}`)
  return found
}

export const textOf = (element: Element) => element.textContent?.replace(/\s+/g, ' ').trim() ?? ''

/** The names in the tree, with their depth as blanks. */
export const names = (element: LayerDiffElement) =>
  all(element, '.tree .row').map(
    (row) => `${' '.repeat(Number(row.ariaLevel) - 1)}${textOf(row.querySelector('.text') as Element)}`,
  )

/** Of the diff of the two images. */
export const ALL_NAMES = ['srv/', ' lib/', '  one.js', '  two.js', ' app', ' link → app', ' old.bin']

export async function shows(element: LayerDiffElement, expected: readonly string[]): Promise<void> {
  await eventually(() => expect(names(element)).toEqual(expected))
}
