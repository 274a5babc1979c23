import { describe, expect, it } from 'vitest'
import { commandArguments } from './help.js'
import { resolveConfig, unknownFlags } from './resolve.js'
import { integerSetting, switchSetting, textSetting } from './setting.js'

const settings = {
  port: integerSetting({
    flag: 'port',
    env: 'T_PORT',
    description: 'Port.',
    default: 80,
    min: 1,
    max: 65_535,
  }),
  fresh: switchSetting({ flag: 'fresh', env: 'T_FRESH', description: 'Start over.' }),
  folder: textSetting({ flag: 'state-dir', env: 'T_DIR', description: 'Folder.', default: '.metis' }),
}

describe('configuration', () => {
  it('takes a flag before the environment and the environment before the default', () => {
    expect(resolveConfig(settings, {}, {})).toEqual({ port: 80, fresh: false, folder: '.metis' })
    expect(resolveConfig(settings, {}, { T_PORT: '81', T_FRESH: '1' })).toMatchObject({
      port: 81,
      fresh: true,
    })
    expect(
      resolveConfig(settings, { port: '82', fresh: false }, { T_PORT: '81', T_FRESH: '1' }),
    ).toMatchObject({
      port: 82,
      fresh: false,
    })
  })

  it('names the flag or variable whose value is wrong', () => {
    expect(() => resolveConfig(settings, { port: '0' }, {})).toThrow('--port: 0 is not between 1 and 65535')
    expect(() => resolveConfig(settings, {}, { T_PORT: '8o' })).toThrow('T_PORT: "8o" is no whole number')
    expect(() => resolveConfig(settings, { 'state-dir': '' }, {})).toThrow('--state-dir: must not be empty')
  })

  it('finds flags that do not exist', () => {
    expect(unknownFlags(settings, ['--port', '1', '--prot=2', '--no-fresh', '-x'])).toEqual(['--prot', '-x'])
  })

  it('becomes command-line arguments that tell default and variable', () => {
    expect(commandArguments(settings)).toEqual({
      port: { type: 'string', description: 'Port. (env T_PORT, default 80)', valueHint: 'number' },
      fresh: { type: 'boolean', description: 'Start over. (env T_FRESH)' },
      'state-dir': { type: 'string', description: 'Folder. (env T_DIR, default .metis)', valueHint: 'text' },
    })
  })
})
