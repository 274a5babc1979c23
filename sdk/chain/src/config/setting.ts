import { CodedError } from '@metis-stack/kernel'

/** A value that cannot be used, with the name the user knows it by. */
export class ConfigError extends CodedError<'invalidConfig'> {
  override readonly name = 'ConfigError'

  constructor(
    readonly source: string,
    readonly reason: string,
  ) {
    super('invalidConfig', `${source}: ${reason}`)
  }
}

/**
 * One setting, declared once: from it come the command-line flag, the environment variable, the default and the help.
 */
export type Setting<T> = {
  /** Command-line flag without dashes, e.g. `state-dir`. */
  flag: string
  /** Environment variable; the flag wins over it. */
  env: string
  description: string
  /** How the value is called in the help; absent for switches. */
  placeholder?: string
  /** Of a switch that is on by default: what `--no-…` does. */
  negativeDescription?: string
  default: T
  /** @throws {Error} with the reason when the text is no value */
  parse(text: string): T
}

type Declared<T> = Omit<Setting<T>, 'parse' | 'placeholder'> & { placeholder?: string }

const truthy = new Set(['1', 'true', 'yes', 'on', ''])
const falsy = new Set(['0', 'false', 'no', 'off'])

/** On or off; as an environment variable `1` or `0`. One that is on unless told otherwise says what `--no-…` does. */
export function switchSetting(
  declared: Omit<Declared<boolean>, 'default' | 'placeholder'> & { negativeDescription?: string },
): Setting<boolean> {
  return {
    ...declared,
    default: declared.negativeDescription !== undefined,
    parse(text) {
      if (truthy.has(text.toLowerCase())) return true
      if (falsy.has(text.toLowerCase())) return false
      throw new Error(`"${text}" is neither yes nor no`)
    },
  }
}

export function textSetting<T extends string | undefined>(declared: Declared<T>): Setting<T | string> {
  return {
    placeholder: 'text',
    ...declared,
    parse(text) {
      if (text === '') throw new Error('must not be empty')
      return text
    },
  }
}

export function integerSetting<T extends number | undefined>(
  declared: Declared<T> & { min: number; max: number },
): Setting<T | number> {
  const { min, max, ...rest } = declared
  return {
    placeholder: 'number',
    ...rest,
    parse(text) {
      const value = Number(text)
      if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new Error(`"${text}" is no whole number`)
      if (value < min || value > max) throw new Error(`${text} is not between ${min} and ${max}`)
      return value
    },
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a record of settings of different types
export type Settings = Record<string, Setting<any>>
export type Values<S extends Settings> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never }
