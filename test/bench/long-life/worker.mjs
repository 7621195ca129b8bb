// The package's worker in Node, which can be asked what memory it holds: over a channel of its own, since its port is the engine's.
//
// Asked, it collects its garbage first: each thread has a heap of its own, and no other can.

import { BroadcastChannel } from 'node:worker_threads'
import { MEMORY_CHANNEL, memoryHeld } from './held-memory.mjs'

// By its address: it is made by the build, and no source.
await import(new URL('../../../dist/engine/worker.node.js', import.meta.url).href)
const channel = new BroadcastChannel(MEMORY_CHANNEL)
// The engine alone says how long this thread lives.
channel.unref()
channel.onmessage = async ({ data }) => {
  if (data === 'tell') channel.postMessage(await memoryHeld())
}
