// Whose turn it is when a worker is free.

import { describe, expect, it } from 'vitest'
import { Queue, type Task, type Turn } from '../src/engine/queue.js'

/** Runs jobs of calls on some workers, each job one step long; gives the order in which the jobs end, as the names of their calls. */
function order(workers: number, jobsOf: Readonly<Record<string, number>>): string {
  const queue = new Queue()
  const names = new Map<Turn, string>()
  for (const [number, [name, jobs]] of Object.entries(jobsOf).entries()) {
    const call = { number, running: 0 }
    names.set(call, name)
    for (let job = 0; job < jobs; job++) queue.add({ call } as Task)
  }
  let ended = ''
  while (queue.length > 0) {
    const running: Task[] = []
    while (running.length < workers) {
      const task = queue.next()
      if (!task) break
      task.call.running++
      running.push(task)
    }
    for (const { call } of running) {
      call.running--
      ended += names.get(call)
    }
  }
  return ended
}

describe('the queue', () => {
  it.each([
    ['a call alone has all workers', 3, { a: 5 }, 'aaaaa'],
    ['of two calls each has a worker', 2, { a: 3, b: 3 }, 'ababab'],
    ['one worker finishes call after call', 1, { a: 3, b: 2, c: 1 }, 'aaabbc'],
    ['of many calls the oldest have the workers', 2, { a: 2, b: 2, c: 2, d: 2 }, 'ababcdcd'],
    ['a large call holds up none that wait behind it', 2, { a: 6, b: 1, c: 1, d: 1 }, 'abacadaaa'],
    ['workers that nobody else wants go to the one call', 4, { a: 4, b: 1 }, 'abaaa'],
  ] as const)('%s', (_, workers, jobs, expected) => {
    expect(order(workers, jobs)).toBe(expected)
  })

  it('of an image of a hundred thousand layers is as quick as of one of ten', () => {
    expect(order(2, { a: 100_000, b: 100_000 })).toHaveLength(200_000)
  })

  it('gives back what is taken out, and no more', () => {
    const queue = new Queue()
    expect(queue.next()).toBeUndefined()
    const call = { number: 1, running: 0 }
    const [first, second] = [{ call } as Task, { call } as Task]
    queue.add(first)
    queue.add(second)
    queue.remove(first)
    expect(queue.length).toBe(1)
    expect(queue.next()).toBe(second)
    expect(queue.clear()).toEqual([])
  })
})
