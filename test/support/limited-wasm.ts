// A WebAssembly module whose memory may not grow as it likes: what a machine without memory does, made here.
//
// Spec: WebAssembly, 5.5.8 "Memory Section" (id 5: a vector of limits, each a flag, the least and perhaps the most pages).

const MEMORY = 5

/** The same module, whose memory may have at most that many pages of 64 KiB. */
export function limited(wasm: Uint8Array, pages: number): Uint8Array {
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at]
    const [size, body] = readNumber(wasm, at + 1)
    if (id === MEMORY) {
      const [count, flagAt] = readNumber(wasm, body)
      if (count !== 1) throw new Error(`the module has ${count} memories`)
      const [least] = readNumber(wasm, flagAt + 1)
      const content = [1, 1, ...numberBytes(least), ...numberBytes(pages)]
      return new Uint8Array([
        ...wasm.subarray(0, at),
        ...[MEMORY, ...numberBytes(content.length), ...content],
        ...wasm.subarray(body + size),
      ])
    }
    at = body + size
  }
  throw new Error('the module has no memory of its own')
}

/** LEB128. Gives the number, and where what follows begins. */
function readNumber(bytes: Uint8Array, at: number): [number, number] {
  let [value, shift, next] = [0, 0, at]
  for (;;) {
    const byte = bytes[next++] ?? 0
    value += (byte & 0x7f) * 2 ** shift
    shift += 7
    if (byte < 0x80) return [value, next]
  }
}

function numberBytes(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...numberBytes(value >>> 7)]
}
