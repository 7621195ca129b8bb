// Globs in gitignore's manner, for what is asked of paths after a diff: the same answers as assembly/glob.ts gives. Pure.
//
// Without a slash inside, a glob matches a name anywhere, with one a path from the root; a directory takes all below it along.
// `*`, `?` and `[a-z]` stay in one component, `**` spans several. Bytes are compared, as the engine does.

/** A character for each byte. */
function byteText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** A path, as changes have it. */
export interface GlobPath {
  readonly path: string
  readonly pathBytes?: Uint8Array
  /** Default false. */
  readonly isDirectory?: boolean
}

/** Whether any of the globs matches a path, or a directory above it. */
export function globMatcher(globs: readonly string[]): (path: GlobPath) => boolean {
  const encoder = new TextEncoder()
  const patterns = globs.map((glob) => patternOf(byteText(encoder.encode(glob))))
  return ({ path, pathBytes, isDirectory = false }) => {
    const text = byteText(pathBytes ?? encoder.encode(path)) + (isDirectory ? '/' : '')
    return patterns.some((pattern) => matches(pattern, text))
  }
}

/** A class, an escaped character, stars, or any other one. */
const ELEMENT = /\[(?:[!^]|(?![!^]))(?:\\.|[^\\])(?:\\.|[^\]\\])*\]|\\.|\*+|./gs

/** Takes any of one component, any number of components, or all that is left; else one character, by its code or by a test. */
type Step = 'star' | 'span' | 'rest' | number | RegExp

interface Pattern {
  readonly steps: readonly Step[]
  readonly anchored: boolean
  readonly directoriesOnly: boolean
}

/** `text` has a character for each byte of the glob. */
function patternOf(text: string): Pattern {
  const bare = text.replace(/^\//, '').replace(/\/$/, '')
  const elements = bare.match(ELEMENT) ?? []
  const steps: Step[] = []
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i] as string
    const spans = element === '**' && (i === 0 || elements[i - 1] === '/')
    if (spans && i === elements.length - 1) steps.push('rest')
    else if (spans && elements[i + 1] === '/') {
      steps.push('span')
      i++
    } else if (element.startsWith('*')) steps.push('star')
    else steps.push(stepOf(element))
  }
  const anchored = text.replace(/\/$/, '').includes('/')
  return { steps, anchored, directoriesOnly: text.endsWith('/') }
}

/** Whether a pattern matches a path or a directory above it; without an anchor from any component on. */
function matches(pattern: Pattern, text: string): boolean {
  for (let start = 0; ; ) {
    if (matchesFrom(pattern, text, start)) return true
    start = text.indexOf('/', start) + 1
    if (pattern.anchored || start === 0) return false
  }
}

/** As in assembly/glob.ts, with as few places to go back to: a hostile name makes no expression go through them all. */
function matchesFrom({ steps, directoriesOnly }: Pattern, text: string, start: number): boolean {
  let [step, at] = [0, start]
  let star: { readonly step: number; at: number } | null = null
  let span: { readonly step: number; at: number } | null = null
  for (;;) {
    const wanted = steps[step]
    if (wanted === 'rest') return directoriesOnly ? text.indexOf('/', at) > at : at < text.length
    if (wanted === undefined) {
      // What is below a directory is matched through it, and no component is empty.
      const ends = text[at] === '/' || (!directoriesOnly && at === text.length)
      if (ends && at > 0 && text[at - 1] !== '/') return true
    } else if (wanted === 'star') {
      star = { step: ++step, at }
      continue
    } else if (wanted === 'span') {
      span = { step: ++step, at }
      star = null
      continue
    } else if (at < text.length && takes(wanted, text, at)) {
      step++
      at++
      continue
    }
    // The last star takes one character more, or the last span one component.
    if (star !== null && star.at < text.length && text[star.at] !== '/') {
      at = ++star.at
      step = star.step
    } else if (span !== null) {
      span.at = text.indexOf('/', span.at) + 1
      if (span.at === 0) return false
      at = span.at
      step = span.step
      star = null
    } else {
      return false
    }
  }
}

function takes(step: number | RegExp, text: string, at: number): boolean {
  return typeof step === 'number' ? text.charCodeAt(at) === step : step.test(text[at] as string)
}

function stepOf(element: string): number | RegExp {
  if (element === '?') return /^[^/]$/
  if (element.length > 1 && element.startsWith('[')) return new RegExp(`^${classSource(element)}$`, 's')
  return element.charCodeAt(element.length - 1)
}

function classSource(element: string): string {
  const [, not = '', members = ''] = /^\[([!^]?)(.*)\]$/s.exec(element) ?? []
  const ranges = Array.from(members.matchAll(/(\\.|.)(?:-(\\.|.))?/gs), ([, low = '', high = low]) => {
    const [from, to] = [low.slice(-1), high.slice(-1)]
    return from <= to ? `${literal(from)}-${literal(to)}` : ''
  })
  return `(?!/)[${not ? '^' : ''}${ranges.join('')}]`
}

function literal(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}
