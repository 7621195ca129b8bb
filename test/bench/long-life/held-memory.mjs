// What a thread of Node holds when its garbage is gone.

/** Where workers are asked. */
export const MEMORY_CHANNEL = 'layerdiff-long-life'

/**
 * Bytes of this thread's heap and of the buffers that belong to it. Runs under `node --expose-gc`.
 * @returns {Promise<number>}
 */
export async function memoryHeld() {
  // What finalizers and promises let go of is there for the next collection only.
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
