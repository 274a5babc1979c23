import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { filesBelow } from '../../files.js'
import { type Schema, type Schemas, schemaProblem } from './schema.js'

type Method = { name: string; result?: { schema: Schema } }

/** The OpenRPC sources of execution-apis: what each method's result looks like. */
export class OpenRpc {
  readonly #results: Map<string, Schema>
  readonly #schemas: Schemas

  private constructor(results: Map<string, Schema>, schemas: Schemas) {
    this.#results = results
    this.#schemas = schemas
  }

  static async load(root: string): Promise<OpenRpc> {
    const schemas: Schemas = {}
    const results = new Map<string, Schema>()
    for (const file of await filesBelow(join(root, 'src'), '.yaml')) {
      if (file.startsWith('error-groups')) continue
      const content: unknown = parse(await readFile(join(root, 'src', file), 'utf8'))
      if (file.includes('schemas')) Object.assign(schemas, content)
      else if (Array.isArray(content)) {
        for (const { name, result } of content as Method[]) if (result) results.set(name, result.schema)
      }
    }
    return new OpenRpc(results, schemas)
  }

  /** The first way in which a result differs from its schema, or undefined. */
  problem(method: string, result: unknown): string | undefined {
    const schema = this.#results.get(method)
    return schema && schemaProblem(result, schema, this.#schemas)
  }
}
