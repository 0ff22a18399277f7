/** `countersign keys`: list, rotate, revoke. A running server learns of it within two seconds. */

import { Option } from 'commander'
import type { Command } from 'commander'
import { CommandError } from '../failure.ts'
import { createOutput, formatInstant } from '../output.ts'
import { storeCommand } from '../settings-options.ts'
import { withKeys } from '../workspace.ts'

export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('List, rotate and revoke the signing keys.')

  storeCommand(keys, 'list', 'Lists the keys and their states.').action(
    async (options: { readonly json?: true }, command: Command) => {
      await withKeys(command, async ({ keys: rings }) => {
        const rows = (await rings.list()).map((key) => ({
          kid: key.kid,
          signs: key.ring,
          alg: key.alg,
          state: key.state,
          active: formatInstant(key.activeAt),
          retired: formatInstant(key.retiredAt),
          gone: formatInstant(key.goneAt),
          revoked: formatInstant(key.revokedAt),
        }))
        createOutput(options.json === true).list(
          rows,
          ['kid', 'signs', 'alg', 'state', 'active', 'retired', 'gone', 'revoked'],
          'no keys yet: they are made at the first `countersign serve`',
        )
      })
    },
  )

  storeCommand(
    keys,
    'rotate',
    'Publishes a new key, which signs as soon as every guard can know it; the old one goes on verifying.',
  )
    .addOption(new Option('--alg <alg>', 'which key').choices(['ES256', 'RS256']).default('ES256'))
    .addOption(new Option('--signs <what>', 'tokens or status lists').choices(['token', 'status']).default('token'))
    .option('--now', 'let the new key sign after two seconds: guards that do not know it yet ask for it')
    .action(async (options: RotateOptions, command: Command) => {
      if (options.signs === 'status' && options.alg !== 'ES256') {
        throw new CommandError('status lists are signed by ES256: leave out --alg')
      }
      await withKeys(command, async ({ keys: rings }) => {
        const known = (await rings.list()).map(({ kid }) => kid)
        const key = await rings.rotate(options.alg, options.now === true ? 'at-once' : 'publish-ahead', options.signs)
        createOutput(options.json === true).answer({ ...key, active: formatInstant(key.activeAt) }, [
          `${known.includes(key.kid) ? 'already waiting:' : 'new'} ${options.alg} key ${key.kid}, signs from ${formatInstant(key.activeAt)}`,
        ])
      })
    })

  storeCommand(
    keys,
    'revoke <kid>',
    'Revokes a key: tokens that it signed are refused, within a minute everywhere.',
  ).action(async (kid: string, options: { readonly json?: true }, command: Command) => {
    await withKeys(command, async ({ keys: rings }) => {
      if (!(await rings.revoke(kid))) {
        throw new CommandError('no key with this ID can be revoked: see `countersign keys list`')
      }
      createOutput(options.json === true).answer({ kid, revoked: true }, [
        `revoked ${kid}: guards drop it within a minute; another key signs from now on`,
      ])
    })
  })
}

interface RotateOptions {
  readonly alg: 'ES256' | 'RS256'
  readonly signs: 'token' | 'status'
  readonly now?: true
  readonly json?: true
}
