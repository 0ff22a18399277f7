/** `countersign apis`: create, show, list, delete; what changes one is in `api-changes.ts`. */

import type { Api, ApiDescription } from '@countersign/server'
import { Option } from 'commander'
import type { Command } from 'commander'
import { tokensStillOut } from '../issued-tokens.ts'
import { nextCommand } from '../next-command.ts'
import { createOutput } from '../output.ts'
import { givenSettings, storeCommand } from '../settings-options.ts'
import { withStore } from '../workspace.ts'
import { addApiChanges } from './api-changes.ts'
import { apiLines, apiRow } from './api-row.ts'

export function addApisCommand(program: Command): void {
  const apis = program
    .command('apis')
    .description('Create, list, change and delete APIs (the resource servers that tokens are for).')

  storeCommand(
    apis,
    'create [name]',
    'Creates an API. Clients name its audience as `resource`, and its guard demands it.',
  )
    .requiredOption('--audience <uri>', 'the absolute URI that names it')
    .option('--scope <scopes...>', 'scopes that it knows')
    .option('--single-use-scope <scopes...>', 'scopes that it knows, whose tokens are good for one request only')
    .option('--session-keys', 'clients may have session keys, to sign and seal what they send to it')
    .addOption(new Option('--alg <alg>', 'signs its access tokens').choices(['ES256', 'RS256']))
    .action(async (name: string | undefined, options: CreateOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const api = await administration.createApi({
          audience: options.audience,
          ...(name === undefined ? {} : { name }),
          scopes: options.scope ?? [],
          singleUseScopes: options.singleUseScope ?? [],
          sessionKeys: options.sessionKeys === true,
          ...(options.alg === undefined ? {} : { alg: options.alg }),
        })
        const same = givenSettings(command)
        createOutput(options.json === true).answer(apiRow(api), [
          `created API ${api.name}`,
          `  audience  ${api.audience}`,
          `  next      ${nextCommand('clients', 'create', 'APP', '--audience', api.audience, ...scopeWords(api), ...same)}`,
          ...(api.sessionKeys ? [`  then      ${nextCommand('apis', 'secret', api.audience, ...same)}`] : []),
        ])
      })
    })

  storeCommand(apis, 'show <audience>', 'Shows an API, and which clients and roles have to do with it.').action(
    async (audience: string, options: JsonOption, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const shown = await administration.describeApi(audience)
        const { callers, resourceServers, roles } = shown
        createOutput(options.json === true).answer({ ...apiRow(shown.api), callers, resourceServers, roles }, [
          `API ${shown.api.name}`,
          ...apiLines(shown.api),
          ...peopleLines(shown),
        ])
      })
    },
  )

  storeCommand(apis, 'list', 'Lists the APIs.').action(async (options: JsonOption, command: Command) => {
    await withStore(command, async ({ administration }) => {
      createOutput(options.json === true).list(
        (await administration.listApis()).map(apiRow),
        ['audience', 'name', 'scopes', 'singleUseScopes', 'sessionKeys', 'alg', 'created'],
        `no APIs yet: ${nextCommand('apis', 'create', 'NAME', '--audience', 'URI', ...givenSettings(command))}`,
      )
    })
  })

  addApiChanges(apis)

  storeCommand(
    apis,
    'delete <audience>',
    'Deletes an API: revokes the tokens for it, takes it away from every client, forgets its secrets.',
  ).action(async (audience: string, options: JsonOption, command: Command) => {
    await withStore(command, async ({ administration }) => {
      const deleted = await administration.deleteApi(audience)
      const { grants: revoked, clients, roles } = deleted
      createOutput(options.json === true).answer({ audience, deleted: true, revoked, clients, roles }, [
        `deleted API ${audience}`,
        `  revoked     ${String(revoked)} ${revoked === 1 ? 'grant' : 'grants'}: ${tokensStillOut}`,
        ...(clients.length === 0 ? [] : [`  taken from  ${clients.join(' ')}`]),
        ...Object.entries(roles).map(
          ([role, scopes]) => `  closed by   ${role}: ${scopes.join(' ')}, if it is made again`,
        ),
      ])
    })
  })
}

interface JsonOption {
  readonly json?: true
}

interface CreateOptions extends JsonOption {
  readonly audience: string
  readonly scope?: readonly string[]
  readonly singleUseScope?: readonly string[]
  readonly sessionKeys?: true
  readonly alg?: Api['alg']
}

function scopeWords({ scopes }: Api): readonly string[] {
  return scopes.length === 0 ? [] : ['--scope', ...scopes]
}

function peopleLines({ callers, resourceServers, roles }: ApiDescription): readonly string[] {
  return [
    `  callers             ${callers.join(' ') || '-'}`,
    `  resource servers    ${resourceServers.join(' ') || '-'}`,
    ...Object.entries(roles).map(([name, scopes]) => `  closed by role      ${name}: ${scopes.join(' ')}`),
  ]
}
