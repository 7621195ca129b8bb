// A worker as its engine sees it, whoever made it: spawn.browser.ts, spawn.node.ts, or in-thread.ts in their stead.

import type { FromWorker, Port, ToWorker } from './protocol.js'

/** The origin of a worker that the caller gave. */
export const OWN_WORKER = 'the option worker'

/** A worker, or what stands in for one. */
export interface WorkerHandle extends Port<ToWorker, FromWorker> {
  readonly inThread: boolean
  /** What it was started from, and why not from what was tried before; for who looks for a fault. */
  readonly origin: string
  /** Set once; told why when the worker ends by itself. */
  onDeath: ((cause: unknown) => void) | null
  /** Whether it has work, and so should keep the process alive. Browsers need no telling. */
  hold(busy: boolean): void
  terminate(): Promise<void>
}
