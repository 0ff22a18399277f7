/** Keys of 32 bytes as people make them of a text: hashed, cut, filled up; and what they type where 64 digits are asked for. */

import { hash } from 'node:crypto'

import { commonSecrets } from './common-secrets.ts'

export function makeCommonKeys(): readonly Buffer[] {
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
