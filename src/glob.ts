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
    return patterns.some((pattern) => pattern.test(text))
  }
}

/** A class, an escaped character, stars, or any other one. */
const ELEMENT = /\[(?:[!^]|(?![!^]))(?:\\.|[^\\])(?:\\.|[^\]\\])*\]|\\.|\*+|./gs

/** `text` has a character for each byte of the glob. */
function patternOf(text: string): RegExp {
  const directoriesOnly = text.endsWith('/')
  const bare = text.replace(/^\//, '').replace(/\/$/, '')
  const anchored = text.replace(/\/$/, '').includes('/')
  const elements = bare.match(ELEMENT) ?? []
  let source = ''
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i] as string
    const spans = element === '**' && (i === 0 || elements[i - 1] === '/')
    if (spans && i === elements.length - 1) source += '.+'
    else if (spans && elements[i + 1] === '/') {
      source += '(?:.*/)?'
      i++
    } else source += elementSource(element)
  }
  // What is below a directory is matched through it, and no component is empty.
  const end = directoriesOnly ? '(?<=[^/])/' : '(?<=[^/])(?:/|$)'
  return new RegExp(`${anchored ? '^' : '(?:^|/)'}${source}${end}`, 's')
}

function elementSource(element: string): string {
  if (element.startsWith('*')) return '[^/]*'
  if (element === '?') return '[^/]'
  if (element.length > 1 && element.startsWith('[')) return classSource(element)
  return literal(element.length > 1 ? element.slice(1) : element)
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
