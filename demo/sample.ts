// The sample that the page opens with: two versions of a small image, which scripts/make-samples.mjs makes.

import appOld from '../build/sample/app-1.0.tgz?url'
import appNew from '../build/sample/app-1.1.tgz?url'
import base from '../build/sample/base.tgz?url'
import patch from '../build/sample/patch-1.1.tgz?url'
import runtime from '../build/sample/runtime.tgz?url'

export interface Sample {
  readonly before: readonly File[]
  readonly after: readonly File[]
}

/** Fetches all layers, so that the page needs no network after that. A shared layer is one File on both sides. */
export async function loadSample(): Promise<Sample> {
  const [bottom, middle, top, patched, newTop] = await Promise.all([
    load('base.tgz', base),
    load('runtime.tgz', runtime),
    load('app-1.0.tgz', appOld),
    load('patch-1.1.tgz', patch),
    load('app-1.1.tgz', appNew),
  ])
  return { before: [bottom, middle, top], after: [bottom, middle, patched, newTop] }
}

async function load(name: string, url: string): Promise<File> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`The sample layer ${name} could not be loaded (status ${response.status}).`)
  return new File([await response.blob()], name)
}
