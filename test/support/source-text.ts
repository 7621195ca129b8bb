// A source file as the architecture test reads it: without comments, and with or without the contents of its strings.
// TypeScript 7 offers no parser to others, and import rules need none: knowing where comments, strings, templates and
// regular expressions begin and end is enough.

export interface SourceText {
  /** The text with comments turned into spaces. */
  code: string
  /** The same, with the insides of strings, templates' text parts and regular expressions turned into spaces as well. */
  bare: string
}

export interface Import {
  specifier: string
  /** Line number, from 1. */
  line: number
}

/** After one of these a slash begins a regular expression; after a name, a number or a closing bracket it divides. */
const beforeRegExp = /(?:^|[=([{,;:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete|await|yield))\s*$/

/** Splits `text`; both results have its length and its line breaks. */
export function readSource(text: string): SourceText {
  let code = ''
  let bare = ''
  // The braces open inside each `${`; its end returns to the template's text.
  const templates: number[] = []
  let at = 0

  const blank = (part: string) => part.replace(/[^\n]/g, ' ')
  const take = (length: number) => {
    const part = text.slice(at, at + length)
    at += length
    return part
  }
  const plain = (length: number) => {
    const part = take(length)
    code += part
    bare += part
  }
  const comment = (end: number) => {
    const part = blank(take(end - at))
    code += part
    bare += part
  }
  const hidden = (end: number) => {
    const part = take(end - at)
    code += part
    bare += blank(part)
  }
  /** The text part of a template: up to its closing quote or to `${`. */
  const template = () => {
    const found = /(?:[^`$\\]|\\[\s\S]|\$(?!\{))*/y
    found.lastIndex = at
    found.test(text)
    hidden(found.lastIndex)
    if (text.startsWith('${', at)) {
      plain(2)
      templates.push(0)
    } else if (at < text.length) plain(1)
  }
  /** A literal between delimiters, of which `body` matches the inside. */
  const literal = (body: RegExp) => {
    plain(1)
    body.lastIndex = at
    body.test(text)
    hidden(body.lastIndex)
    if (at < text.length) plain(1)
  }

  while (at < text.length) {
    const c = text[at]
    if (text.startsWith('//', at) || (at === 0 && text.startsWith('#!'))) {
      const end = text.indexOf('\n', at)
      comment(end < 0 ? text.length : end)
    } else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2)
      comment(end < 0 ? text.length : end + 2)
    } else if (c === "'") literal(/(?:[^'\\\n]|\\[\s\S])*/y)
    else if (c === '"') literal(/(?:[^"\\\n]|\\[\s\S])*/y)
    else if (c === '/' && beforeRegExp.test(bare)) literal(/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])*/y)
    else if (c === '`') {
      plain(1)
      template()
    } else if (c === '}' && templates.at(-1) === 0) {
      templates.pop()
      plain(1)
      template()
    } else {
      if (templates.length > 0 && c === '{') templates[templates.length - 1]++
      if (templates.length > 0 && c === '}') templates[templates.length - 1]--
      plain(1)
    }
  }
  return { code, bare }
}

/** Every module that a source names: static imports, re-exports, `import()` and `import()` types. */
export function listImports({ code, bare }: SourceText): Import[] {
  return [...bare.matchAll(/(?<![.\w$])(?:from|import)\s*\(?\s*(['"`])[ ]*\1/g)].map((match) => {
    const end = match.index + match[0].length - 1
    const start = bare.lastIndexOf(match[1], end - 1) + 1
    return { specifier: code.slice(start, end), line: lineAt(bare, match.index) }
  })
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
