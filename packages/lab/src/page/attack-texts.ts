/**
 * What each attack tries, for those who meet its name for the first time.
 */

import type { AttackName } from '../attacks/attack.ts'

export const attackTexts: Readonly<Record<AttackName, string>> = {
  'no-token': 'the act without a token',
  'forged-token': 'a token made up in the right form',
  'tampered-token': 'the recorded token with one part changed, each part in turn',
  'alg-none': '“alg” none in all spellings, the signature empty',
  'key-confusion': 'other algorithms and keys, named in the header',
  'weak-secret-guess': '10,000 common secrets tried offline on the recording',
  'mac-stripping': 'the token or message without its MAC',
  'expired-token': 'a token older than it may become',
  'replayed-token': 'the recorded token again',
  'stale-token': 'an older token after a newer one was issued',
  'stolen-token': 'alice’s unspent token, sent by another client',
  'token-of-other-user': 'bob’s token to act as alice',
  'token-in-query': 'the token in the URL',
  eavesdrop: 'token, identity or text read from the recording',
  'replayed-message': 'a recorded request sent again, acted on again',
  'tampered-message': 'a recorded request with its text, amount or phone changed',
  'reordered-message': 'two recorded requests delivered in the other order',
  'bit-flip': 'each bit of a recorded envelope, flipped',
  'padding-oracle': 'wrong padding told from a wrong MAC, by answer or by time',
  'nonce-reuse': 'a new message with an old nonce',
  'session-hijack': 'acting inside alice’s open session with what was recorded',
  race: '100 uses at once of what should count once',
  'password-guess': 'the common passwords against alice, within a minute',
  'user-enumeration': 'existing and unknown names told apart, by text or by time',
  'duplicate-field': 'a field twice, so that two readers may differ',
  'oversized-message': '1 MiB where 64 KiB is the limit; the server must go on',
}
