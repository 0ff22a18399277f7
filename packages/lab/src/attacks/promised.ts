/**
 * The promised outcome of every attack on every system. A test compares it with what is measured.
 */

import type { AttackName, Outcome } from './attack.ts'

export const systemNames = ['opaque', 'hmac', 'jwt', 'one-time', 'sealed'] as const

export type SystemName = (typeof systemNames)[number]

export function promisedOutcome(system: SystemName, attack: AttackName): Outcome {
  return meanings[promised[attack].charAt(systemNames.indexOf(system))] ?? 'blocked'
}

/** In the order of the systems: `+` gets in, `.` is blocked, `-` does not apply. */
const promised: Readonly<Record<AttackName, string>> = {
  'no-token': '.....',
  'forged-token': '.....',
  'tampered-token': '.....',
  'alg-none': '--..-',
  'key-confusion': '--..-',
  'weak-secret-guess': '-....',
  'mac-stripping': '-....',
  'expired-token': '++...',
  'replayed-token': '+++..',
  'stale-token': '---.-',
  'stolen-token': '++++.',
  'token-of-other-user': '.....',
  'token-in-query': '.-..-',
  eavesdrop: '++++.',
  'replayed-message': '+++..',
  'tampered-message': '+++-.',
  'reordered-message': '----+',
  'bit-flip': '----.',
  'padding-oracle': '----.',
  'nonce-reuse': '----.',
  'session-hijack': '++++.',
  race: '+++..',
  'password-guess': '-..-.',
  'user-enumeration': '-.+-.',
  'duplicate-field': '.....',
  'oversized-message': '.....',
}

const meanings: Readonly<Record<string, Outcome>> = { '+': 'succeeded', '.': 'blocked', '-': 'not-applicable' }
