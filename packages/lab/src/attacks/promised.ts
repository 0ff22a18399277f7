/**
 * The promised outcome of every attack on every system, and on the product. A test compares it with what is measured.
 */

import type { AttackName, Outcome } from './attack.ts'

export const systemNames = ['opaque', 'hmac', 'jwt', 'one-time', 'sealed'] as const

export type SystemName = (typeof systemNames)[number]

/** What is attacked: the columns of the matrix. */
export type AttackedName = SystemName | 'product'

export const attackedNames: readonly AttackedName[] = [...systemNames, 'product']

export function promisedOutcome(attacked: AttackedName, attack: AttackName): Outcome {
  return meanings[promised[attack].charAt(attackedNames.indexOf(attacked))] ?? 'blocked'
}

/** In the order of the columns: `+` gets in, `.` is blocked, `-` does not apply. */
const promised: Readonly<Record<AttackName, string>> = {
  'no-token': '......',
  'forged-token': '......',
  'tampered-token': '......',
  'alg-none': '--..-.',
  'key-confusion': '--..-.',
  'weak-secret-guess': '-.....',
  'mac-stripping': '-.....',
  'expired-token': '++....',
  'replayed-token': '+++...',
  'stale-token': '---.-.',
  'stolen-token': '++++..',
  'token-of-other-user': '......',
  'token-in-query': '.-..-.',
  eavesdrop: '++++.+',
  'replayed-message': '+++...',
  'tampered-message': '+++-..',
  'reordered-message': '----++',
  'bit-flip': '----..',
  'padding-oracle': '----..',
  'nonce-reuse': '----..',
  'session-hijack': '++++..',
  race: '+++...',
  'password-guess': '-..-..',
  'user-enumeration': '-.+-..',
  'duplicate-field': '......',
  'oversized-message': '......',
}

const meanings: Readonly<Record<string, Outcome>> = { '+': 'succeeded', '.': 'blocked', '-': 'not-applicable' }
