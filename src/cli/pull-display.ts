// How a pull is shown while it goes on: on a terminal a line for each layer, rewritten in place; elsewhere a line for each
// news.

import type { PullProgress } from '../index.js'
import { pullLine } from '../report/pull.js'

/** The part of a terminal's stream that is needed. */
export interface PullTerminal {
  readonly isTTY?: boolean | undefined
  /** 0 or undefined where nobody told the terminal its size. */
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  write(text: string): unknown
}

export class PullDisplay {
  /** Layers by digest, in the order of their lines; one that comes twice in an image has one. */
  private readonly lines = new Map<string, string>()

  constructor(private readonly terminal: PullTerminal) {}

  update(progress: PullProgress): void {
    const { digest, status } = progress
    // Downloading goes on and on: where nothing can be rewritten, it is no news.
    if (!this.terminal.isTTY && status === 'Downloading') return
    // A full line would wrap, and could not be rewritten.
    const text = pullLine(progress, this.terminal.isTTY ? (this.terminal.columns || 80) - 1 : undefined)
    const before = this.lines.get(digest)
    if (before === text) return
    this.lines.set(digest, text)
    if (before === undefined || !this.terminal.isTTY) this.terminal.write(`${text}\n`)
    else this.rewrite([...this.lines.keys()].indexOf(digest), text)
  }

  private rewrite(line: number, text: string): void {
    const up = this.lines.size - line
    // What has scrolled off cannot be reached: another line would be written over.
    if (up >= (this.terminal.rows || 24)) return
    this.terminal.write(`\x1b[${up}A\r\x1b[2K${text}\r\x1b[${up}B`)
  }
}
