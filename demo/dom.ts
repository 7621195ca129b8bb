// Elements, made with the DOM alone. Strings become text nodes: names from layers never meet an HTML parser.

type Attributes = Readonly<Record<string, string | number | boolean>>

/** An element with attributes (`true` is the empty one, `false` is none) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children)
  return element
}

/**
 * The element of the page's own HTML with this id.
 * @throws {Error} where the page has none of that kind
 */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id)
  if (element instanceof kind) return element
  throw new Error(`The page has no ${kind.name} with the id ${id}.`)
}
