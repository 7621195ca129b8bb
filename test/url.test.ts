// Layers behind a URL, from a server on this machine: whole, missing, broken off, and from one that says no more.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEngine, diffLayers } from '../src/index.js'
import { file, tar } from './support/tar-builder.js'

const layer = tar([file('a', 'x'.repeat(5000))])
let server: Server
let address: string
/** Settles a promise when the server has sent what it will ever send, and one when the connection is gone. */
let asked: () => void
let gone: () => void

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/layer.tar') {
      response.writeHead(200, { 'content-length': layer.length }).end(layer)
    } else if (request.url === '/broken.tar') {
      response.writeHead(200, { 'content-length': layer.length })
      response.write(layer.subarray(0, 1024), () => response.destroy())
    } else if (request.url === '/stalled.tar') {
      response.on('close', () => gone())
      response.writeHead(200, { 'content-length': layer.length })
      response.write(layer.subarray(0, 1024), () => asked())
    } else if (request.url === '/mute.tar') {
      response.on('close', () => gone())
      asked()
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

describe('a server that says no more', () => {
  const wait = () => {
    const sent = new Promise<void>((resolve) => {
      asked = resolve
    })
    const closed = new Promise<void>((resolve) => {
      gone = resolve
    })
    return { sent, closed }
  }

  it.each(['stalled.tar', 'mute.tar'])('%s: an aborted call lets go of it, and of its worker', async (name) => {
    const engine = createEngine({ workers: 1 })
    const { sent, closed } = wait()
    const controller = new AbortController()
    const diff = diffLayers([], new URL(`${address}/${name}`), { engine, signal: controller.signal })
    const outcome = expect(diff).rejects.toBe('too slow')
    await sent
    controller.abort('too slow')
    await outcome
    await closed
    expect((await diffLayers([], layer, { engine })).changes.length).toBe(1)
    await engine.dispose()
  })

  it.each(['stalled.tar', 'mute.tar'])('%s: an engine in this thread lets go of it when disposed of', async (name) => {
    const inline = pathToFileURL(join(import.meta.dirname, '../dist/inline.js')).href
    const engine = (await import(/* @vite-ignore */ inline)).createEngine()
    const { sent, closed } = wait()
    const outcome = engine.index(new URL(`${address}/${name}`)).catch((error: { code: string }) => error.code)
    await sent
    await engine.dispose()
    expect(await outcome).toBe('ENGINE_DISPOSED')
    await closed
  })
})
