// The tools' commands, run as people run them: in a project's folder, and with none of this test runner's surroundings.
//
// Gives: what a command that ended well has said; or of one that serves, its address.

import { execFile, spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { tool } from './workspace.js'

export interface Serving {
  /** Where it serves, without a slash at the end. */
  readonly origin: string
  stop(): Promise<void>
}

/** Tools believe that they are tested where they see these. */
function surroundings(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV$|NODE_OPTIONS$|CI$|TEST$|PROD$|DEV$|MODE$|BASE_URL$)/.test(name),
  )
  return { ...Object.fromEntries(own), NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1' }
}

/** Runs a command to its end; gives all that it said. Rejects with that where it fails. */
export function run(folder: string, name: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: surroundings(), maxBuffer: 2 ** 26 }
    execFile(tool(name), args, options, (error, stdout, stderr) => {
      const said = stripVTControlCharacters(stdout + stderr)
      if (error) reject(new Error(`${name} ${args.join(' ')}: ${error.message}\n${said}`))
      else resolve(said)
    })
  })
}

/** Starts a server, and waits until it tells its address. */
export async function start(
  folder: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Serving> {
  const server = spawn(command, args, {
    cwd: folder,
    env: { ...surroundings(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => server.on('exit', () => resolve()))
  const origin = await new Promise<string>((resolve, reject) => {
    let said = ''
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += stripVTControlCharacters(text)
        const [, port] = /http:\/\/[\w.]+:(\d+)/.exec(said) ?? []
        if (port) resolve(`http://127.0.0.1:${port}`)
      })
    }
    ended.then(() => reject(new Error(`${command} ended:\n${said}`)))
  })
  return {
    origin,
    async stop() {
      server.kill()
      await ended
    },
  }
}
