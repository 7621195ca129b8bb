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

/** Tasks of one call, and how many of them had their turn. */
interface Line {
  tasks: Task[]
  taken: number
}

export class Queue {
  /** An image may have tens of thousands of layers: a turn looks at calls, and not at all that wait. */
  private lines = new Map<Turn, Line>()
  private waiting = 0

  get length(): number {
    return this.waiting
  }

  add(task: Task): void {
    const line = this.lines.get(task.call)
    if (line) line.tasks.push(task)
    else this.lines.set(task.call, { tasks: [task], taken: 0 })
    this.waiting++
  }

  /** The task whose turn it is, taken out; undefined where none waits. */
  next(): Task | undefined {
    let [first] = this.lines.keys()
    for (const call of this.lines.keys()) if (first && isBefore(call, first)) first = call
    const line = first && this.lines.get(first)
    if (!first || !line) return undefined
    const task = line.tasks[line.taken++]
    this.waiting--
    if (line.taken === line.tasks.length) this.lines.delete(first)
    return task
  }

  remove(task: Task): void {
    const line = this.lines.get(task.call)
    const at = line?.tasks.indexOf(task, line.taken) ?? -1
    if (!line || at < 0) return
    line.tasks.splice(at, 1)
    this.waiting--
    if (line.taken === line.tasks.length) this.lines.delete(task.call)
  }

  /** Takes all out. */
  clear(): readonly Task[] {
    const tasks = [...this.lines.values()].flatMap((line) => line.tasks.slice(line.taken))
    this.lines.clear()
    this.waiting = 0
    return tasks
  }
}

function isBefore(a: Turn, b: Turn): boolean {
  return a.running === b.running ? a.number < b.number : a.running < b.running
}
