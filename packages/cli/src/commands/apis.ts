/** `countersign apis`: create, list, secret. */

import type { Api } from '@countersign/server'
import { Option } from 'commander'
import type { Command } from 'commander'
import { CommandError } from '../failure.ts'
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
        createOutput(options.json === true).answer(toRow(api), [
          `created API ${api.name}`,
          `  audience  ${api.audience}`,
          `  next      countersign clients create APP --audience ${api.audience}`,
          ...(api.sessionKeys ? [`  then      countersign apis secret ${api.audience}`] : []),
        ])
      })
    })

  storeCommand(
    apis,
    'secret <audience>',
    'Prints what an API with session keys shares with the server: the option `sessionSecrets` of its guard.',
  )
    .option('--rotate', 'make another secret, which tokens use in an hour: give it to the guard before')
    .option('--now', 'with --rotate, let tokens use it at once: for a secret that others know')
    .action(async (audience: string, options: SecretOptions, command: Command) => {
      if (options.now === true && options.rotate !== true) throw new CommandError('--now goes with --rotate')
      await withStore(command, async ({ administration }) => {
        if (options.rotate === true) {
          await administration.rotateApiSecret(audience, options.now === true ? 'at-once' : 'publish-ahead')
        }
        const secrets = await administration.listApiSecrets(audience)
        const sessionSecrets = Object.fromEntries(
          secrets.map(({ version, secret }) => [version, Buffer.from(secret).toString('base64url')]),
        )
        const active = Object.fromEntries(secrets.map(({ version, activeAt }) => [version, formatInstant(activeAt)]))
        createOutput(options.json === true).answer({ audience, sessionSecrets, active }, [
          JSON.stringify(sessionSecrets),
          '',
          'Keep it where only the API can read it, and give it to its guard:',
          '  createGuard({ …, sessionSecrets: JSON.parse(process.env.SESSION_SECRETS) })',
          ...secrets.map(({ version, activeAt }) => `Tokens use version ${version} from ${formatInstant(activeAt)}.`),
        ])
      })
    })

  storeCommand(apis, 'list', 'Lists the APIs.').action(async (options: { readonly json?: true }, command: Command) => {
    await withStore(command, async ({ administration }) => {
      createOutput(options.json === true).list(
        (await administration.listApis()).map(toRow),
        ['audience', 'name', 'scopes', 'singleUseScopes', 'sessionKeys', 'alg', 'created'],
        'no APIs yet: countersign apis create NAME --audience URI',
      )
    })
  })
}

interface CreateOptions {
  readonly audience: string
  readonly scope?: readonly string[]
  readonly singleUseScope?: readonly string[]
  readonly sessionKeys?: true
  readonly alg?: 'ES256' | 'RS256'
  readonly json?: true
}

interface SecretOptions {
  readonly rotate?: true
  readonly now?: true
  readonly json?: true
}

function toRow(api: Api): Row {
  return {
    audience: api.audience,
    name: api.name,
    scopes: api.scopes,
    singleUseScopes: api.singleUseScopes,
    sessionKeys: api.sessionKeys,
    alg: api.alg,
    created: formatInstant(api.createdAt),
  }
}
