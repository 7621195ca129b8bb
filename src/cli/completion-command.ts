// `layerdiff completion`: writes the script of a shell.

import type { CompletionArguments } from './completion-arguments.js'
import { bashScript } from './completion-bash.js'
import { zshScript } from './completion-zsh.js'
import { EXIT } from './exit-codes.js'
import { openOutput } from './output.js'

/** Gives the exit code. */
export async function runCompletion({ shell }: CompletionArguments): Promise<number> {
  await openOutput(null).write([shell === 'bash' ? bashScript() : zshScript()])
  return EXIT.DONE
}
