/**
 * Finding a weak pre-shared key offline: one recorded envelope says of every guess whether it is right, and nobody notices.
 */

import { createHmac, hash } from 'node:crypto'

import type { Attack } from '../../attacks/attack.ts'
import { commonSecrets } from '../../attacks/common-secrets.ts'
import { openEnvelope, parseEnvelope } from '../envelope.ts'
import { deriveChannelKeys, deriveKey } from '../keys.ts'
import { finding, sealedAttack } from './stage.ts'

export const weakSecretGuess: Attack = sealedAttack(async ({ signIn }) => {
  const alice = await signIn('alice')
  const [login] = alice.recorded
  const line = login?.sent ?? ''
  const key = guesses().find((guess) => isKeyOf(line, guess))
  if (key === undefined) return finding(false, `none of ${commonSecrets.length} common secrets made the recorded login`)
  const read = openEnvelope(line, deriveChannelKeys(key).clientToServer).toString()
  return finding(true, `the pre-shared key is ${key.toString('hex')}; her login: ${read}`)
})

/** 32 bytes as people make them of a text: hashed, cut, filled up; and what they type where 64 digits are asked for. */
function guesses(): Buffer[] {
  const typed = Array.from({ length: 256 }, (_, byte) => Buffer.alloc(32, byte))
  const counted = Buffer.from(Array.from({ length: 32 }, (_, at) => at))
  const digits = Buffer.from('0123456789abcdef'.repeat(4), 'hex')
  const made = commonSecrets.flatMap((secret) => {
    const filled = Buffer.alloc(32)
    filled.write(secret)
    return [hash('sha256', secret, 'buffer'), filled]
  })
  return [...typed, counted, digits, ...made]
}

function isKeyOf(line: string, guess: Buffer): boolean {
  const { iv, ciphertext, mac } = parseEnvelope(line)
  return createHmac('sha256', deriveKey(guess, 'c2s-mac')).update(iv).update(ciphertext).digest().equals(mac)
}
