/**
 * The attacker of `sealed`: every attack, or why there is none. They know what anybody may know of the protocol, and see
 * of the server what comes back on the wire.
 */

import type { Attack, AttackName } from '../attacks/attack.ts'
import * as insider from './attacker/insider-attacks.ts'
import * as network from './attacker/network-attacks.ts'
import { weakSecretGuess } from './attacker/weak-secret-guess.ts'

const noHeader = 'Messages and tokens have no header that could name an algorithm or a key.'

export const sealedAttacks: Readonly<Record<AttackName, Attack | string>> = {
  'no-token': insider.noToken,
  'forged-token': insider.forgedToken,
  'tampered-token': insider.tamperedToken,
  'alg-none': noHeader,
  'key-confusion': noHeader,
  'weak-secret-guess': weakSecretGuess,
  'mac-stripping': network.macStripping,
  'expired-token': insider.expiredToken,
  'replayed-token': insider.replayedToken,
  'stale-token': 'A newer token does not end an older one: each lives and dies with its connection.',
  'stolen-token': insider.stolenToken,
  'token-of-other-user': insider.tokenOfOtherUser,
  'token-in-query': 'A line of TCP has no URL.',
  eavesdrop: network.eavesdrop,
  'replayed-message': network.replayedMessage,
  'tampered-message': network.tamperedMessage,
  'reordered-message': network.reorderedMessage,
  'bit-flip': network.bitFlip,
  'padding-oracle': network.paddingOracle,
  'nonce-reuse': insider.nonceReuse,
  'session-hijack': insider.sessionHijack,
  race: network.race,
  'password-guess': insider.passwordGuess,
  'user-enumeration': insider.userEnumeration,
  'duplicate-field': insider.duplicateField,
  'oversized-message': network.oversizedMessage,
}
