/**
 * What a guard tells of the requests that it refused. The hook that is told belongs to the caller; sending events to the
 * authorization server is `event-reporter.ts`.
 */

import { parseEncodedJsonObject } from '@countersign/tokens'
import type { EpochSeconds } from '@countersign/tokens'
import type { AccessToken } from './access-token.ts'
import type { GuardError, GuardErrorCode } from './guard-error.ts'

/** A refusal. It never holds a token, a proof, a key or a secret. */
export interface GuardEvent {
  readonly type: GuardEventType
  readonly code: GuardErrorCode
  readonly at: EpochSeconds
  /** Of the guard. */
  readonly audience: string
  /** "jti", "sub" and "client_id" of a token whose signature held: nobody can put others' names in here. */
  readonly tokenId?: string
  readonly subject?: string
  readonly clientId?: string
  /** The key that an unknown key was said to be: whatever the caller wrote, if it is short and plain. */
  readonly keyId?: string
}

/** `replayed`: a token or a proof came twice; `key_unknown`: a token of a key that the issuer does not have. */
export type GuardEventType = 'refused' | 'replayed' | 'revoked' | 'key_unknown'

/** What was known of a request when it was refused. */
export interface SeenRequest {
  /** As it came. */
  token?: string
  /** If its signature held. */
  accessToken?: AccessToken
}

export interface TellerOptions {
  readonly onEvent: ((event: GuardEvent) => void) | undefined
  readonly audience: string
  readonly clock: () => EpochSeconds
}

/** Answers what tells the hook of a refusal. Whatever the hook does, the refusal stays what it is. */
export function eventTeller({ onEvent, audience, clock }: TellerOptions): Tell {
  if (onEvent === undefined) return () => undefined
  return (refusal, seen) => {
    try {
      const outcome: unknown = onEvent(makeEvent(refusal, seen, { at: clock(), audience }))
      // An async function is a hook too: a rejection that nobody handles would end the process.
      if (outcome instanceof Promise) outcome.catch(() => undefined)
    } catch {
      // The hook's own affair.
    }
  }
}

export type Tell = (refusal: GuardError, seen: SeenRequest) => void

const typesByCode: Partial<Record<GuardErrorCode, GuardEventType>> = {
  token_replayed: 'replayed',
  dpop_proof_replayed: 'replayed',
  signature_replayed: 'replayed',
  sealed_replayed: 'replayed',
  token_revoked: 'revoked',
  token_key_unknown: 'key_unknown',
}

function makeEvent(
  { code }: GuardError,
  { token, accessToken }: SeenRequest,
  common: Pick<GuardEvent, 'at' | 'audience'>,
): GuardEvent {
  const type = typesByCode[code] ?? 'refused'
  const event = { type, code, ...common }
  if (accessToken !== undefined) {
    const { tokenId, subject, clientId } = accessToken.grant
    return { ...event, tokenId, subject, clientId }
  }
  const keyId = type === 'key_unknown' && token !== undefined ? readKeyId(token) : undefined
  return keyId === undefined ? event : { ...event, keyId }
}

/**
 * Of the header alone, which was read before and found sound. Nobody signed the rest, so that it may be anything: what
 * cannot be read of it must not keep the event from being told.
 */
function readKeyId(token: string): string | undefined {
  const { kid } = parseEncodedJsonObject(token.slice(0, token.indexOf('.')))
  return typeof kid === 'string' && /^[\x21-\x7e]{1,128}$/.test(kid) ? kid : undefined
}
