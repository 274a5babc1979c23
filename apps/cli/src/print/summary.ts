import type { StackInfo } from '@metis-stack/node'
import pc from 'picocolors'

const row = (name: string, value: string): string => `  ${name.padEnd(22)}${value}`

/** What a user of a running stack wants to copy. */
export function stackSummary(stack: StackInfo): string {
  const { addresses } = stack
  const endpoints = [
    ['L1 (anvil)', stack.l1],
    ['Andromeda', stack.andromeda],
    ['Hyperion', stack.hyperion],
  ] as const
  const contracts: [string, string][] = [
    ['METIS on L1', addresses.metis],
    ['Portal of Andromeda', addresses.andromeda.portal],
    ['Bridge of Andromeda', addresses.andromeda.l1Bridge],
    ['Outputs of Andromeda', addresses.andromeda.outputOracle],
    ['Portal of Hyperion', addresses.hyperion.portal],
    ['Bridge of Hyperion', addresses.hyperion.l1Bridge],
    ['Outputs of Hyperion', addresses.hyperion.outputOracle],
    ['L2 bridge', addresses.predeploys.l2Bridge],
    ['L2 message passer', addresses.predeploys.l2MessagePasser],
    ['L2 fee vault', addresses.predeploys.feeVault],
    ['DAT', addresses.value.dat],
    ['Model registry', addresses.value.modelRegistry],
    ['Fee router', addresses.value.feeRouter],
    ['INFER precompile', addresses.value.infer],
  ]
  return [
    pc.bold('Endpoints'),
    ...endpoints.map(([name, { url, webSocketUrl, chainId }]) =>
      row(name, `${url}  ${webSocketUrl}  ${pc.dim(`chain id ${chainId}`)}`),
    ),
    '',
    pc.bold('Accounts') +
      pc.dim('  ETH and METIS on L1, METIS on both L2s; these keys are public, never use them elsewhere'),
    ...stack.accounts.map(({ address, privateKey }, i) =>
      row(`(${i}) ${address}`, `  ${pc.dim(privateKey)}`),
    ),
    '',
    pc.bold('Contracts'),
    ...contracts.map(([name, address]) => row(name, address)),
    '',
    row('State', stack.stateDir),
    row('Stop', 'Ctrl-C; the same command goes on from here, --fresh starts over'),
  ].join('\n')
}
