// Which of the platform's classes an object is of, whichever realm made it.
//
// `instanceof` knows the classes of its own realm: a File out of a frame is none of the page's Files, and in tests that
// run in jsdom a Node Buffer is no Uint8Array. It also needs the class, which not every surrounding has, and naming
// Response or ReadableStream makes Node load what it has of the web, which takes it 30 ms. The name that a class gives
// its objects tells all of them.

interface WebObjects {
  ArrayBuffer: ArrayBuffer
  Blob: Blob
  File: File
  ReadableStream: ReadableStream<Uint8Array>
  Response: Response
  URL: URL
  Uint8Array: Uint8Array
}

export function isA<Name extends keyof WebObjects>(value: unknown, name: Name): value is WebObjects[Name] {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1)
  return tag === name || (name === 'Blob' && tag === 'File')
}
