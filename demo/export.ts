// A report as a file to keep: its JSON, Markdown for a pull request, or a page of its own that works without a network.

import type { ImageDiff, LayerDiff } from 'layerdiff'
import { el } from './dom.js'

export const EXPORTS = ['json', 'markdown', 'html'] as const
export type ExportKind = (typeof EXPORTS)[number]

const FILES: Readonly<Record<ExportKind, readonly [name: string, type: string]>> = {
  json: ['layerdiff.json', 'application/json'],
  markdown: ['layerdiff.md', 'text/markdown'],
  html: ['layerdiff.html', 'text/html'],
}

/** Hands the file to the browser's downloads. */
export async function exportReport(report: LayerDiff | ImageDiff, kind: ExportKind): Promise<void> {
  const [name, type] = FILES[kind]
  const url = URL.createObjectURL(new Blob([await textOf(report, kind)], { type }))
  el('a', { href: url, download: name }).click()
  // Not at once: the download begins after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

async function textOf(report: LayerDiff | ImageDiff, kind: ExportKind): Promise<string> {
  if (kind === 'json') return `${JSON.stringify(report)}\n`
  if (kind === 'markdown') {
    const { markdownReport } = await import('layerdiff/report/markdown')
    return markdownReport(report)
  }
  const { htmlReport } = await import('layerdiff/report/html')
  return htmlReport(report)
}
