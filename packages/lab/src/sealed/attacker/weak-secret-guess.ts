/**
 * Finding a weak pre-shared key offline: one recorded envelope says of every guess whether it is right, and nobody notices.
 */

import { createHmac } from 'node:crypto'

import type { Attack } from '../../attacks/attack.ts'
import { makeCommonKeys } from '../../attacks/common-keys.ts'
import { commonSecrets } from '../../attacks/common-secrets.ts'
import { openEnvelope, parseEnvelope } from '../envelope.ts'
import { deriveChannelKeys, deriveKey } from '../keys.ts'
import { finding, sealedAttack } from './stage.ts'

export const weakSecretGuess: Attack = sealedAttack(async ({ signIn }) => {
  const alice = await signIn('alice')
  const [login] = alice.recorded
  const line = login?.sent ?? ''
  const key = makeCommonKeys().find((guess) => isKeyOf(line, guess))
  if (key === undefined) return finding(false, `none of ${commonSecrets.length} common secrets made the recorded login`)
  const read = openEnvelope(line, deriveChannelKeys(key).clientToServer).toString()
  return finding(true, `the pre-shared key is ${key.toString('hex')}; her login: ${read}`)
})

function isKeyOf(line: string, guess: Buffer): boolean {
  const { iv, ciphertext, mac } = parseEnvelope(line)
  return createHmac('sha256', deriveKey(guess, 'c2s-mac')).update(iv).update(ciphertext).digest().equals(mac)
}
