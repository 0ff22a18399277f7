/**
 * Planted holes: the server with one check taken out, or started carelessly. Each attack gets in through the hole that
 * the check closes, so that `blocked` means something.
 */

import { createDecipheriv, hash } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import type { AttackName } from '../attacks/attack.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import type { ServerOptions } from '../running-server.ts'
import { createThrottle } from '../throttle.ts'
import { sealedChecks } from './checks.ts'
import type { SealedChecks } from './checks.ts'
import { EnvelopeError, parseEnvelope } from './envelope.ts'
import type { EnvelopeKeys } from './keys.ts'
import { Rejection } from './rejection.ts'
import { startSealedServer } from './server.ts'
import { sealed } from './system.ts'
import type { TokenClaims } from './token.ts'

interface Hole {
  readonly name: string
  readonly lets: readonly AttackName[]
  readonly checks?: Partial<SealedChecks>
  readonly env?: Record<string, string>
}

const allow = (): void => undefined
const { request, transaction, credentials, token, envelope } = sealedChecks
const weakSecret = hash('sha256', 'secret')
const oneSecret = '42'.repeat(32)

const holes: readonly Hole[] = [
  {
    name: 'decrypts without a look at the MAC',
    lets: ['bit-flip', 'tampered-message', 'padding-oracle'],
    checks: { envelope: decrypt },
  },
  {
    name: 'checks the MAC where there is one',
    lets: ['mac-stripping'],
    checks: { envelope: (line, keys) => (hasMac(line) ? envelope(line, keys) : decrypt(addMac(line), keys)) },
  },
  {
    name: 'takes the last of two members of one name',
    lets: ['duplicate-field'],
    checks: { envelope: (line, keys) => envelope(encode(JSON.stringify(decodeLoosely(line))), keys) },
  },
  {
    name: 'lets a nonce count again',
    lets: ['replayed-message', 'nonce-reuse', 'race'],
    checks: { request: { ...request, nonce: allow } },
  },
  {
    name: 'takes a token on any connection',
    lets: ['replayed-token', 'stolen-token', 'session-hijack'],
    checks: { transaction: { ...transaction, connection: allow } },
  },
  {
    name: 'issues tokens that do not end',
    lets: ['expired-token'],
    checks: { transaction: { ...transaction, expiry: allow } },
  },
  {
    name: 'decrypts tokens without a look at the MAC',
    lets: ['tampered-token'],
    checks: { token: readTokenLoosely },
  },
  {
    name: 'takes who shows no token for the owner',
    lets: ['no-token'],
    checks: {
      token: (text, keys) => (text === '' ? claimsOfAlice : token(text, keys)),
      transaction: { ...transaction, connection: allow },
    },
  },
  {
    name: 'acts for alice, whosever token it is',
    lets: ['token-of-other-user'],
    checks: { token: (text, keys) => ({ ...token(text, keys), sub: 'alice' }) },
  },
  {
    name: 'makes its token keys from what all clients have',
    lets: ['forged-token'],
    env: { LAB_SEALED_PSK: oneSecret, LAB_SEALED_TOKEN_KEY: oneSecret },
  },
  {
    name: 'is given the hash of a common secret as its key',
    lets: ['weak-secret-guess'],
    env: { LAB_SEALED_PSK: weakSecret },
  },
  {
    name: 'counts no failures',
    lets: ['password-guess'],
    checks: { credentials: (presented) => credentials({ ...presented, throttle: createThrottle() }) },
  },
  {
    name: 'does no work for a name that nobody has',
    lets: ['user-enumeration'],
    checks: {
      credentials: async (presented) => {
        if (!presented.accounts.find(presented.request.username)) throw new Rejection('bad_credentials')
        return credentials(presented)
      },
    },
  },
]

describe.each(holes)('a server that $name', ({ lets, checks, env = {} }) => {
  test.each(lets)('lets in %s', { timeout: 30_000 }, async (attack) => {
    const start = (options: ServerOptions) => startSealedServer({ ...options, env }, { ...sealedChecks, ...checks })
    for await (const { outcome, evidence } of runAttacks(sealed, { attacks: [attack], start })) {
      expect({ outcome, evidence }).toEqual({ outcome: 'succeeded', evidence })
    }
  })
})

const claimsOfAlice = { sub: 'alice', iat: 0, exp: Number.MAX_SAFE_INTEGER, jti: '', cid: '' }

function readTokenLoosely(text: string, keys: EnvelopeKeys): TokenClaims {
  try {
    return JSON.parse(decrypt(text, keys).toString())
  } catch (cause) {
    throw new Rejection('invalid_token', { cause })
  }
}

function decrypt(line: string, keys: EnvelopeKeys): Buffer {
  const { iv, ciphertext } = parseEnvelope(line)
  try {
    const decipher = createDecipheriv('aes-256-cbc', keys.encryption, iv)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch (cause) {
    throw new EnvelopeError('padding', { cause })
  }
}

function hasMac(line: string): boolean {
  return 'mac' in decodeLoosely(line)
}

function addMac(line: string): string {
  return encode(JSON.stringify({ ...decodeLoosely(line), mac: Buffer.alloc(32).toString('base64') }))
}

function decodeLoosely(line: string): object {
  try {
    return Object(JSON.parse(Buffer.from(line, 'base64').toString()))
  } catch (cause) {
    throw new EnvelopeError('not JSON', { cause })
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}
