/** `countersign token`: decode, verify, revoke, and with `--dev` mint. */

import { text } from 'node:stream/consumers'
import { systemClock } from '@countersign/server'
import { decodeUnverified, TokenError, verifyJwt } from '@countersign/tokens'
import type { JwtClaims } from '@countersign/tokens'
import type { Command } from 'commander'
import { CommandError } from '../failure.ts'
import { shellWord } from '../next-command.ts'
import { parseSeconds } from '../numbers.ts'
import { createOutput, formatInstant } from '../output.ts'
import { storeCommand } from '../settings-options.ts'
import { withKeys } from '../workspace.ts'

export function addTokenCommand(program: Command): void {
  const token = program
    .command('token')
    .description('Look at tokens, verify and revoke them, and with --dev mint them.')

  token
    .command('decode <token>')
    .description('Shows what a JWT says, unverified. `-` reads it from standard input.')
    .option('--json', 'print JSON')
    .action(async (given: string, options: JsonOption) => {
      const { header, claims } = decodeUnverified(await readToken(given))
      createOutput(options.json === true).answer({ header, claims }, [...describeJwt(header, claims), notVerified])
    })

  storeCommand(
    token,
    'verify <token>',
    'Verifies an access token with the keys of this server. `-` reads it from standard input.',
  )
    .option('--audience <uri>', 'the audience that it must be for; the issuer otherwise')
    .action(async (given: string, options: VerifyOptions, command: Command) => {
      const text = await readToken(given)
      await withKeys(command, async ({ keys, issuer }) => {
        const audience = options.audience ?? issuer
        const expected = { issuer, audience, typ: 'at+jwt', now: systemClock() }
        const { header, claims } = toldWhoItIsFor(text, () => verifyJwt(text, keys.verificationKeys(), expected))
        createOutput(options.json === true).answer({ valid: true, header, claims }, [
          ...describeJwt(header, claims),
          'valid: signature, issuer, audience, type and time hold (whether its grant still lives, the server knows)',
        ])
      })
    })

  storeCommand(token, 'mint', 'Signs an access token without a sign-in. Only with --dev; audited.')
    .requiredOption('--subject <sub>', 'who it speaks for')
    .option('--audience <uri>', 'which API it is for; the issuer otherwise')
    .option('--scope <scopes...>', 'its scopes')
    .option('--lifetime <seconds>', 'how long it lives, 3600 at most; below zero: already expired', parseSeconds, 300)
    .option('--single-use', 'a token that works once')
    .action(async (options: MintOptions, command: Command) => {
      await withKeys(command, async ({ settings, administration }) => {
        if (!settings.dev) throw new CommandError('minting skips the sign-in: it works with --dev only')
        const { subject, audience, scope = [], lifetime, singleUse = false } = options
        const { token, claims } = await administration.mintToken({
          ...{ subject, scopes: scope, lifetimeSeconds: lifetime, singleUse },
          ...(audience === undefined ? {} : { audience }),
        })
        createOutput(options.json === true).answer({ access_token: token, claims }, [token])
      })
    })

  storeCommand(
    token,
    'revoke <token>',
    'Revokes an access or refresh token, and all that come of the same sign-in. `-` reads it from standard input.',
  ).action(async (given: string, options: JsonOption, command: Command) => {
    const text = await readToken(given)
    await withKeys(command, async ({ administration }) => {
      const { id: grant, clientId: client, userId: user } = await administration.revokeToken(text)
      createOutput(options.json === true).answer({ grant, client, user, revoked: true }, [
        `revoked grant ${grant}`,
        `  client  ${client}`,
        ...(user === null ? [] : [`  user    ${user}`]),
        '  Where the status is looked at, its tokens are refused within two seconds.',
      ])
    })
  })
}

const notVerified = 'Not verified: anybody can write such a text. `countersign token verify` checks it.'

interface JsonOption {
  readonly json?: true
}

interface VerifyOptions extends JsonOption {
  readonly audience?: string
}

interface MintOptions extends VerifyOptions {
  readonly subject: string
  readonly scope?: readonly string[]
  readonly lifetime: number
  readonly singleUse?: true
}

async function readToken(given: string): Promise<string> {
  return (given === '-' ? await text(process.stdin) : given).trim()
}

/** Of a token for somebody else, the failure says for whom. */
function toldWhoItIsFor<T>(token: string, verify: () => T): T {
  try {
    return verify()
  } catch (error) {
    if (!(error instanceof TokenError) || error.code !== 'token_audience_mismatch') throw error
    const [audience] = [decodeUnverified(token).claims.aud].flat()
    if (typeof audience !== 'string') throw error
    throw new CommandError(`${error.message}: give --audience ${shellWord(audience)}`, {
      cause: error,
      code: error.code,
    })
  }
}

function describeJwt(header: object, claims: JwtClaims): readonly string[] {
  const instants = ['iat', 'nbf', 'exp', 'auth_time']
    .map((name) => [name, claims[name]] as const)
    .filter((entry): entry is readonly [string, number] => typeof entry[1] === 'number' && Math.abs(entry[1]) < 1e11)
  return [
    `header  ${JSON.stringify(header)}`,
    `claims  ${JSON.stringify(claims, null, 2).replaceAll('\n', '\n        ')}`,
    ...instants.map(([name, at]) => `${name.padEnd(7)} ${formatInstant(Math.floor(at))}`),
  ]
}
