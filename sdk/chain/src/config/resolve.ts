import { ConfigError, type Setting, type Settings, type Values } from './setting.js'

/**
 * The values to run with: explicit flags, else the environment, else the defaults.
 *
 * @param flags by flag name, as a command-line parser gives them; `undefined` means not given
 * @throws {ConfigError} naming the flag or the variable at fault
 */
export function resolveConfig<S extends Settings>(
  settings: S,
  flags: Record<string, unknown> = {},
  env: Record<string, string | undefined> = process.env,
): Values<S> {
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries(settings)) {
    const given = flags[setting.flag]
    const variable = env[setting.env]
    if (given !== undefined) values[key] = parse(setting, String(given), `--${setting.flag}`)
    else if (variable !== undefined) values[key] = parse(setting, variable, setting.env)
    else values[key] = setting.default
  }
  return values as Values<S>
}

function parse(setting: Setting<unknown>, text: string, source: string): unknown {
  try {
    return setting.parse(text)
  } catch (error) {
    throw new ConfigError(source, (error as Error).message)
  }
}

/** Flags of a command line that no setting knows, as they were typed: most likely spelling mistakes. */
export function unknownFlags(settings: Settings, rawArguments: string[]): string[] {
  const known = new Set<string>()
  for (const { flag, placeholder } of Object.values(settings)) {
    known.add(`--${flag}`)
    if (!placeholder) known.add(`--no-${flag}`)
  }
  return rawArguments
    .filter((text) => text.startsWith('-'))
    .map((text) => text.split('=', 1)[0]!)
    .filter((flag) => !known.has(flag))
}
