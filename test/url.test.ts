// Layers behind a URL, from a server on this machine: whole, missing, and broken off.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffLayers } from '../src/index.js'
import { file, tar } from './support/tar-builder.js'

const layer = tar([file('a', 'x'.repeat(5000))])
let server: Server
let address: string

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/layer.tar') {
      response.writeHead(200, { 'content-length': layer.length }).end(layer)
    } else if (request.url === '/broken.tar') {
      response.writeHead(200, { 'content-length': layer.length })
      response.write(layer.subarray(0, 1024), () => response.destroy())
    } else {
      response.writeHead(404).end('none')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

describe('a URL', () => {
  it('is fetched by the worker, with its length as the total of the progress', async () => {
    const totals = new Set<number | null>()
    const diff = await diffLayers([], new URL(`${address}/layer.tar`), {
      onProgress: ({ bytesTotal }) => totals.add(bytesTotal),
    })
    expect(Array.from(diff.changes, ({ path }) => path)).toEqual(['a'])
    expect(totals).toContain(layer.length)
  })

  it.each([
    ['missing.tar', '404'],
    ['broken.tar', 'broke off'],
  ])('%s is refused', async (name, text) => {
    const error = await diffLayers([], new URL(`${address}/${name}`)).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'FETCH_FAILED', side: 'after', layer: 0 })
    expect(error.message).toContain(text)
  })

  it('where nobody listens is refused', async () => {
    const error = await diffLayers([], new URL('http://127.0.0.1:1/layer.tar')).catch((caught) => caught)
    expect(error).toMatchObject({ code: 'FETCH_FAILED' })
  })
})
