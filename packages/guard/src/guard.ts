/**
 * The guard: a request's way from its Authorization header to a grant.
 *
 * The order is the design's: credentials, token, demands, proofs; then, last, the spending. Each rule has a file of its
 * own.
 */

import { checkJwtClaims, TokenError, verifyJwtSignature } from '@countersign/tokens'
import type { EpochSeconds, JwkSet, Key } from '@countersign/tokens'
import { parseAccessToken } from './access-token.ts'
import type { AccessToken, Grant } from './access-token.ts'
import { readCredentials } from './credentials.ts'
import type { Credentials } from './credentials.ts'
import { checkDemands, needsBody, parseDemands } from './demands.ts'
import type { Demands, ParsedDemands } from './demands.ts'
import { eventTeller } from './events.ts'
import type { GuardEvent, SeenRequest } from './events.ts'
import { GuardError, guardErrors } from './guard-error.ts'
import type { GuardErrorCode } from './guard-error.ts'
import { fromWebRequest } from './guard-request.ts'
import type { GuardRequest } from './guard-request.ts'
import { openKeySet } from './keys/open-key-set.ts'
import { contentGate } from './proofs/content-gate.ts'
import { dpopGate } from './proofs/dpop/dpop-gate.ts'
import { certificateGate } from './proofs/mtls/certificate-gate.ts'
import type { ClientCertificates } from './proofs/mtls/certificate-gate.ts'
import type { Seal } from './proofs/sealed/seal.ts'
import { sessionKeyFinder } from './proofs/session-keys.ts'
import { processReplayStore } from './replay/process-replay-store.ts'
import type { ReplayStore } from './replay/replay-store.ts'
import { spendAccessToken } from './replay/spend-access-token.ts'
import { maxClockSkewSeconds } from './replay/try-spend.ts'
import { signatureMemory } from './signature-memory.ts'
import { statusGate } from './status/status-gate.ts'
import type { StatusDemand } from './status/status-gate.ts'
import { parseOrigin } from './target-uri.ts'

export interface GuardOptions {
  /** Exactly the "iss" of its tokens. */
  readonly issuer: string
  /** The URI of this API: the "aud" of its tokens holds exactly this. */
  readonly audience: string
  /**
   * The origin of this API as its clients know it, `https://api.example`: what proofs are made for. Without it, proofs
   * cannot be demanded, and tokens that are bound to a key are refused.
   */
  readonly origin?: string
  /** A JWK Set, the URI of one, or the caller's own keys. Default: ISSUER/.well-known/jwks.json. */
  readonly keys?: JwkSet | string | (() => readonly Key[])
  /** Where single-use tokens and proofs are spent. Without one they are refused. Memory serves all guards of one process. */
  readonly replay?: ReplayStore | 'memory-one-process'
  /** Whether DPoP proofs must hold a nonce of ours, made within the last minute. Default `off`: their "iat" is believed. */
  readonly dpopNonce?: 'required' | 'off'
  /** 32 random bytes in base64url, shared by guards that take each other's nonces. Default: one for this process. */
  readonly nonceSecret?: string
  /**
   * The secrets of this API by their versions, 32 bytes each in base64url, as the issuer made them: what session keys are
   * derived from. Without them no body is opened, and requests are signed with the key of their DPoP proof alone.
   */
  readonly sessionSecrets?: Readonly<Record<string, string>>
  /** Where certificates of clients are found. Default `socket`: on the TLS connection. */
  readonly clientCertificates?: ClientCertificates
  /**
   * Whether tokens are refused within two seconds of being revoked, told by the status lists of the issuer (default
   * `off`: a token is good until it ends). When the issuer does not answer, its last list serves for a minute; then
   * tokens are refused, or taken without being asked for: `{ whenUnreachable: 'accept-unsafe' }`.
   */
  readonly status?: StatusDemand
  /** Told of every refusal. Whatever it does, the refusal stays what it is. */
  readonly onEvent?: (event: GuardEvent) => void
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

export type { Seal }

/** What a request was let through with. */
export interface Admission {
  readonly grant: Grant
  /** The body, where a demand is about it: the bytes whose signature held, or what was sealed. Empty if there is none. */
  readonly body: Uint8Array | undefined
  /** The media type of `body`, if it was signed or sealed, too: read as another, the same bytes say something else. */
  readonly contentType: string | undefined
  /** To be added to the answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Where the request was sealed: what turns the answer into the body to send, of type `application/jose`. */
  readonly seal: Seal | undefined
}

export interface Guard {
  /**
   * Lets a request through that meets the demands. A single-use token and every proof are spent by then, whatever comes
   * after.
   *
   * @throws {GuardError} if the request is refused. `headers` are to be sent with `status`.
   * @throws {TypeError} if the demands make no sense, or not here.
   */
  admit(request: Request | GuardRequest, demands?: Demands): Promise<Admission>
  /**
   * Answers `admit` for these demands: for a route, which is made once.
   *
   * @throws {TypeError} if the demands make no sense, or not here.
   */
  forRoute(demands: Demands): (request: Request | GuardRequest) => Promise<Admission>
  /**
   * As `admit`, for routes that need nothing but the grant.
   *
   * @throws {TypeError} also for the demand `sealed`, whose answer must be sealed.
   */
  authenticate(request: Request | GuardRequest, demands?: Demands): Promise<Grant>
  /** Ends what is under way to the issuer. */
  close(): void
}

/** What was verified so lately is not verified again when the body has come. */
const promptSeconds = 1
const noHeaders = Object.freeze({})
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
  const spending = { replay, clockSkewSeconds }
  const { dpopNonce = 'off', nonceSecret, clientCertificates = 'socket' } = options
  const origin = options.origin === undefined ? undefined : parseOrigin(options.origin)
  const isStoreOurs = options.replay === 'memory-one-process'
  const dpop = dpopGate({ origin, dpopNonce, nonceSecret, clock, spending, isStoreOurs })
  const certificates = certificateGate(clientCertificates)
  const { sessionSecrets = {} } = options
  const findSessionKeys = sessionKeyFinder({ issuer, audience, sessionSecrets })
  const contents = origin === undefined ? undefined : contentGate({ origin, clock, spending, findSessionKeys })

