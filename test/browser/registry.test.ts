// Images of a real registry in a page: read where the registry allows it, and said why where not.

import { describe, expect, inject, it } from 'vitest'
import { diffLayers, openImage } from '../../src/index.js'

const registries = inject('registries')

describe.skipIf(registries === null)('a registry, from a page', () => {
  it('that allows it is read', async () => {
    const [before, after] = await Promise.all(
      ['small-1', 'small-2'].map((name) => openImage(`${registries?.readable}/team/${name}`)),
    )
    if (!before || !after) throw new Error('no images')
    const archive = async (name: string) => (await fetch(`/fixtures/images/${name}/oci-archive.tar`)).blob()
    const [same, other] = await Promise.all([openImage(await archive('small-1')), openImage(await archive('small-2'))])
    const { changes, summary } = (await diffLayers(before.layers, after.layers)).toJSON()
    expect(changes.length).toBeGreaterThan(0)
    const expected = (await diffLayers(same.layers, other.layers)).toJSON()
    expect({ changes, entries: summary.added + summary.removed + summary.modified }).toEqual({
      changes: expected.changes,
      entries: expected.summary.added + expected.summary.removed + expected.summary.modified,
    })
  })

  it('that does not is an error that says so', async () => {
    await expect(openImage(`${registries?.closed}/team/small-1`)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringMatching(/CORS.*registry\.mirror/),
    })
  })

  it('an image that is not there is not taken for CORS', async () => {
    await expect(openImage(`${registries?.readable}/team/none`)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' })
  })

  it('a text is always a name', async () => {
    await expect(openImage('./app.tar')).rejects.toMatchObject({ code: 'INVALID_REFERENCE' })
  })
})
