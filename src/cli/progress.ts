// The progress line: how far the layers are read, on one line of a terminal that is rewritten and, in the end, cleared.

import type { LayerProgress } from '../index.js'
import { formatBytes, formatCount } from '../report/figures.js'

/** The part of a terminal's stream that is needed. */
export interface ProgressTerminal {
  /** 0 or undefined where nobody told the terminal its size. */
  readonly columns: number | undefined
  write(text: string): unknown
}

/** More often than this nobody can read it. */
const INTERVAL_MS = 100

export class ProgressLine {
  private readonly layers = new Map<string, LayerProgress>()
  private shown = 0
  private drawnAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly terminal: ProgressTerminal,
    private readonly now: () => number = () => performance.now(),
  ) {}

  update(progress: LayerProgress): void {
    this.layers.set(`${progress.side} ${progress.layer}`, progress)
    // All layers say at once that they wait: what is known before the first is read is no news.
    if (progress.phase === 'waiting' || this.now() - this.drawnAt < INTERVAL_MS) return
    this.drawnAt = this.now()
    this.draw(progressText([...this.layers.values()]))
  }

  clear(): void {
    if (this.shown > 0) this.terminal.write(`\r${' '.repeat(this.shown)}\r`)
    this.shown = 0
  }

  private draw(text: string): void {
    // A full line would wrap, and could not be taken back. Blanks rather than an escape sequence: every terminal has them.
    const line = text.slice(0, (this.terminal.columns || 80) - 1)
    this.terminal.write(`\r${line.padEnd(this.shown)}`)
    this.shown = line.length
  }
}

export function progressText(layers: readonly LayerProgress[]): string {
  const sum = (of: (layer: LayerProgress) => number) => layers.reduce((total, layer) => total + of(layer), 0)
  const done = layers.filter(({ phase }) => phase === 'done').length
  const entries = `${formatCount(sum((layer) => layer.entries))} entries`
  if (done === layers.length) return `Comparing ${entries}`
  const bytes = sum(({ bytesIn }) => bytesIn)
  // Layers that wait may not be opened yet, and so be of unknown size: a share of the rest would run backwards.
  const total = layers.every(({ bytesTotal }) => bytesTotal !== null) ? sum(({ bytesTotal }) => bytesTotal ?? 0) : 0
  const read = total > 0 ? `${Math.floor((100 * bytes) / total)}% of ${formatBytes(total)}` : formatBytes(bytes)
  return `Reading layers (${done} of ${layers.length} done): ${read}, ${entries}`
}