  const { status = 'off' } = options
  const statuses = statusGate(status, {
    issuer,
    hasJwks: typeof keys !== 'function',
    keys: keySet,
    fetch,
    clock,
    clockSkewSeconds,
  })
  const tell = eventTeller({ onEvent: options.onEvent, audience, clock })

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

  const admit = async (
    request: GuardRequest,
    credentials: Credentials,
    demands: ParsedDemands,
    seen: SeenRequest,
  ): Promise<Admission> => {
    const verified = keySet.use((keys) => verify(credentials.token, keys))
    const accessToken = verified instanceof Promise ? await verified : verified
    seen.accessToken = accessToken
    const { grant, singleUse, confirmation } = accessToken
    checkDemands(accessToken, demands, { now: clock(), clockSkewSeconds })
    const proof = dpop.verify(request, credentials, confirmation.jkt, demands.proof.includes('dpop'))
    certificates.check(request, confirmation.x5tS256, demands.proof.includes('mtls'))
    const listed = statuses?.check(grant.claims)
    if (listed instanceof Promise) await listed
    const caller = { accessToken, token: credentials.token, proof }
    const askedAt = clock()
    const content = needsBody(demands) ? await contents?.verify(request, caller, demands) : undefined
    if (content !== undefined && clock() - askedAt > promptSeconds) {
      // A body may take its time: what held at its first byte may have ended at its last. By now it is here.
      return admit(content.request, credentials, demands, seen)
    }
    if (proof !== undefined) await dpop.spend(proof)
    await content?.spend()
    if (singleUse) await spendAccessToken(accessToken, { ...spending, issuer })
    const headers = proof === undefined ? noHeaders : dpop.headers()
    return { grant, body: content?.body, contentType: content?.contentType, headers, seal: content?.seal }
  }

  const forRoute: Guard['forRoute'] = (demands) => {
    const parsedDemands = parseDemands(demands)
    const demandsDpop = parsedDemands.proof.includes('dpop')
    checkOptions(parsedDemands, options)
    return async (request) => {
      let scheme: Credentials['scheme'] = demandsDpop ? 'DPoP' : 'Bearer'
      const seen: SeenRequest = {}
      try {
        const guardRequest = 'rawHeaders' in request ? request : fromWebRequest(request)
        const credentials = readCredentials(guardRequest)
        if (!demandsDpop) scheme = credentials.scheme
        seen.token = credentials.token
        return await admit(guardRequest, credentials, parsedDemands, seen)
      } catch (error) {
        const refusal = error instanceof TokenError ? refusalOf(error) : error
        if (!(refusal instanceof GuardError)) throw error
        tell(refusal, seen)
        const headers = guardErrors[refusal.code].error === 'use_dpop_nonce' ? dpop.nonceHeaders() : noHeaders
        throw refusal.answering({ scheme, headers })
      }
    }
  }

  return {
    forRoute,
    admit: async (request, demands = {}) => forRoute(demands)(request),
    async authenticate(request, demands = {}) {
      if (demands.sealed === true) throw new TypeError('the demand "sealed" needs admit, which answers how to seal')
      return (await forRoute(demands)(request)).grant
    },
    close() {
      keySet.close()
      statuses?.close()
    },
  }
}

function checkRange(name: string, value: number, max: number): void {
  if (!(value >= 0 && value <= max)) throw new TypeError(`${name} must be a number from 0 to ${max}`)
}

/** A demand that could never be met is refused where the route is made, not when it is called. */
function checkOptions(
  { proof, sealed, singleUse }: ParsedDemands,
  { origin, replay, sessionSecrets }: GuardOptions,
): void {
  const isProven = sealed || proof.includes('dpop') || proof.includes('signature')
  if (isProven && origin === undefined) {
    throw new TypeError('the proofs "dpop" and "signature" and the demand "sealed" need the option "origin"')
  }
  if ((isProven || singleUse) && replay === undefined) {
    throw new TypeError('what comes once, a single-use token or a proof, needs the option "replay"')
  }
  if (sealed && sessionSecrets === undefined) {
    throw new TypeError('the demand "sealed" needs the option "sessionSecrets"')
  }
}

function refusalOf(error: TokenError): GuardError {
  const code: string = error.code
  // What is left is a key that may not verify: for the token, no key.
  return new GuardError(isGuardErrorCode(code) ? code : 'token_key_unknown', error.message, { cause: error })
}

function isGuardErrorCode(code: string): code is GuardErrorCode {
  return Object.hasOwn(guardErrors, code)
}
