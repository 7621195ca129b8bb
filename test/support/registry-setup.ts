// Registries for the tests in browsers, started before them: one that lets pages read it, and one that does not.

import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { hasRegistry, RealRegistry } from './real-registry.js'
import { fixtures } from './truth.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Null where there are none. */
    registries: { readonly readable: string; readonly closed: string } | null
  }
}

/** As its documentation has it. */
const CORS = {
  'Access-Control-Allow-Origin': ['*'],
  'Access-Control-Allow-Methods': ['GET', 'HEAD', 'OPTIONS'],
  'Access-Control-Allow-Headers': ['Authorization', 'Accept', 'Range'],
  'Access-Control-Expose-Headers': ['WWW-Authenticate', 'Docker-Content-Digest', 'Content-Range'],
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!hasRegistry || fixtures === null) {
    project.provide('registries', null)
    return async () => {}
  }
  const [readable, closed] = await Promise.all([RealRegistry.start({ headers: CORS }), RealRegistry.start()])
  for (const registry of [readable, closed]) {
    for (const name of ['small-1', 'small-2']) {
      registry.fill(`oci:${join(fixtures, 'images', name, 'oci-gzip')}`, `team/${name}`)
    }
  }
  project.provide('registries', { readable: readable.host, closed: closed.host })
  return async () => {
    await Promise.all([readable.stop(), closed.stop()])
  }
}
