/** An issuer and a guard, in a few verbs: mints access tokens like the server's, and has them judged at noon. */

import { generateKey, signJwt } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import type { Grant } from './access-token.ts'
import type { GuardRequest } from './guard-request.ts'
import type { Demands } from './demands.ts'
import { createGuard } from './guard.ts'
import type { Guard, GuardOptions } from './guard.ts'

export const issuer = 'https://id.example'
export const audience = 'https://api.example'
/** When the tests take place, in seconds. */
export const noon = 1_800_000_000

export const accessTokenClaims = {
  iss: issuer,
  sub: 'user-1',
  aud: audience,
  client_id: 'client-1',
  iat: noon - 60,
  nbf: noon - 60,
  exp: noon + 240,
  jti: 'token-1',
  scope: 'read write',
  auth_time: noon - 100,
  acr: 'urn:example:password',
}

export type ClaimChanges = Readonly<Record<string, unknown>>

/** Claims as they are, but for the changes; a change to undefined removes the claim. */
export function mintAccessToken(key: Key, changes: ClaimChanges = {}, typ = 'at+jwt'): string {
  return signJwt(JSON.parse(JSON.stringify({ ...accessTokenClaims, ...changes })), key, { typ })
}

export function makeKey(kid: string): Promise<Key> {
  return generateKey('ES256', { kid })
}

export function bearing(token: string): GuardRequest {
  return { method: 'GET', url: '/', rawHeaders: ['Host', 'api.example', 'Authorization', `Bearer ${token}`] }
}

export interface GuardSetUp {
  readonly guard: Guard
  readonly clock: { now: number }
  /** The issuer's ring, to be changed at will. */
  readonly ring: Key[]
  authenticate(token: string, demands?: Demands): Promise<Grant>
  authenticateWith(changes: ClaimChanges, demands?: Demands): Promise<Grant>
}

export function setUpGuard(key: Key, options: Partial<GuardOptions> = {}): GuardSetUp {
  const clock = { now: noon }
  const ring = [key]
  const guard = createGuard({ issuer, audience, keys: () => ring, clock: () => clock.now, ...options })
  const authenticate = (token: string, demands?: Demands): Promise<Grant> => guard.authenticate(bearing(token), demands)
  return {
    guard,
    clock,
    ring,
    authenticate,
    authenticateWith: (changes, demands) => authenticate(mintAccessToken(key, changes), demands),
  }
}

/** A refusal with `invalid_token` in its challenge. */
export function invalidToken(code: string, description: string): object {
  const challenge = `Bearer error="invalid_token", error_description="${description}"`
  return { name: 'GuardError', code, status: 401, headers: { 'WWW-Authenticate': challenge } }
}
