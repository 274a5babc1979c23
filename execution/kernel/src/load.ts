import { readFileSync } from 'node:fs'
import { KernelError } from './errors.js'

const compiled = new Map<string, WebAssembly.Module>()

/**
 * The compiled module of a kernel build: `fast/hash`, `fast/trie`, `fast/evm`, `fast/tensor` or `proof/kernel`. Compiled
 * once per process; synchronous, because an opcode cannot wait.
 *
 * @throws {KernelError} `notBuilt` when `build.mjs` has not run.
 */
export function kernelModule(name: string): WebAssembly.Module {
  const known = compiled.get(name)
  if (known) return known
  const module = new WebAssembly.Module(kernelBytes(name))
  compiled.set(name, module)
  return module
}

/**
 * The binary of a kernel build.
 *
 * @throws {KernelError} `notBuilt`
 */
export function kernelBytes(name: string): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(new URL(`../build/${name}.wasm`, import.meta.url))
  } catch (cause) {
    throw new KernelError('notBuilt', `The WebAssembly kernel "${name}" is not built: run "npm run setup".`, {
      cause,
    })
  }
}

/** A new instance of a kernel module, with its exports typed by the caller. */
export function instantiate<Exports>(name: string, env: WebAssembly.ModuleImports = {}): Exports {
  return new WebAssembly.Instance(kernelModule(name), { env }).exports as Exports
}
