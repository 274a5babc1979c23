/** A JSON schema as execution-apis writes it. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  pattern?: string
  minimum?: number
  maximum?: number
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
  not?: Schema
}

export type Schemas = Record<string, Schema>

/** The first way in which `value` is not what `schema` says, or undefined. */
export function schemaProblem(
  value: unknown,
  schema: Schema,
  schemas: Schemas,
  path = 'result',
): string | undefined {
  const check = (inner: Schema, item: unknown = value, at = path) => schemaProblem(item, inner, schemas, at)
  if (schema.$ref !== undefined) return check(resolve(schema.$ref, schemas))
  const own = ownProblem(value, schema, path)
  if (own !== undefined) return own
  for (const inner of schema.allOf ?? []) {
    const problem = check(inner)
    if (problem !== undefined) return problem
  }
  // execution-apis' alternatives overlap (a quantity is also bytes), so oneOf is read as anyOf.
  const alternatives = schema.oneOf ?? schema.anyOf
  if (alternatives !== undefined) {
    const problems = alternatives.map((inner) => check(inner))
    if (problems.every((problem) => problem !== undefined)) return problems[0]
  }
  if (schema.not !== undefined && check(schema.not) === undefined)
    return `${path} has a form that is excluded`
  if (Array.isArray(value)) return arrayProblem(value, schema, schemas, path)
  return isObject(value) ? objectProblem(value, schema, schemas, path) : undefined
}

function ownProblem(value: unknown, schema: Schema, path: string): string | undefined {
  const types = schema.type === undefined ? [] : [schema.type].flat()
  if (types.length > 0 && !types.some((type) => isOfType(value, type)))
    return `${path} is no ${types.join(' or ')}`
  if (schema.const !== undefined && value !== schema.const) return `${path} is not ${schema.const}`
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return `${path} is none of ${schema.enum.join(', ')}`
  if (schema.pattern !== undefined && typeof value === 'string' && !new RegExp(schema.pattern).test(value)) {
    return `${path} does not match ${schema.pattern}`
  }
  if (typeof value !== 'number') return undefined
  const inRange = value >= (schema.minimum ?? value) && value <= (schema.maximum ?? value)
  return inRange ? undefined : `${path} is out of range`
}

function arrayProblem(value: unknown[], schema: Schema, schemas: Schemas, path: string): string | undefined {
  if (schema.items === undefined) return undefined
  for (const [i, item] of value.entries()) {
    const problem = schemaProblem(item, schema.items, schemas, `${path}[${i}]`)
    if (problem !== undefined) return problem
  }
  return undefined
}

function objectProblem(
  value: Record<string, unknown>,
  schema: Schema,
  schemas: Schemas,
  path: string,
): string | undefined {
  const missing = schema.required?.find((key) => !Object.hasOwn(value, key))
  if (missing !== undefined) return `${path}.${missing} is missing`
  for (const [key, item] of Object.entries(value)) {
    const inner = propertySchema(key, schema)
    if (inner === false) return `${path}.${key} is not in the schema`
    const problem = inner && schemaProblem(item, inner, schemas, `${path}.${key}`)
    if (problem) return problem
  }
  return undefined
}

function propertySchema(key: string, schema: Schema): Schema | false | undefined {
  const named = schema.properties?.[key]
  if (named !== undefined) return named
  const patterns = Object.entries(schema.patternProperties ?? {})
  const matching = patterns.find(([pattern]) => new RegExp(pattern).test(key))
  if (matching !== undefined) return matching[1]
  const { additionalProperties } = schema
  if (additionalProperties === true || additionalProperties === undefined) return undefined
  return additionalProperties
}

/** A schema by its pointer, which may lead into the properties of another. */
function resolve(reference: string, schemas: Schemas): Schema {
  let found: unknown = schemas
  for (const key of reference.slice('#/components/schemas/'.length).split('/')) {
    found = isObject(found) ? found[key] : undefined
  }
  if (!isObject(found)) throw new Error(`the suite has no schema ${reference}`)
  return found
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
