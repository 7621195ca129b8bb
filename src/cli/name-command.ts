// `layerdiff name`: takes an image's name apart, writes its parts.

import type { Reference } from '../image-types.js'
// Not from index.ts: the name needs no engine.
import { parseReference } from '../registry/reference.js'
import type { NameArguments } from './arguments.js'
import { EXIT } from './exit-codes.js'
import { openOutput } from './output.js'

/** Gives the exit code. */
export async function runName(args: NameArguments): Promise<number> {
  const parts = partsOf(parseReference(args.name))
  const output = openOutput(args.output, args.format)
  try {
    await output.write(args.format === 'json' ? [`${JSON.stringify(parts)}\n`] : textLines(parts))
    output.finish()
    return EXIT.DONE
  } catch (error) {
    output.discard()
    throw error
  }
}

type Parts = Readonly<Record<string, string | null>>

function partsOf(reference: Reference): Parts {
  const { registry, repository, namespace, name, tag, digest } = reference
  const [familiar, full] = [reference.toString(), reference.toString('full')]
  return { registry, repository, namespace, name, tag, digest, familiar, full }
}

/** A line for every part, so that each stands where it is looked for; no part can be a dash. */
function textLines(parts: Parts): string[] {
  return Object.entries(parts).map(([label, value]) => `${label.padEnd(10)}  ${value ?? '-'}\n`)
}
