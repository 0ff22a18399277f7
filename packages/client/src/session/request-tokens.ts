/**
 * Asks the token endpoint, with a DPoP proof, and reads what it answers.
 *
 * Which tokens are asked for and where they are kept is left to `sign-in/` and `session-tokens.ts`.
 */

import { decodeBase64url } from '../base64url.ts'
import type { Bytes } from '../base64url.ts'
import { ClientError } from '../client-error.ts'
import { importSessionKeys } from '../crypto.ts'
import type { SessionKeys } from '../crypto.ts'
import { isWiser } from '../origins.ts'
import { makeDpopProof } from '../proofs/dpop-proof.ts'
import { postForm, refused } from '../server-answer.ts'
import type { Form, ServerAnswer } from '../server-answer.ts'
import type { AccessToken } from '../storage/client-storage.ts'
import type { Wire } from '../wire.ts'
import { noSessionKeys } from './session-keys.ts'

export interface TokenAnswer {
  readonly accessToken: AccessToken
  readonly refreshToken: string | undefined
  readonly scope: string | undefined
  readonly idToken: string | undefined
}

export interface TokenRequest {
  readonly form: Form
  readonly proofKey: CryptoKeyPair
  /** Whether the session keys, if any come, must be able to leave again, into a file. */
  readonly exportsKeys: boolean
  /** Until when the answer must be here, whether or not the proof must be made again. */
  readonly limit?: AbortSignal
}

const proofRefusals = ['use_dpop_nonce', 'invalid_dpop_proof']

/**
 * A proof that was refused for its nonce or its time is made again, once.
 *
 * @throws {ClientError} `session_ended` for a refresh token that is good no more; `session_keys_refused`; `token_refused` for any other refusal;
 * `network_failed`, `server_failed`, `answer_malformed`.
 */
export async function requestTokens(request: TokenRequest, wire: Wire): Promise<TokenAnswer> {
  const { token: url } = wire.endpoints
  const before = wire.origins.facts(url)
  const first = await ask(request, wire)
  const isWorthRepeating = proofRefusals.includes(first.error ?? '') && isWiser(before, wire.origins.facts(url))
  const answer = isWorthRepeating ? await ask(request, wire) : first
  if (answer.error !== undefined) throw tokenRefusal(answer, request.form)
  return readTokens(answer, request, wire)
}

async function ask({ form, proofKey, limit }: TokenRequest, wire: Wire): Promise<ServerAnswer> {
  const { token: url } = wire.endpoints
  const { nonce, aheadSeconds } = wire.origins.facts(url)
  const facts = { method: 'POST', url, now: wire.clock() + aheadSeconds, nonce, accessToken: undefined }
  const dpop = await makeDpopProof(proofKey, facts)
  return postForm(wire, url, { client_id: wire.clientId, ...form }, { headers: { DPoP: dpop }, limit })
}

function tokenRefusal(answer: ServerAnswer, form: Form): ClientError {
  const { error: serverCode } = answer
  if (serverCode === 'invalid_grant' && form['grant_type'] === 'refresh_token') {
    return new ClientError('session_ended', 'the session has ended at the server: sign in again', { serverCode })
  }
  if (serverCode === 'invalid_request' && form['session_keys'] !== undefined) {
    return noSessionKeys(serverCode)
  }
  return refused('token_refused', answer)
}

async function readTokens(
  { body }: ServerAnswer,
  { exportsKeys }: TokenRequest,
  { clock, origins, endpoints }: Wire,
): Promise<TokenAnswer> {
  const { access_token: text, token_type: type, expires_in: lifetimeSeconds } = body
  const scheme = typeof type === 'string' ? schemes.get(type.toLowerCase()) : undefined
  if (typeof text !== 'string' || scheme === undefined || typeof lifetimeSeconds !== 'number') {
    throw new ClientError('answer_malformed', 'the token endpoint answered without a usable access token')
  }
  const sessionKeys =
    body['session_keys'] === undefined ? undefined : await readSessionKeys(body['session_keys'], exportsKeys)
  const { aheadSeconds: issuerAheadSeconds } = origins.facts(endpoints.token)
  return {
    accessToken: { text, scheme, expiresAt: clock() + lifetimeSeconds, issuerAheadSeconds, sessionKeys },
    refreshToken: optionalText(body['refresh_token']),
    scope: optionalText(body['scope']),
    idToken: optionalText(body['id_token']),
  }
}

/** The type is compared without regard to case (RFC 6749 §5.1). */
const schemes: ReadonlyMap<string, 'DPoP' | 'Bearer'> = new Map([
  ['dpop', 'DPoP'],
  ['bearer', 'Bearer'],
])

async function readSessionKeys(value: unknown, extractable: boolean): Promise<SessionKeys> {
  const keys = Object(value) as Readonly<Record<string, unknown>>
  const bytes = {
    signing: readKey(keys['sig'], 32),
    sealing: readKey(keys['seal-req'], 64),
    opening: readKey(keys['seal-res'], 64),
  }
  return importSessionKeys(bytes, extractable)
}

function readKey(text: unknown, length: number): Bytes {
  try {
    const bytes = decodeBase64url(String(text))
    if (bytes.length === length) return bytes
  } catch {
    // Refused below, with what is too short or too long.
  }
  throw new ClientError('answer_malformed', 'the token endpoint answered with a session key that is none')
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
