/** `countersign apis`: create, list. */

import type { Api } from '@countersign/server'
import { Option } from 'commander'
import type { Command } from 'commander'
import { createOutput, formatInstant } from '../output.ts'
import type { Row } from '../output.ts'
import { storeCommand } from '../settings-options.ts'
import { withStore } from '../workspace.ts'

export function addApisCommand(program: Command): void {
  const apis = program.command('apis').description('Create and list APIs (the resource servers that tokens are for).')

  storeCommand(
    apis,
    'create [name]',
    'Creates an API. Clients name its audience as `resource`, and its guard demands it.',
  )
    .requiredOption('--audience <uri>', 'the absolute URI that names it')
    .option('--scope <scopes...>', 'scopes that it knows')
    .addOption(new Option('--alg <alg>', 'signs its access tokens').choices(['ES256', 'RS256']))
    .action(async (name: string | undefined, options: CreateOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const api = await administration.createApi({
          audience: options.audience,
          ...(name === undefined ? {} : { name }),
          scopes: options.scope ?? [],
          ...(options.alg === undefined ? {} : { alg: options.alg }),
        })
        createOutput(options.json === true).answer(toRow(api), [
          `created API ${api.name}`,
          `  audience  ${api.audience}`,
          `  next      countersign clients create APP --audience ${api.audience}`,
        ])
      })
    })

  storeCommand(apis, 'list', 'Lists the APIs.').action(async (options: { readonly json?: true }, command: Command) => {
    await withStore(command, async ({ administration }) => {
      createOutput(options.json === true).list(
        (await administration.listApis()).map(toRow),
        ['audience', 'name', 'scopes', 'alg', 'created'],
        'no APIs yet: countersign apis create NAME --audience URI',
      )
    })
  })
}

interface CreateOptions {
  readonly audience: string
  readonly scope?: readonly string[]
  readonly alg?: 'ES256' | 'RS256'
  readonly json?: true
}

function toRow(api: Api): Row {
  return {
    audience: api.audience,
    name: api.name,
    scopes: api.scopes,
    alg: api.alg,
    created: formatInstant(api.createdAt),
  }
}
