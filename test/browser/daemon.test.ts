// A page has no way to a container engine, and says so.

import { expect, it } from 'vitest'
import { openImage } from '../../src/index.js'

it('a page cannot open images of a container engine', async () => {
  for (const opening of [openImage('docker-daemon:app:1'), openImage('app:1', { from: 'daemon' })]) {
    await expect(opening).rejects.toMatchObject({
      code: 'INPUT_UNSUPPORTED',
      message: expect.stringContaining('docker save'),
    })
  }
})
