// A composite action run as GitHub's runner does: its steps in order, with what their files hand on.
//
// Takes: action.yml, inputs and the github context. Gives: how it ended, its outputs, its summary and its log. It knows the forms
// of expressions that action.yml has, and refuses all others.

import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Step {
  readonly id: string
  readonly if?: string
  readonly shell: string
  readonly run: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

export interface Run {
  readonly conclusion: 'success' | 'failure'
  /** The steps that ran, in order. */
  readonly steps: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  /** Both outputs of all steps. */
  readonly log: string
}

export interface Job {
  readonly inputs: Readonly<Record<string, string>>
  readonly github: unknown
  /** Where the steps run. */
  readonly workspace: string
  /** A folder for what the runner itself keeps. */
  readonly temporary: string
  readonly env: Readonly<Record<string, string>>
  /** Outputs of steps that have run before, and run no more. */
  readonly done?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export function readAction(folder: string): Action {
  return parse(readFileSync(join(folder, 'action.yml'), 'utf8'))
}

export async function runAction(folder: string, job: Job): Promise<Run> {
  const { inputs, github, workspace, temporary, env, done = {} } = job
  const action = readAction(folder)
  const unknown = Object.keys(inputs).filter((name) => !Object.hasOwn(action.inputs, name))
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(', ')}`)
  const given = Object.entries(action.inputs).map(([name, input]) => {
    return [name, inputs[name] ?? evaluate(input.default ?? '', { github })]
  })
  const context = { github, inputs: Object.fromEntries(given), steps: stepsDone(done) }
  const summary = join(temporary, 'summary')
  const runnerTemp = join(temporary, 'runner')
  mkdirSync(runnerTemp)
  writeFileSync(summary, '')
  const ran: string[] = []
  let log = ''
  let conclusion: Run['conclusion'] = 'success'
  for (const step of action.runs.steps) {
    // A condition that asks for nothing else holds only as long as all went well.
    if (Object.hasOwn(done, step.id)) continue
    if (conclusion === 'failure' || !(step.if === undefined || holds(step.if, context))) continue
    const output = join(temporary, `output-${step.id}`)
    writeFileSync(output, '')
    const stepEnv = Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(value, context)])
    const { code, text } = await runStep(step, workspace, temporary, {
      ...env,
      ...Object.fromEntries(stepEnv),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTION_PATH: folder,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: runnerTemp,
    })
    context.steps[step.id] = { outputs: readOutputs(readFileSync(output, 'utf8')) }
    ran.push(step.id)
    log += text
    if (code !== 0) conclusion = 'failure'
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, evaluate(value, context)])
  return { conclusion, steps: ran, outputs: Object.fromEntries(outputs), summary: readFileSync(summary, 'utf8'), log }
}

function stepsDone(done: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(done).map(([id, outputs]) => [id, { outputs }]))
}

async function runStep({ id, shell, run }: Step, cwd: string, temporary: string, env: Record<string, string>) {
  if (shell !== 'bash') throw new Error(`the step ${id} runs in ${shell}`)
  if (run.includes('${{')) throw new Error(`the step ${id} has an expression in its script`)
  const script = join(temporary, `script-${id}.sh`)
  writeFileSync(script, run)
  const bash = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [bash.stdout, bash.stderr]) {
    stream.setEncoding('utf8').on('data', (piece) => {
      text += piece
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => bash.once('error', reject).once('close', resolve))
  return { code, text }
}

function readOutputs(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([\w-]+)=(.*)$/.exec(line) ?? []
      if (name === undefined) throw new Error(`no output: ${line}`)
      return [name, value]
    }),
  )
}

/** Text with `${{ a.b.c }}` in it. */
function evaluate(text: string, context: unknown): string {
  return String(text).replace(/\$\{\{(.*?)\}\}/gs, (_, expression) => lookUp(expression.trim(), context))
}

/** `a.b.c == 'text'`, or `!=`. */
function holds(condition: string, context: unknown): boolean {
  const [, path, operator, text] = /^([\w.-]+) (==|!=) '([^']*)'$/.exec(condition.trim()) ?? []
  if (path === undefined) throw new Error(`a condition of another form: ${condition}`)
  return (lookUp(path, context) === text) === (operator === '==')
}

/** What is not there is empty, as GitHub has it. */
function lookUp(path: string, context: unknown): string {
  if (!/^(inputs|github|steps)(\.[\w-]+)+$/.test(path)) throw new Error(`an expression of another form: ${path}`)
  let value = context
  for (const name of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[name]
  return value === undefined || value === null ? '' : String(value)
}
