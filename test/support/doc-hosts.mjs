// Loaded before an example or the command: every host but this machine is the server of the tests, which DOC_SERVER names.

const server = process.env.DOC_SERVER ?? ''
const real = globalThis.fetch

globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  const foreign = url.protocol.startsWith('http') && url.hostname !== '127.0.0.1'
  return real(foreign ? `${server}${url.pathname}${url.search}` : input, init)
}
