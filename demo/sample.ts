// The sample that the page opens with: two versions of a small image, which scripts/make-samples.mjs makes.

import before from '../build/sample/greeter-1.0.tar?url'
import after from '../build/sample/greeter-1.1.tar?url'

export interface Sample {
  readonly before: File
  readonly after: File
}

/** Fetches both images, so that the page needs no network after that. */
export async function loadSample(): Promise<Sample> {
  const [lower, upper] = await Promise.all([load('greeter-1.0.tar', before), load('greeter-1.1.tar', after)])
  return { before: lower, after: upper }
}

async function load(name: string, url: string): Promise<File> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`The sample ${name} could not be loaded (status ${response.status}).`)
  return new File([await response.blob()], name)
}
