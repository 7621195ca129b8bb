// `layerdiff pull`: fetches an image into the cache or into a file, and says so in docker's words.

import { escapeText, type Image, type PullOptions, parseReference, pullImage } from '../index.js'
import { EXIT } from './exit-codes.js'
import { openOptions } from './image-options.js'
import { ofOperand } from './operand-error.js'
import { refuseInputAsOutput, refuseOtherThings } from './operands.js'
import { openOutput } from './output.js'
import type { PullArguments } from './pull-arguments.js'
import { PullDisplay } from './pull-display.js'

/** Gives the exit code. */
export async function runPull(args: PullArguments): Promise<number> {
  refuseOtherThings(args.name)
  refuseInputAsOutput([args.name], args.output)
  const output = openOutput(null)
  const display = new PullDisplay(process.stdout)
  const { name, quiet } = args
  let fetched = false
  const options: PullOptions = {
    ...(await openOptions(args.opening, args.output === null ? 'needed' : [name])),
    output: args.output ?? undefined,
    parallel: args.parallel ?? undefined,
    onManifest: (image) => {
      if (!quiet) process.stdout.write(`${firstLine(name, image)}\n`)
    },
    onProgress: (progress) => {
      if (progress.status !== 'Already exists') fetched = true
      if (!quiet) display.update(progress)
    },
  }
  const image = await pullImage(name, options).catch(ofOperand(name))
  await image.close()
  const { called, full } = namesOf(name, image)
  const where = escapeText(args.output ?? full)
  // Docker's words are about its store; a file is there now, whatever was.
  const done = fetched ? 'Downloaded newer image' : 'Image is up to date'
  const status = args.output === null || fetched ? `${done} for ${escapeText(called)}` : `Wrote ${escapeText(called)}`
  const lines = [`Digest: ${image.manifestDigest}`, `Status: ${status}`, where]
  await output.write((quiet ? [where] : lines).map((line) => `${line}\n`))
  return EXIT.DONE
}

/** `latest: Pulling from library/nginx`. */
function firstLine(name: string, image: Image): string {
  if (image.source !== 'registry') return `${escapeText(image.name ?? 'image')}: Pulling from ${escapeText(name)}`
  const { tag, digest, repository } = parseReference(image.name ?? name)
  return `${tag ?? digest}: Pulling from ${repository}`
}

/** As people write it, and in full; what lies in a file is called as it was typed. */
function namesOf(name: string, image: Image): { called: string; full: string } {
  if (image.source !== 'registry') return { called: name, full: image.manifestDigest ?? name }
  const reference = parseReference(image.name ?? name)
  return { called: reference.toString(), full: reference.toString('full') }
}
