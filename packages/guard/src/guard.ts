/**
 * The guard: a request's way from its Authorization header to a grant.
 *
 * The order is the design's: credentials, token, demands; then, last, the spending. Each rule has a file of its own.
 */

import { checkJwtClaims, TokenError, verifyJwtSignature } from '@countersign/tokens'
import type { EpochSeconds, JwkSet, Key } from '@countersign/tokens'
import { parseAccessToken } from './access-token.ts'
import type { AccessToken, Grant } from './access-token.ts'
import { readBearerToken } from './credentials.ts'
import type { GuardRequest } from './credentials.ts'
import { checkDemands, parseDemands } from './demands.ts'
import type { Demands } from './demands.ts'
import { GuardError, guardErrors } from './guard-error.ts'
import type { GuardErrorCode } from './guard-error.ts'
import { openKeySet } from './keys/open-key-set.ts'
import { processReplayStore } from './replay/process-replay-store.ts'
import type { ReplayStore } from './replay/replay-store.ts'
import { maxClockSkewSeconds, spendAccessToken } from './replay/spend-access-token.ts'
import { signatureMemory } from './signature-memory.ts'

export interface GuardOptions {
  /** Exactly the "iss" of its tokens. */
  readonly issuer: string
  /** The URI of this API: the "aud" of its tokens holds exactly this. */
  readonly audience: string
  /** A JWK Set, the URI of one, or the caller's own keys. Default: ISSUER/.well-known/jwks.json. */
  readonly keys?: JwkSet | string | (() => readonly Key[])
  /** Where single-use tokens are spent. Without one they are refused. Memory serves all guards of one process. */
  readonly replay?: ReplayStore | 'memory-one-process'
  /** The current time in seconds. Default: the system's. */
  readonly clock?: () => EpochSeconds
  /** Allowed clock difference to the issuer, in seconds. Default 5, at most 60. */
  readonly clockSkewSeconds?: number
  /** How long the last JWK Set serves while the issuer does not answer. Default 3600. */
  readonly jwksMaxStaleSeconds?: number
  readonly fetch?: typeof fetch
  /** How many tokens to remember whose signature held: about 2 KiB each. Default 10,000; 0: none. */
  readonly rememberSignatures?: number
}

export interface Guard {
  /**
   * Answers the grant of a request that meets the demands. A single-use token is spent by then, whatever comes after.
   *
   * @throws {GuardError} if the request is refused. `headers` are to be sent with `status`.
   * @throws {TypeError} if the demands make no sense.
   */
  authenticate(request: Request | GuardRequest, demands?: Demands): Promise<Grant>
  /** Ends what is under way to the JWK Set endpoint. */
  close(): void
}

const systemClock = (): EpochSeconds => Date.now() / 1000

/** @throws {TypeError} if an option makes no sense. */
export function createGuard(options: GuardOptions): Guard {
  const { issuer, audience, clock = systemClock, clockSkewSeconds = 5 } = options
  const { jwksMaxStaleSeconds = 3600, rememberSignatures = 10_000 } = options
  for (const [name, value] of Object.entries({ issuer, audience })) {
    if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be a URI`)
  }
  checkRange('clockSkewSeconds', clockSkewSeconds, maxClockSkewSeconds)
  checkRange('jwksMaxStaleSeconds', jwksMaxStaleSeconds, Infinity)
  checkRange('rememberSignatures', rememberSignatures, Infinity)

  const { keys = `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`, fetch = globalThis.fetch } = options
  const keySet = openKeySet({ keys, jwksMaxStaleSeconds, fetch })
  const replay = options.replay === 'memory-one-process' ? processReplayStore(clock) : options.replay
  const memory = signatureMemory(rememberSignatures)

  const verify = (token: string, keys: readonly Key[]): AccessToken => {
    const now = clock()
    const demands = { issuer, audience, typ: 'at+jwt', now, clockSkewSeconds }
    const remembered = memory.recall(token, keys, now)
    if (remembered !== undefined) {
      checkJwtClaims(remembered.jwt, demands)
      return remembered
    }
    const jwt = verifyJwtSignature(token, keys)
    checkJwtClaims(jwt, demands)
    const accessToken = parseAccessToken(jwt)
    // A single-use token does not come again, but as a replay: it would only take another's place.
    if (!accessToken.singleUse) memory.remember(token, accessToken)
    return accessToken
  }

  return {
    async authenticate(request, demands = {}) {
      const parsedDemands = parseDemands(demands)
      try {
        const token = readBearerToken(request)
        const verified = keySet.use((keys) => verify(token, keys))
        const accessToken = verified instanceof Promise ? await verified : verified
        checkDemands(accessToken, parsedDemands, { now: clock(), clockSkewSeconds })
        if (accessToken.singleUse) await spendAccessToken(accessToken, { replay, issuer, clockSkewSeconds })
        return accessToken.grant
      } catch (error) {
        throw error instanceof TokenError ? refusal(error) : error
      }
    },
    close: () => keySet.close(),
  }
}

function checkRange(name: string, value: number, max: number): void {
  if (!(value >= 0 && value <= max)) throw new TypeError(`${name} must be a number from 0 to ${max}`)
}

function refusal(error: TokenError): GuardError {
  const code: string = error.code
  // What is left is a key that may not verify: for the token, no key.
  return new GuardError(isGuardErrorCode(code) ? code : 'token_key_unknown', error.message, { cause: error })
}

function isGuardErrorCode(code: string): code is GuardErrorCode {
  return Object.hasOwn(guardErrors, code)
}
