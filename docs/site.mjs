// What typedoc is told by the project: modules are called as they are imported, guides by their headings, and errors by
// their class.
//
// Takes: typedoc's application, before it converts. Gives: names of modules and documents.

import { Comment, Converter, DocumentReflection, ReflectionKind } from 'typedoc'

/** What is imported, and what it is, by the file below src/. @type {Record<string, [name: string, summary: string]>} */
const MODULES = {
  index: [
    'layerdiff',
    'Diffs of layers and images. `layerdiff/inline` and `layerdiff/browser` export the same names: the first is one file that starts no worker, the second is for pages without a bundler.',
  ],
  'element/element': ['layerdiff/element', 'The custom element `<layer-diff>`, which importing this module defines.'],
  'report/html': ['layerdiff/report/html', 'A diff as one page that needs nothing else.'],
  'report/markdown': ['layerdiff/report/markdown', 'A diff as a comment on a pull request.'],
  'report/gates': ['layerdiff/report/gates', 'Rules that a diff must keep to.'],
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const reflection of Object.values(context.project.reflections)) {
      if (reflection instanceof DocumentReflection) reflection.name = headingOf(reflection)
      for (const tag of reflection.comment?.getTags('@throws') ?? []) {
        // The braces of a docstring are a type to typedoc, which it does not show.
        tag.content.unshift({ kind: 'code', text: '`LayerDiffError`' }, { kind: 'text', text: ' ' })
      }
      if (!reflection.kindOf(ReflectionKind.Module)) continue
      const [name, summary] = MODULES[reflection.name.replace(/^src\/?/, '') || 'index'] ?? []
      if (name === undefined) throw new Error(`docs/site.mjs does not know what ${reflection.name} is imported as`)
      reflection.name = name
      reflection.comment ??= new Comment([{ kind: 'text', text: summary }])
    }
  })
}

/** The first heading, which every guide begins with. @param {DocumentReflection} document */
function headingOf(document) {
  const text = document.content.map((part) => part.text).join('')
  const [, heading] = /^# (.+)$/m.exec(text) ?? []
  if (heading === undefined) throw new Error(`the guide ${document.name} has no heading`)
  return heading.replaceAll('`', '')
}
