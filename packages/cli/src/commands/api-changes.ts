/** `countersign apis`: update, secret. */

import type { Api } from '@countersign/server'
import { Option } from 'commander'
import type { Command } from 'commander'
import { CommandError } from '../failure.ts'
import { nextCommand } from '../next-command.ts'
import { createOutput, formatInstant } from '../output.ts'
import { givenSettings, storeCommand } from '../settings-options.ts'
import { withStore } from '../workspace.ts'
import { apiLines, apiRow } from './api-row.ts'

export function addApiChanges(apis: Command): void {
  storeCommand(
    apis,
    'update <audience>',
    'Changes an API. Tokens follow from the next one on; those out stay as they are.',
  )
    .option('--name <name>', 'its name, for people')
    .option('--add-scope <scopes...>', 'scopes that it shall know, too; open to every user until a role grants them')
    .option(
      '--add-single-use-scope <scopes...>',
      'the same, whose tokens are good for one request only; or make them so',
    )
    .option('--reusable-scope <scopes...>', 'single-use scopes whose tokens shall be good for more than one request')
    .option('--remove-scope <scopes...>', 'scopes that no token for it shall have any more')
    .option('--session-keys', 'let clients have session keys, to sign and seal what they send to it')
    .option('--no-session-keys', 'give them none any more, and forget the secrets')
    .addOption(new Option('--alg <alg>', 'signs its access tokens').choices(['ES256', 'RS256']))
    .action(async (audience: string, options: UpdateOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const { name, addScope, addSingleUseScope, reusableScope, removeScope, sessionKeys, alg } = options
        const api = await administration.updateApi(audience, {
          ...(name === undefined ? {} : { name }),
          ...{ addScopes: addScope ?? [], addSingleUseScopes: addSingleUseScope ?? [] },
          ...{ reusableScopes: reusableScope ?? [], removeScopes: removeScope ?? [] },
          ...(sessionKeys === undefined ? {} : { sessionKeys }),
          ...(alg === undefined ? {} : { alg }),
        })
        createOutput(options.json === true).answer(apiRow(api), [
          `updated API ${api.name}`,
          ...apiLines(api),
          ...(sessionKeys === true
            ? [`  next                ${nextCommand('apis', 'secret', audience, ...givenSettings(command))}`]
            : []),
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
          ...secrets.map(({ version, activeAt }) =>
            secrets.some((later) => later.version > version && later.activeAt < activeAt)
              ? `No token uses version ${version}: another one came before its time.`
              : `Tokens use version ${version} from ${formatInstant(activeAt)}.`,
          ),
        ])
      })
    })
}

interface UpdateOptions {
  readonly name?: string
  readonly addScope?: readonly string[]
  readonly addSingleUseScope?: readonly string[]
  readonly reusableScope?: readonly string[]
  readonly removeScope?: readonly string[]
  readonly sessionKeys?: boolean
  readonly alg?: Api['alg']
  readonly json?: true
}

interface SecretOptions {
  readonly rotate?: true
  readonly now?: true
  readonly json?: true
}
