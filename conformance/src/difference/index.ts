import { inspect, isDeepStrictEqual, types } from 'node:util'
import type { Difference, Found } from './kinds'
import { listDifference } from './list'
import { numberDifference } from './number'
import { isSame } from './same'
import { showBriefly } from './show'
import { textDifference } from './text'
import { counted } from './times'

export type { Difference, Kind } from './kinds'

/** Returns the differences between a result and the expected one. Empty if they are equal. */
export function differencesOf(actual: unknown, wanted: unknown): Difference[] {
  if (isSame(actual, wanted)) return []
  const found = [...within(actual, wanted, '')]
  // Two values can differ without any member that does.
  return found.length > 0 ? found : [{ path: '', ...bare(actual, wanted, '') }]
}

/** Describes differences on one line, and at most five of them. */
export function inWords(differences: readonly Difference[]): string {
  const most = 5
  const named = differences.slice(0, most).map(({ path, text }) => {
    if (path === '') return text
    return text.startsWith('got ') ? `"${path}": ${text}` : `"${path}" is ${text}`
  })
  const left = differences.length - most
  return `${named.join('; ')}${left > 0 ? `; and ${counted(left)} more differences` : ''}`
}

function* within(actual: unknown, wanted: unknown, path: string): Generator<Difference> {
  if (Array.isArray(actual) && Array.isArray(wanted)) {
    const whole = path === '' && areFew(actual, wanted) ? null : listDifference(actual, wanted)
    if (whole) yield { path, ...whole }
    else if (path === '' && areFew(actual, wanted)) yield { path, ...bare(actual, wanted, path) }
    else for (const [n, part] of wanted.entries()) yield* within(actual[n], part, `${path}[${n}]`)
  } else if (isMembers(actual) && isMembers(wanted)) yield* ofMembers(actual, wanted, path)
  else if (!isDeepStrictEqual(actual, wanted)) yield { path, ...bare(actual, wanted, path) }
}

function* ofMembers(
  actual: Record<string, unknown>,
  wanted: Record<string, unknown>,
  path: string,
): Generator<Difference> {
  for (const [name, part] of Object.entries(wanted)) {
    const has = own(actual, name)
    if (isSame(has, part)) continue
    const at = pathOf(path, name)
    if (has === undefined)
      yield { path: at, kind: 'missing', text: `missing, expected ${showBriefly(part, at)}` }
    else if (part === undefined)
      yield { path: at, kind: 'extra', text: `${showBriefly(has, at)} instead of absent` }
    else yield* within(has, part, at)
  }
  for (const [name, part] of Object.entries(actual)) {
    if (part === undefined || Object.hasOwn(wanted, name)) continue
    const at = pathOf(path, name)
    const text =
      part === null ? 'null instead of absent' : `${showBriefly(part, at)} instead of absent`
    yield { path: at, kind: 'extra', text }
  }
}

/** Returns whether two lists can be shown in full beside each other. */
function areFew(...lists: readonly (readonly unknown[])[]): boolean {
  return lists.every(
    (list) => list.length > 0 && !list.some(isMembers) && inspect(list).length <= 40,
  )
}

/** Returns how two values differ that have no members in common. */
function bare(actual: unknown, wanted: unknown, path: string): Found {
  const both = `got ${showBriefly(actual, path)}, expected ${showBriefly(wanted, path)}`
  if (typeof actual === 'string' && typeof wanted === 'string')
    return textDifference(actual, wanted)
  if (typeof actual === 'number' && typeof wanted === 'number')
    return numberDifference(actual, wanted, path)
  if (actual === undefined && wanted === null) return { kind: 'type', text: both }
  if (actual === null || actual === undefined) return { kind: 'null', text: both }
  if (wanted === null || wanted === undefined) {
    const isFirst = actual === 0 || actual === ''
    return { kind: 'not null', text: isFirst ? `${showBriefly(actual)} instead of null` : both }
  }
  const types = [typeName(actual, path), typeName(wanted, path)]
  return types[0] === types[1]
    ? { kind: 'value', text: both }
    : { kind: 'type', text: `${types[0]} instead of ${types[1]}: ${both}` }
}

function typeName(value: unknown, path: string): string {
  if (typeof value === 'string') {
    if (path !== '' && !Number.isNaN(Date.parse(value)) && /^\d{4}-\d\d/.test(value))
      return 'a date as text'
    return /^\s*[[{]/.test(value) ? 'JSON text' : 'a string'
  }
  if (types.isDate(value)) return 'a Date'
  if (ArrayBuffer.isView(value)) return 'bytes'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Returns a member of the object's own, so that none comes from its prototype. */
function own(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function isMembers(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !types.isDate(value) && !ArrayBuffer.isView(value)
}

function pathOf(path: string, name: string): string {
  if (!/^[\w$-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}
