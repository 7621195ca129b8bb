// Makes the checked build of a module: one that knows which bytes belong to something, and which branches were taken.
//
// Takes: the sources, in which every piece of static memory is given 64 poisoned bytes behind it, and the module that the
// compiler makes of them, not optimised, so that every function and branch of the sources is there. Gives: a module whose
// every load, store, copy and fill is checked first (assembly/guard.ts), and which counts in a byte of its memory each
// time that a branch is taken; and the branches, in order, by the function that they are in.

import binaryen from 'binaryen'

/** Its types leave out what expressions are made of. @type {any} */
const ir = binaryen

/** As assembly/guard.ts draws it. */
const EDGES_AT = 2 << 25
const EDGES_MOST = 1 << 16
const REDZONE = 64

/**
 * What `asc` takes beyond the target's own flags. Memory has its full size from the start, and never grows.
 * @type {string[]}
 */
export const checkedFlags = ['--initialMemory', '1025', '--maximumMemory', '1025', '--use', 'CHECKED=1']

/**
 * A source whose static memory is told to the guard, and stands apart. Lines stay where they are.
 * @param {string} source
 */
export function guardStatics(source) {
  let out = ''
  let rest = source
  for (;;) {
    const match = /^(?:export )?const (\w+) = (?:changetype<\w+>\()?memory\.data(?:<(u\d+)>)?\(/m.exec(rest)
    if (!match) break
    const open = match.index + match[0].length
    const close = closing(rest, open)
    const inside = rest.slice(open, close)
    const end = match[0].includes('changetype') ? close + 2 : close + 1
    const [padded, size] = match[2] ? paddedList(inside, Number(match[2].slice(1)) / 8) : paddedSize(inside)
    out += `${rest.slice(0, open)}${padded}${rest.slice(close, end)}; allowStatic(changetype<usize>(${match[1]}), ${size})`
    rest = rest.slice(end)
  }
  return out === '' ? source : `import { allowStatic } from './guard'; ${out}${rest}`
}

/**
 * Where the bracket that was opened before `from` is closed.
 * @param {string} text
 * @param {number} from
 */
function closing(text, from) {
  let depth = 1
  for (let at = from; ; at++) {
    if ('(['.includes(text[at] ?? '')) depth++
    else if (')]'.includes(text[at] ?? '') && --depth === 0) return at
  }
}

/** @param {string} inside `size, alignment` */
function paddedSize(inside) {
  const comma = inside.lastIndexOf(',')
  const size = inside.slice(0, comma)
  return [`${size} + ${REDZONE}${inside.slice(comma)}`, size]
}

/**
 * @param {string} inside `[number, number, ...]`, and an alignment that there may be
 * @param {number} width bytes of a number
 */
function paddedList(inside, width) {
  const end = inside.indexOf(']')
  const numbers = inside
    .slice(1, end)
    .replace(/\/\/.*$/gm, '')
    .split(',')
    .filter((number) => number.trim() !== '')
  const padding = ', 0'.repeat(REDZONE / width)
  return [`[${numbers.join(',')}${padding}${inside.slice(end)}`, String(numbers.length * width)]
}

/**
 * Children that are expressions, by kind; those of blocks and calls are lists.
 * @type {Record<string, string[]>}
 */
const CHILDREN = {
  If: ['Condition', 'IfTrue', 'IfFalse'],
  Loop: ['Body'],
  Break: ['Condition', 'Value'],
  Switch: ['Condition', 'Value'],
  CallIndirect: ['Target'],
  LocalSet: ['Value'],
  GlobalSet: ['Value'],
  MemoryGrow: ['Delta'],
  Load: ['Ptr'],
  Store: ['Ptr', 'Value'],
  Unary: ['Value'],
  Binary: ['Left', 'Right'],
  Select: ['IfTrue', 'IfFalse', 'Condition'],
  Drop: ['Value'],
  Return: ['Value'],
  MemoryCopy: ['Dest', 'Source', 'Size'],
  MemoryFill: ['Dest', 'Value', 'Size'],
  SIMDExtract: ['Vec'],
  SIMDReplace: ['Vec', 'Value'],
  SIMDShuffle: ['Left', 'Right'],
  SIMDTernary: ['A', 'B', 'C'],
  SIMDShift: ['Vec', 'Shift'],
  SIMDLoad: ['Ptr'],
}
/** Kinds without children. */
const LEAVES = ['Nop', 'LocalGet', 'GlobalGet', 'Const', 'MemorySize', 'Unreachable']

/**
 * @param {Uint8Array} wasm not optimised, with names
 * @returns {{ wasm: Uint8Array, branches: string[] }} for each counter the name of its function
 */
export function checkModule(wasm) {
  const module = ir.readBinary(wasm)
  const used = ['MutableGlobals', 'NontrappingFPToInt', 'SignExt', 'SIMD128', 'BulkMemory', 'BulkMemoryOpt']
  module.setFeatures(used.reduce((all, name) => all | ir.Features[name], 0))
  /** @type {string[]} */
  const branches = []
  const guards = new Map(
    ['check1', 'check2', 'check4', 'check8', 'check16', 'copyChecked', 'fillChecked', 'step'].map((name) => [
      name,
      `assembly/guard/${name}`,
    ]),
  )
  const rewriter = new Rewriter(module, guards, branches)
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const reference = module.getFunctionByIndex(index)
    const { name, base } = ir.getFunctionInfo(reference)
    if (base || name.startsWith('assembly/guard/')) continue
    rewriter.rewrite(name, reference)
  }
  if (branches.length > EDGES_MOST)
    throw new Error(`${branches.length} branches do not fit into ${EDGES_MOST} counters`)
  if (!module.validate()) throw new Error('the checked module is not valid')
  ir.setOptimizeLevel(2)
  ir.setDebugInfo(true)
  module.optimize()
  const checked = module.emitBinary()
  module.dispose()
  return { wasm: checked, branches }
}

class Rewriter {
  /**
   * @param {any} module
   * @param {Map<string, string>} guards functions of the module by their exported names
   * @param {string[]} branches
   */
  constructor(module, guards, branches) {
    this.module = module
    this.guards = guards
    this.branches = branches
    this.name = ''
    this.kinds = new Map([...Object.keys(CHILDREN), ...LEAVES, 'Block', 'Call'].map((kind) => [ir[`${kind}Id`], kind]))
  }

  /**
   * @param {string} name
   * @param {number} reference
   */
  rewrite(name, reference) {
    this.name = name
    const body = this.visit(ir.Function.getBody(reference))
    ir.Function.setBody(reference, this.counted(body))
  }

  /**
   * Counts, and then does what is given.
   * @param {number} expression
   * @param {number[]} first
   * @returns {number}
   */
  counted(expression, first = []) {
    const type = ir.getExpressionType(expression)
    return this.module.block(null, [this.count(), ...first, expression], type)
  }

  /** @returns {number} an expression that counts a branch more */
  count() {
    const { i32 } = this.module
    const at = EDGES_AT + this.branches.push(this.name) - 1
    return i32.store8(at, 1, i32.const(0), i32.add(i32.load8_u(at, 1, i32.const(0)), i32.const(1)))
  }

  /**
   * @param {number} expression
   * @returns {number} what stands in its place
   */
  visit(expression) {
    if (expression === 0) return 0
    const kind = this.kinds.get(ir.getExpressionId(expression))
    if (kind === undefined) throw new Error(`no rule for expression ${ir.emitText(expression)}`)
    if (kind === 'Block') return this.visitBlock(expression)
    if (kind === 'Call') {
      const count = ir.Call.getNumOperands(expression)
      for (let i = 0; i < count; i++) {
        ir.Call.setOperandAt(expression, i, this.visit(ir.Call.getOperandAt(expression, i)))
      }
      return expression
    }
    const api = ir[kind]
    for (const field of CHILDREN[kind] ?? []) {
      const child = api[`get${field}`](expression)
      if (child !== 0) api[`set${field}`](expression, this.visit(child))
    }
    return this.guarded(kind, expression)
  }

  /**
   * @param {number} expression
   * @returns {number}
   */
  visitBlock(expression) {
    const count = ir.Block.getNumChildren(expression)
    const children = []
    for (let i = 0; i < count; i++) {
      const child = ir.Block.getChildAt(expression, i)
      const isTarget = ir.getExpressionId(child) === ir.BlockId && ir.Block.getName(child)
      const isBranch = ir.getExpressionId(child) === ir.BreakId && ir.Break.getCondition(child) !== 0
      children.push(this.visit(child))
      // What follows is reached by a branch out of the block, or by not taking one.
      if ((isTarget || isBranch) && i + 1 < count) children.push(this.count())
    }
    return this.module.block(ir.Block.getName(expression) || null, children, ir.getExpressionType(expression))
  }

  /**
   * @param {string} kind
   * @param {number} expression
   * @returns {number}
   */
  guarded(kind, expression) {
    const { module } = this
    /** @type {(name: string, operands: number[], type: number) => number} */
    const call = (name, operands, type) => module.call(this.guards.get(name), operands, type)
    switch (kind) {
      case 'If': {
        const { If } = ir
        If.setIfTrue(expression, this.counted(If.getIfTrue(expression)))
        const otherwise = If.getIfFalse(expression)
        If.setIfFalse(expression, otherwise === 0 ? this.count() : this.counted(otherwise))
        return expression
      }
      case 'Loop':
        ir.Loop.setBody(expression, this.counted(ir.Loop.getBody(expression), [call('step', [], ir.none)]))
        return expression
      case 'Load':
      case 'Store': {
        const api = ir[kind]
        const operands = [api.getPtr(expression), module.i32.const(api.getOffset(expression))]
        api.setPtr(expression, call(`check${api.getBytes(expression)}`, operands, ir.i32))
        return expression
      }
      case 'MemoryCopy': {
        const { MemoryCopy: api } = ir
        const operands = [api.getDest(expression), api.getSource(expression), api.getSize(expression)]
        return call('copyChecked', operands, ir.none)
      }
      case 'MemoryFill': {
        const { MemoryFill: api } = ir
        const operands = [api.getDest(expression), api.getValue(expression), api.getSize(expression)]
        return call('fillChecked', operands, ir.none)
      }
      case 'SIMDLoad': {
        const { SIMDLoad: api } = ir
        const operands = [api.getPtr(expression), module.i32.const(api.getOffset(expression))]
        api.setPtr(expression, call(`check${splatBytes(api.getOp(expression))}`, operands, ir.i32))
        return expression
      }
      default:
        return expression
    }
  }
}

/** @param {number} op of a load that fills a vector from fewer bytes than it has */
function splatBytes(op) {
  /** @type {[number, string[]][]} */
  const sizes = [
    [1, ['Load8SplatVec128']],
    [2, ['Load16SplatVec128']],
    [4, ['Load32SplatVec128', 'Load32ZeroVec128']],
    [
      8,
      [
        'Load64SplatVec128',
        'Load64ZeroVec128',
        ...['8x8', '16x4', '32x2'].flatMap((lanes) => [`Load${lanes}SVec128`, `Load${lanes}UVec128`]),
      ],
    ],
  ]
  for (const [bytes, names] of sizes) if (names.some((name) => ir[name] === op)) return bytes
  throw new Error(`no size is known of load ${op}`)
}
