// How smoothly a page moves: the time from frame to frame while something is moved in each.

const FRAMES = 120

/** @returns {Promise<number>} when it began */
export function nextFrame() {
  return new Promise((resolve) => requestAnimationFrame(resolve))
}

/**
 * @param {(part: number) => void} move is called in every frame, from 0 to 1
 * @returns {Promise<{ facts: Record<string, number> }>} milliseconds
 */
export async function framesWhile(move) {
  /** @type {number[]} */
  const times = []
  let before = await nextFrame()
  for (let frame = 1; frame <= FRAMES; frame++) {
    move(frame / FRAMES)
    const now = await nextFrame()
    times.push(now - before)
    before = now
  }
  times.sort((a, b) => a - b)
  return { facts: { frameMedian: times[FRAMES >> 1], frameWorst: times[FRAMES - 1] } }
}
