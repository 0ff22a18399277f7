/**
 * Authenticates the client of a request: `none`, `client_secret_basic`, `client_secret_post`, `private_key_jwt`,
 * `tls_client_auth`, `self_signed_tls_client_auth`.
 *
 * What the client may do is left to the endpoints.
 */

import { GuardError, spendId, trySpend } from '@countersign/guard'
import type { ReplayStore } from '@countersign/guard'
import { OAuthError } from '@countersign/protocol'
import { decodeUnverified, equalsConstantTime, hashToken, TokenError } from '@countersign/tokens'
import type { FastifyRequest } from 'fastify'
import type { RefusalCounter } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import type { ClientCertificate, ReadClientCertificate } from '../http/index.ts'
import type { Client, ClientStore } from '../store/records.ts'
import { clientAssertionSkewSeconds, verifyClientAssertion } from './client-assertion.ts'
import { certificateThumbprint, findCertificateFault, usesCertificate } from './client-certificate.ts'
import { parseClientCredentials } from './client-credentials.ts'
import type { ClientCredentials, Form } from './client-credentials.ts'

export interface ClientAuthenticationDeps {
  readonly issuer: string
  readonly clients: Pick<ClientStore, 'find'>
  /** Where assertions are spent. */
  readonly replay: ReplayStore
  readonly clock: Clock
  readonly refusals: Pick<RefusalCounter, 'count'>
  readonly readCertificate: ReadClientCertificate
}

export interface AuthenticatedClient {
  readonly client: Client
  /** "x5t#S256" of the certificate that it has authenticated with. */
  readonly x5tS256?: string
}

/**
 * Answers the client that a request comes from.
 *
 * @throws {OAuthError} `invalid_request` if the request authenticates in two ways.
 * @throws {OAuthError} `invalid_client` for all else: one answer for an unknown client, a wrong secret and a wrong method. Of
 *   certificates `certificate_…` says more, in the counts of refusals.
 * @throws {OAuthError} `temporarily_unavailable` if the replay store cannot tell whether an assertion is new.
 */
export type AuthenticateClient = (request: FastifyRequest) => Promise<AuthenticatedClient>

export function createClientAuthentication(deps: ClientAuthenticationDeps): AuthenticateClient {
  return async (request) => {
    const { authorization } = request.headers
    try {
      const credentials = parseClientCredentials(authorization, (request.body ?? {}) as Form)
      return await authenticate(credentials, request, deps)
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== 'invalid_client') throw error
      deps.refusals.count('client.unauthenticated')
      if (authorization === undefined) throw error
      const headers = { 'www-authenticate': 'Basic realm="oauth", charset="UTF-8"' }
      throw new OAuthError('invalid_client', error.message, { headers, cause: error.cause })
    }
  }
}

async function authenticate(
  credentials: ClientCredentials,
  request: FastifyRequest,
  deps: ClientAuthenticationDeps,
): Promise<AuthenticatedClient> {
  if (credentials.method === 'private_key_jwt') return { client: await authenticateByAssertion(credentials, deps) }
  const client = await deps.clients.find(credentials.clientId)
  // RFC 8705 §2: the request names the client, TLS has the proof.
  if (client !== undefined && usesCertificate(client) && credentials.method === 'none') {
    return authenticateByCertificate(client, request, deps)
  }
  const isProven = credentials.method === 'none' || matchesSecret(client, credentials.secret)
  if (!isProven || client?.authentication !== credentials.method) throw authenticationFailed()
  return { client }
}

function authenticateByCertificate(
  client: Client,
  request: FastifyRequest,
  { readCertificate, clock, refusals }: ClientAuthenticationDeps,
): AuthenticatedClient {
  let presented: ClientCertificate | undefined
  try {
    presented = readCertificate(request)
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    refusals.count(error.code)
    throw authenticationFailed(error)
  }
  const fault = findCertificateFault(client, presented, clock())
  if (fault === undefined && presented !== undefined) {
    return { client, x5tS256: certificateThumbprint(presented.certificate) }
  }
  refusals.count(fault ?? 'certificate_required')
  throw authenticationFailed()
}

/** The same work for every client and none, so that time does not tell which client ids exist. */
function matchesSecret(client: Client | undefined, secret: string): boolean {
  return equalsConstantTime(hashToken(secret), client?.secretHash ?? hashOfNoSecret)
}

/** As long as a hash, and equal to none: `=` is not in the alphabet. */
const hashOfNoSecret = '='.repeat(43)

async function authenticateByAssertion(
  { clientId, assertion }: ClientCredentials & { method: 'private_key_jwt' },
  { issuer, clients, replay, clock }: ClientAuthenticationDeps,
): Promise<Client> {
  const subject = readSubject(assertion)
  if (clientId !== undefined && clientId !== subject) throw authenticationFailed()
  const client = await clients.find(subject)
  if (client?.authentication !== 'private_key_jwt' || client.jwks === null) throw authenticationFailed()

  const { tokenId, issuedAt, expiresAt } = refuseAsInvalidClient(() =>
    verifyClientAssertion(assertion, client.jwks ?? '', { clientId: client.id, issuer, now: clock() }),
  )
  // Last of all, so that what is refused for another reason is not spent.
  const spendable = { id: spendId('assertion', client.id, tokenId), issuedAt, expiresAt }
  const spending = { replay, clockSkewSeconds: clientAssertionSkewSeconds }
  const outcome = await trySpend(spendable, spending).catch((cause: unknown) => {
    const description = 'whether the assertion is new cannot be told: sign another one'
    throw new OAuthError('temporarily_unavailable', description, { headers: { 'retry-after': '5' }, cause })
  })
  if (outcome !== 'spent') throw authenticationFailed()
  return client
}

function readSubject(assertion: string): string {
  const { sub } = refuseAsInvalidClient(() => decodeUnverified(assertion)).claims
  if (typeof sub !== 'string') throw authenticationFailed()
  return sub
}

function refuseAsInvalidClient<T>(verify: () => T): T {
  try {
    return verify()
  } catch (error) {
    throw error instanceof TokenError ? authenticationFailed(error) : error
  }
}

function authenticationFailed(cause?: TokenError | GuardError): OAuthError {
  return new OAuthError('invalid_client', 'client authentication failed', { cause })
}
