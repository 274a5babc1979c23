import type { Settings } from './setting.js'

/** One declaration as command-line arguments, in the form that citty takes. */
export type CommandArgument = {
  type: 'boolean' | 'string'
  description: string
  valueHint?: string
  negativeDescription?: string
}

/**
 * The settings as command-line arguments. Defaults stay out of the parser, so that the environment can come between,
 * and are told in the description.
 */
export function commandArguments(settings: Settings): Record<string, CommandArgument> {
  return Object.fromEntries(
    Object.values(settings).map((setting) => [
      setting.flag,
      {
        type: setting.placeholder ? 'string' : 'boolean',
        description: describe(setting),
        ...(setting.placeholder ? { valueHint: setting.placeholder } : {}),
        ...(setting.negativeDescription ? { negativeDescription: setting.negativeDescription } : {}),
      },
    ]),
  )
}

function describe(setting: Settings[string]): string {
  const notes = [`env ${setting.env}`]
  if (setting.placeholder && setting.default !== undefined) notes.push(`default ${setting.default}`)
  return `${setting.description} (${notes.join(', ')})`
}
