import { signHmacToken } from '@countersign/tokens'
import { expect, test } from 'vitest'

import type { AttackName } from '../attacks/attack.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import type { ServerOptions } from '../running-server.ts'
import { MessageRefusal } from '../wire/message-refusal.ts'
import { hmacChecks } from './checks.ts'
import type { Fields, HmacChecks } from './checks.ts'
import { startHmacServer } from './server.ts'
import { hmac } from './system.ts'

interface Hole {
  /** Which check is gone, and what stands in its place. */
  readonly checks?: Partial<HmacChecks>
  readonly options?: ServerOptions
}

const realToken = hmacChecks.token

function believeName({ token = '' }: Fields): string {
  return token.split('.')[0] ?? ''
}

const holes: Partial<Record<AttackName, Hole>> = {
  'no-token': { checks: { token: (fields, key) => (fields.token ? realToken(fields, key) : 'alice') } },
  'forged-token': { checks: { token: believeName } },
  'tampered-token': {
    checks: {
      token: ({ token = '' }, key) => {
        const [name = '', seconds = ''] = token.split('.')
        const signed = signHmacToken(name, Number.parseInt(seconds) || 0, key)
        if (signed.slice(0, -1) !== token.slice(0, -1)) throw new MessageRefusal('the MAC does not hold')
        return name
      },
    },
  },
  'weak-secret-guess': { options: { env: { LAB_HMAC_SECRET: 'changeme'.repeat(4) } } },
  'mac-stripping': {
    checks: {
      token: (fields, key) =>
        /\.[0-9a-f]{64}$/.test(fields.token ?? '') ? realToken(fields, key) : believeName(fields),
    },
  },
  'token-of-other-user': {
    checks: { token: (fields, key) => [fields.username ?? realToken(fields, key), realToken(fields, key)][0] ?? '' },
  },
  'password-guess': {
    checks: {
      throttle: () => ({
        guess: async (_name, _address, verify) => ({ status: (await verify()) ? 'right' : 'wrong' }),
      }),
    },
  },
  'user-enumeration': {
    checks: { password: async (hash, password) => hash !== undefined && hmacChecks.password(hash, password) },
  },
  'duplicate-field': { checks: { fields: (message) => Object.fromEntries(new URLSearchParams(message)) } },
  'oversized-message': { checks: { mostBytes: 2 * 1024 * 1024 } },
}

test.each(Object.entries(holes))(
  '%s gets in where the check against it is gone',
  { timeout: 30_000 },
  async (attack, { checks, options }) => {
    const start = (asked: ServerOptions) =>
      startHmacServer({ env: {}, ...asked, ...options }, { ...hmacChecks, ...checks })
    for await (const result of runAttacks(hmac, { start, attacks: [attack as AttackName] })) {
      expect(result).toMatchObject({ outcome: 'succeeded', expected: 'blocked' })
    }
  },
)
