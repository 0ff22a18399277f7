/**
 * What is demanded of a request's content: that it is signed, sealed, or both. Then what was signed is the sealed text.
 *
 * The body is read once, and only after everything that can be checked without it.
 */

import type { AccessToken } from '../access-token.ts'
import type { ParsedDemands } from '../demands.ts'
import { maxBodyBytes } from '../guard-request.ts'
import type { GuardRequest } from '../guard-request.ts'
import type { DpopProof } from './dpop/verify-dpop-proof.ts'
import { maxSealedBytes } from './sealed/find-sealed-request.ts'
import type { Seal } from './sealed/seal.ts'
import { sealedGate } from './sealed/sealed-gate.ts'
import { signatureGate } from './signature/signature-gate.ts'
import type { SignatureGateOptions } from './signature/signature-gate.ts'

export interface ContentGate {
  /**
   * Answers the content of a request, where a demand is about it.
   *
   * @throws {GuardError} `signature_…`, `digest_…`, `sealed_…`, `session_key_unavailable`, `invalid_request`, `body_…`
   */
  verify(request: GuardRequest, caller: Caller, demands: ParsedDemands): Promise<VerifiedContent>
}

/** What is known of who sends it. */
export interface Caller {
  readonly accessToken: AccessToken
  /** The access token as it was sent. */
  readonly token: string
  /** The DPoP proof that came along and held. */
  readonly proof: DpopProof | undefined
}

export interface VerifiedContent {
  /** The same request, of which the body is kept: it may be asked for again. */
  readonly request: GuardRequest
  /** What was signed, or sealed. */
  readonly body: Uint8Array
  /** If it was signed or sealed, too. */
  readonly contentType: string | undefined
  readonly seal: Seal | undefined
  /**
   * Spends what proves it.
   *
   * @throws {GuardError} `signature_replayed`, `sealed_replayed`, and what `spendOnce` throws.
   */
  spend(): Promise<void>
}

export function contentGate(options: SignatureGateOptions): ContentGate {
  const signatures = signatureGate(options)
  const seals = sealedGate(options)

  return {
    async verify(incoming, { accessToken, token, proof }, demands) {
      const request = readingOnce(incoming, demands.sealed ? maxSealedBytes : maxBodyBytes)
      const isSigned = demands.proof.includes('signature')
      // An HMAC would undo what "dpop" demands: the proof speaks for no body, and whoever has the session key can write one.
      const maySessionKeySign = !demands.proof.includes('dpop')
      const signer = { accessToken, proof, maySessionKeySign }
      const signed = isSigned ? await signatures.verify(request, signer) : undefined
      const opened = demands.sealed ? await seals.open(request, accessToken, token) : undefined
      return {
        request,
        body: opened?.plaintext ?? signed?.body ?? new Uint8Array(),
        contentType: (opened ?? signed)?.contentType,
        seal: opened?.seal,
        async spend() {
          if (signed !== undefined) await signatures.spend(signed)
          if (opened !== undefined) await seals.spend(opened, accessToken)
        },
      }
    },
  }
}

/** @throws {TypeError} when the body is read, if the request does not say how. */
function readingOnce(incoming: GuardRequest, maxBytes: number): GuardRequest {
  const { method, url, rawHeaders } = incoming
  let body: Promise<Uint8Array> | undefined
  const readBody = async (): Promise<Uint8Array> => {
    if (incoming.readBody === undefined) throw new TypeError('the demands need a request that can read its body')
    return incoming.readBody(maxBytes)
  }
  return {
    ...{ method, url, rawHeaders, readBody: () => (body ??= readBody()) },
    get clientCertificate() {
      return incoming.clientCertificate
    },
    get remoteAddress() {
      return incoming.remoteAddress
    },
  }
}
