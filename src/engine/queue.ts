// Jobs that wait for a worker, in the order in which they get one.
//
// A call of the engine is made of jobs: a layer each, then the comparison. A free worker goes to the call that has the fewest jobs
// at work, and among those to the oldest. So one call alone has all workers; of many at once each is finished in its turn, and its
// memory given back, before those that came later hold any; and a large one holds up none that wait behind it.

import type { OpenedInput } from '../input/source.js'
import type { Job, JobProgress } from './protocol.js'

/** What a call's turn depends on. */
export interface Turn {
  /** The order in which calls came. */
  readonly number: number
  /** Its jobs at work. */
  running: number
}

/** A job, and who waits for it. */
export interface Task {
  readonly call: Turn
  /** Makes the job when a worker is free: what is to be read is opened no earlier. */
  prepare(): Promise<{ job: Job; opened?: OpenedInput; transfer?: Transferable[] }>
  readonly signal: AbortSignal | undefined
  onStart(): void
  onProgress(progress: JobProgress): void
  resolve(parts: readonly Uint8Array[]): void
  reject(error: unknown): void
  /** Settled, by whatever came first. */
  settled: boolean
}

export class Queue {
  private tasks: Task[] = []

  get length(): number {
    return this.tasks.length
  }

  add(task: Task): void {
    this.tasks.push(task)
  }

  /** The task whose turn it is, taken out; undefined where none waits. */
  next(): Task | undefined {
    let [first] = this.tasks
    for (const task of this.tasks) if (first && isBefore(task.call, first.call)) first = task
    if (first) this.remove(first)
    return first
  }

  remove(task: Task): void {
    const at = this.tasks.indexOf(task)
    if (at >= 0) this.tasks.splice(at, 1)
  }

  /** Takes all out. */
  clear(): readonly Task[] {
    return this.tasks.splice(0)
  }
}

function isBefore(a: Turn, b: Turn): boolean {
  return a.running === b.running ? a.number < b.number : a.running < b.running
}
