import { invalidParams } from '../errors.js'

/**
 * Checks and converts one untrusted JSON value. `undefined` means left out (a JSON null at the top level counts so).
 * `path` says where it stood, for the message.
 * @throws {RpcError} -32602
 */
export type Parser<T> = (value: unknown, path: string) => T

export function reject(path: string, problem: string): never {
  throw invalidParams(`invalid ${path}: ${problem}`)
}

/** Required values say so themselves, in geth's words. */
export function requireValue(value: unknown, path: string): asserts value is NonNullable<unknown> {
  if (value === undefined || value === null) throw invalidParams(`missing value for required ${path}`)
}

/** May be left out (or null); then `fallback`. */
export function optional<T>(parse: Parser<T>): Parser<T | undefined>
export function optional<T>(parse: Parser<T>, fallback: T): Parser<T>
export function optional<T>(parse: Parser<T>, fallback?: T): Parser<T | undefined> {
  return (value, path) => (value === undefined || value === null ? fallback : parse(value, path))
}

export const boolean: Parser<boolean> = (value, path) => {
  requireValue(value, path)
  return typeof value === 'boolean' ? value : reject(path, 'want a boolean')
}

export const string: Parser<string> = (value, path) => {
  requireValue(value, path)
  return typeof value === 'string' ? value : reject(path, 'want a string')
}

/** An array of at most `max` values. */
export function arrayOf<T>(parse: Parser<T>, max: number): Parser<T[]> {
  return (value, path) => {
    requireValue(value, path)
    if (!Array.isArray(value)) return reject(path, 'want an array')
    if (value.length > max) return reject(path, `has ${value.length} items, limit is ${max}`)
    return value.map((item, i) => parse(item, `${path}[${i}]`))
  }
}

/** A JSON object that is neither null nor an array. */
export function asObject(value: unknown, path: string): Record<string, unknown> {
  requireValue(value, path)
  if (typeof value !== 'object' || Array.isArray(value)) return reject(path, 'want an object')
  return value as Record<string, unknown>
}

type Shape = Record<string, Parser<unknown>>
type Shaped<S extends Shape> = { [K in keyof S]: S[K] extends Parser<infer T> ? T : never }

/** An object with these fields; unknown fields are ignored, as clients add their own. */
export function objectOf<const S extends Shape>(shape: S): Parser<Shaped<S>> {
  const entries = Object.entries(shape)
  return (value, path) => {
    const source = asObject(value, path)
    const fields = entries.map(([key, parse]) => {
      const field = Object.hasOwn(source, key) ? source[key] : undefined
      return [key, parse(field ?? undefined, `${path}.${key}`)]
    })
    return Object.fromEntries(fields) as Shaped<S>
  }
}

/** An object used as a map: every key and every value is parsed. */
export function recordOf<K extends string, V>(
  parseKey: Parser<K>,
  parseValue: Parser<V>,
  max: number,
): Parser<Map<K, V>> {
  return (value, path) => {
    const entries = Object.entries(asObject(value, path))
    if (entries.length > max) return reject(path, `has ${entries.length} entries, limit is ${max}`)
    return new Map(
      entries.map(([key, item]) => [
        parseKey(key, `${path} key`),
        parseValue(item, `${path}[${key.slice(0, 66)}]`),
      ]),
    )
  }
}
