// Checks the types of examples, and finds the names that they use without making them. Node only.

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const tsc = join(root, 'node_modules/typescript/bin/tsc')

export interface TypeFault {
  /** Name of the module, without its ending. */
  readonly module: string
  readonly code: number
  readonly text: string
}

/** Every name that is nowhere made: `Cannot find name`, with or without a guess, and in a short property. */
const NAMELESS = [2304, 2552, 18004, 2503]

export const missingName = ({ code, text }: TypeFault): string | undefined =>
  NAMELESS.includes(code) ? /'([^']+)'/.exec(text)?.[1] : undefined

/** Checks all modules of a folder that are named; as JavaScript that a user writes, so without `strict`. */
export async function checkTypes(folder: string, modules: readonly string[]): Promise<TypeFault[]> {
  const config = {
    compilerOptions: {
      target: 'esnext',
      module: 'esnext',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      lib: ['esnext', 'dom', 'dom.iterable', 'dom.asynciterable'],
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      paths: { '/node_modules/layerdiff/dist/*': [join(root, 'dist/*')] },
      allowJs: true,
      checkJs: true,
      noEmit: true,
      strict: false,
      skipLibCheck: true,
    },
    files: modules.map((name) => `${name}.js`),
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const output = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [tsc, '-p', folder, '--pretty', 'false'],
      { cwd: folder, maxBuffer: 1 << 26 },
      (_, out) => resolve(out),
    )
  })
  return Array.from(output.matchAll(/^(.+?)\.js\((\d+,\d+)\): error TS(\d+): (.+)$/gm), ([, path, , code, text]) => ({
    module: (path ?? '').replace(/^.*[/\\]/, ''),
    code: Number(code),
    text: `TS${code}: ${text}`,
  }))
}
