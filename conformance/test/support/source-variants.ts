import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync, transformSync } from '@swc/core'
import type { procedures } from '../../src/reference/procedures'
import type { Variant } from '../../src/self-test/mutant'

// Broken stores that are made from the source of the reference store: each differs from it in one
// condition, comparison, number or statement.

const file = path.resolve(__dirname, '../../src/reference/procedures.ts')

interface Node {
  type: string
  span: { start: number; end: number }
  [member: string]: unknown
}

/** A change of the source: what to replace, and by what. */
interface Edit {
  start: number
  end: number
  text: string
  what: string
}

const comparisons: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>'],
  '>': ['>=', '<'],
  '===': ['!=='],
  '!==': ['==='],
}

/** Methods whose result may be used instead without the call. */
const droppable = new Set(['filter', 'slice', 'toSorted'])

/** Returns a store for each change of the source of the reference store. */
export function sourceVariants(): Variant[] {
  const source = readFileSync(file, 'utf8')
  const module = parseSync(source, { syntax: 'typescript' }) as unknown as Node
  // The parser counts on from one source to the next, in bytes.
  const base = module.span.start
  const bytes = Buffer.from(source)
  const textOf = (node: Node) =>
    bytes.subarray(node.span.start - base, node.span.end - base).toString()
  const names = new Map<string, number>()
  return [...edits(module, textOf, 'procedures')].map(({ start, end, text, what }) => {
    const count = (names.get(what) ?? 0) + 1
    names.set(what, count)
    const changed = Buffer.concat([
      bytes.subarray(0, start - base),
      Buffer.from(text),
      bytes.subarray(end - base),
    ])
    return {
      name: count === 1 ? what : `${what} (${count})`,
      procedures: evaluated(changed.toString()),
    }
  })
}

function evaluated(source: string): typeof procedures {
  const { code } = transformSync(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs' },
  })
  const exported: { procedures?: typeof procedures } = {}
  // oxlint-disable-next-line no-implied-eval -- The source is our own.
  new Function('exports', 'require', code)(exported, require)
  return exported.procedures!
}

function* edits(node: Node, textOf: (node: Node) => string, within: string): Generator<Edit> {
  const scope = nameOf(node) ?? within
  const edit = (target: Node, text: string): Edit => ({
    ...target.span,
    text,
    what: `${scope}(): ${brief(textOf(target))} → ${text === ';' ? 'nothing' : brief(text)}`,
  })
  if (node.type === 'BinaryExpression') {
    const { operator } = node as unknown as { operator: string }
    const [left, right] = [node['left'] as Node, node['right'] as Node]
    if (operator === '&&' || operator === '||') {
      yield edit(node, textOf(left))
      yield edit(node, textOf(right))
    }
    for (const other of comparisons[operator] ?? [])
      yield edit(node, `${textOf(left)} ${other} ${textOf(right)}`)
    if (operator === '+' || operator === '-') yield edit(node, textOf(left))
  }
  if (node.type === 'IfStatement') {
    const test = node['test'] as Node
    yield edit(test, 'false')
    yield edit(test, 'true')
  }
  if (node.type === 'ConditionalExpression') {
    yield edit(node, textOf(node['consequent'] as Node))
    yield edit(node, textOf(node['alternate'] as Node))
  }
  // Without an assignment, a loop may never end.
  if (node.type === 'ExpressionStatement' && (node['expression'] as Node).type === 'CallExpression')
    yield edit(node, ';')
  if (node.type === 'CallExpression') {
    const callee = node['callee'] as Node & { property?: { value?: string } }
    if (callee.type === 'MemberExpression' && droppable.has(callee.property?.value ?? ''))
      yield edit(node, textOf(callee['object'] as Node))
  }
  for (const part of Object.values(node)) {
    for (const one of Array.isArray(part) ? (part as unknown[]) : [part]) {
      for (const child of nodesIn(one)) yield* edits(child, textOf, scope)
    }
  }
}

function nodesIn(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return []
  const node = value as Node
  if (typeof node.type === 'string' && node.span) return [node]
  // Wrappers without a place of their own, such as the arguments of a call.
  return Object.values(node).flatMap((part) =>
    Array.isArray(part) ? part.flatMap(nodesIn) : nodesIn(part),
  )
}

function nameOf(node: Node): string | undefined {
  if (node.type === 'MethodProperty') return (node['key'] as { value: string }).value
  if (node.type === 'FunctionDeclaration') return (node['identifier'] as { value: string }).value
  return undefined
}

function brief(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
