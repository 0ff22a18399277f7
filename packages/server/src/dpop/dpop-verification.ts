/**
 * Verifies the DPoP proof of a request to one of the server's own endpoints, and spends it once the client is known.
 *
 * The rules of proofs and of nonces are the guard's, which resource servers use; here is what differs at the server: a
 * proof comes without a token, browsers and public clients must have a nonce in it, and refusals have OAuth's shape.
 */

import { GuardError, guardErrors, maxProofAgeSeconds, spendId, trySpend, verifyDpopProof } from '@countersign/guard'
import type { DpopNonces, DpopProof, ReplayStore } from '@countersign/guard'
import { OAuthError } from '@countersign/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RefusalCounter } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'

export interface DpopVerificationDeps {
  readonly issuer: string
  readonly nonces: DpopNonces
  /** Where proofs are spent. */
  readonly replay: ReplayStore
  readonly clock: Clock
  readonly refusals: Pick<RefusalCounter, 'count'>
}

/**
 * Answers whom a request comes from, as `authenticate` says, and the thumbprint of the key that it proves: `undefined` if it
 * has no DPoP header. The answer to a request that has one gets a fresh nonce.
 *
 * The proof is looked at first, so that a client which lacks a nonce has spent no assertion; and spent last, so that who is no
 * client of ours causes no write.
 *
 * @throws {OAuthError} `invalid_dpop_proof`; `dpop_…` of the guard says more, in the counts of refusals.
 * @throws {OAuthError} `use_dpop_nonce` if the nonce is not good any more, or missing from where there must be one: in the
 *   proofs of browsers and of public clients.
 * @throws {OAuthError} `temporarily_unavailable` if the replay store cannot tell whether a proof is new.
 * @see RFC 9449 §4.3, §5, §8
 */
export type VerifyDpop = <Caller>(
  request: FastifyRequest,
  reply: FastifyReply,
  authenticate: () => Promise<Caller>,
) => Promise<{ readonly caller: Caller; readonly jkt: string | undefined }>

/** By how much the clocks of clients may be ahead of ours. */
const clockSkewSeconds = 5

export function createDpopVerification(deps: DpopVerificationDeps): VerifyDpop {
  return async (request, reply, authenticate) => {
    const proof = request.headers['dpop']
    if (proof === undefined) return { caller: await authenticate(), jkt: undefined }
    void reply.header('dpop-nonce', deps.nonces.make())
    const verified = await refusing(() => verify(String(proof), request, deps), deps)
    const caller = await authenticate()
    await refusing(() => spend(verified, deps), deps)
    return { caller, jkt: verified.jkt }
  }
}

/** Counts what the guard's rules refuse, and says it as OAuth does. */
async function refusing<T>(check: () => T | Promise<T>, { refusals }: DpopVerificationDeps): Promise<T> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    refusals.count(error.code)
    throw new OAuthError(guardErrors[error.code].error ?? 'invalid_dpop_proof', error.message, { cause: error })
  }
}

function verify(proof: string, request: FastifyRequest, { issuer, nonces, clock }: DpopVerificationDeps): DpopProof {
  const { method, routeOptions } = request
  // Node joins two headers by a comma, which no proof holds.
  if (proof.includes(',')) throw new GuardError('dpop_proof_duplicated', 'two DPoP proofs')
  return verifyDpopProof(proof, {
    method,
    // As clients know it: what the request says of its host is written by whoever sends it.
    uri: issuer + (routeOptions.url ?? ''),
    now: clock(),
    skew: clockSkewSeconds,
    nonce: { nonces, required: mayComeFromBrowser(request) },
  })
}

/**
 * A script that had a minute in a page can take along proofs for all of next year, and the refresh token: made ahead of
 * time, none must be good. Whoever sends them leaves `Origin` out, so that only what proves more than a key is believed
 * to come from elsewhere; whether it does prove it is found out next.
 */
function mayComeFromBrowser({ headers, body }: FastifyRequest): boolean {
  const { client_secret: secret, client_assertion: assertion } = (body ?? {}) as Readonly<Record<string, string>>
  const isPublic = (headers.authorization ?? secret ?? assertion) === undefined
  return isPublic || headers.origin !== undefined
}

async function spend({ jkt, jti, iat }: DpopProof, { replay }: DpopVerificationDeps): Promise<void> {
  const proof = { id: spendId('dpop', jkt, jti), issuedAt: iat, expiresAt: iat + maxProofAgeSeconds }
  const outcome = await trySpend(proof, { replay, clockSkewSeconds }).catch((cause: unknown) => {
    const description = 'whether the DPoP proof is new cannot be told: make another one'
    throw new OAuthError('temporarily_unavailable', description, { headers: { 'retry-after': '5' }, cause })
  })
  if (outcome !== 'spent') throw new GuardError('dpop_proof_replayed', 'the DPoP proof has been used')
}
