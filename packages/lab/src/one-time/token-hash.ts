/**
 * The stored form of a token: bcrypt, as the system's source has it.
 *
 * bcrypt reads 72 bytes and no more. All JWTs of one user start alike for longer than that, so bcrypt of the token itself
 * would take one for the other. What is hashed is therefore the token's SHA-256, in base64: 44 bytes, all of them read,
 * and none of them zero, where bcrypt would end as well.
 */

import { hash as sha256 } from 'node:crypto'
import { compare, hash } from 'bcryptjs'

const cost = 8

export function hashToken(token: string): Promise<string> {
  return hash(sha256('sha256', token, 'base64'), cost)
}

export function matchesTokenHash(token: string, tokenHash: string): Promise<boolean> {
  return compare(sha256('sha256', token, 'base64'), tokenHash)
}
