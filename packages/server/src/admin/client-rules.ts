/** Which clients may be registered. Pure: the caller says which APIs there are. */

import { tokenExchangeGrantType } from '@countersign/protocol'
import { exportPublicJwk, parseJwkSet, TokenError } from '@countersign/tokens'
import type { FieldProblem } from '../http/problem.ts'
import type { Client, ClientAuthentication, GrantType } from '../store/records.ts'
import { isUserId } from '../users/index.ts'
import { invalidOptions } from './admin-error.ts'
import { certificateFacts, certificateProblems } from './certificate-rules.ts'
import type { CertificateOptions } from './certificate-rules.ts'
import { keyProblems, nameProblems, scopeProblems } from './field-rules.ts'

/** As an administrator writes them: every text is checked here. */
export interface ClientOptions extends CertificateOptions {
  /** For people. */
  readonly name: string
  /** Default: made up. */
  readonly id?: string
  /** Cannot keep a secret: an app on a device or in a browser. */
  readonly public?: boolean
  /** Ours: may ask people for their password. */
  readonly firstParty?: boolean
  /** Default: `authorization_code` and `refresh_token` for a first-party client, none for a resource server, else `client_credentials`. */
  readonly grants?: readonly string[]
  readonly scopes?: readonly string[]
  readonly audiences?: readonly string[]
  /** APIs that it is the resource server of. */
  readonly serves?: readonly string[]
  /** Browser origins, besides the issuer's. */
  readonly origins?: readonly string[]
  /** Text of a JWK Set with public keys: the client authenticates with `private_key_jwt` instead of a secret. */
  readonly jwks?: string
  /** Gets no token without a DPoP proof. Default false. */
  readonly dpopBound?: boolean
  /** Default RS256. */
  readonly idTokenAlg?: string
}

export type CheckedClient = Omit<Client, 'id' | 'secretHash' | 'createdAt'>

/**
 * Answers the client that the options describe.
 *
 * @throws {AdminError} `client_invalid`, with everything that is wrong with them.
 */
export function checkClientOptions(options: ClientOptions, knownAudiences: readonly string[]): CheckedClient {
  const { name, id, jwks, scopes = [], audiences = [], serves = [], origins = [], idTokenAlg = 'RS256' } = options
  const isPublic = options.public ?? false
  const firstParty = options.firstParty ?? false
  const grants = options.grants ?? defaultGrants(firstParty, serves)
  const problems = [
    ...nameProblems(name),
    ...(id === undefined ? [] : idProblems(id)),
    ...grantProblems(grants, { isPublic, firstParty, isResourceServer: serves.length > 0 }),
    ...scopeProblems(scopes),
    ...audiences.filter((audience) => !knownAudiences.includes(audience)).map(unknownAudience('audiences')),
    ...serves.filter((audience) => !knownAudiences.includes(audience)).map(unknownAudience('serves')),
    ...(isPublic && serves.length > 0 ? [problem('serves', 'public', 'a resource server must prove who it is')] : []),
    ...origins.flatMap(originProblems),
    ...(jwks === undefined ? [] : jwksProblems(jwks, isPublic)),
    ...certificateProblems(options, isPublic),
    ...methodProblems(options),
    ...(isIdTokenAlg(idTokenAlg) ? [] : [problem('idTokenAlg', 'unknown', 'use RS256 or ES256')]),
  ]
  if (problems.length > 0 || !grants.every(isGrantType) || !isIdTokenAlg(idTokenAlg)) {
    throw invalidOptions('client_invalid', problems)
  }
  return {
    name,
    authentication: isPublic ? 'none' : (methodsOf(options)[0] ?? 'client_secret'),
    jwks: jwks === undefined ? null : JSON.stringify({ keys: parseJwkSet(jwks).map(exportPublicJwk) }),
    ...certificateFacts(options),
    dpopBound: options.dpopBound ?? false,
    grantTypes: [...new Set(grants)],
    scopes: [...new Set(scopes)],
    audiences: [...new Set(audiences)],
    serves: [...new Set(serves)],
    firstParty,
    origins: [...new Set(origins)],
    idTokenAlg,
  }
}

/** How the client authenticates, besides the secret that it has otherwise. */
function methodsOf({ jwks, tlsSubject, certificates }: ClientOptions): readonly ClientAuthentication[] {
  const given: readonly (readonly [ClientAuthentication, unknown])[] = [
    ['private_key_jwt', jwks],
    ['tls_client_auth', tlsSubject],
    ['self_signed_tls_client_auth', certificates],
  ]
  return given.filter(([, value]) => value !== undefined).map(([method]) => method)
}

function methodProblems(options: ClientOptions): readonly FieldProblem[] {
  const methods = methodsOf(options)
  if (methods.length <= 1) return []
  const detail = `a client authenticates in one way, not by ${methods.join(' and ')}`
  return [problem('authentication', 'several', detail)]
}

function defaultGrants(firstParty: boolean, serves: readonly string[]): readonly GrantType[] {
  if (firstParty) return ['authorization_code', 'refresh_token']
  return serves.length > 0 ? [] : ['client_credentials']
}

function unknownAudience(field: string): (audience: string) => FieldProblem {
  return (audience) => problem(field, 'unknown', `there is no API ${JSON.stringify(audience)}: create it first`)
}

const grantTypes: readonly GrantType[] = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  tokenExchangeGrantType,
]

function isGrantType(text: string): text is GrantType {
  return (grantTypes as readonly string[]).includes(text)
}

function isIdTokenAlg(text: string): text is Client['idTokenAlg'] {
  return text === 'RS256' || text === 'ES256'
}

function grantProblems(
  grants: readonly string[],
  {
    isPublic,
    firstParty,
    isResourceServer,
  }: { readonly isPublic: boolean; readonly firstParty: boolean; readonly isResourceServer: boolean },
): readonly FieldProblem[] {
  if (grants.length === 0 && !isResourceServer)
    return [problem('grants', 'required', `name at least one of ${grantTypes.join(', ')}`)]
  const problems = grants
    .filter((grant) => !isGrantType(grant))
    .map((grant) => problem('grants', 'unknown', `${JSON.stringify(grant)} is none of ${grantTypes.join(', ')}`))
  if (isPublic && grants.includes('client_credentials')) {
    // Anybody can say to be a public client, so that it would be a token for everybody.
    const mend = 'a public client cannot act for itself: name the grant authorization_code, or make it confidential'
    problems.push(problem('grants', 'public', mend))
  }
  if (isPublic && grants.includes(tokenExchangeGrantType)) {
    problems.push(problem('grants', 'public', 'a public client cannot exchange tokens: make it confidential'))
  }
  if (grants.includes('refresh_token') && !grants.includes('authorization_code')) {
    problems.push(problem('grants', 'incomplete', 'refresh_token needs authorization_code beside it'))
  }
  if (firstParty && !grants.includes('authorization_code')) {
    problems.push(problem('grants', 'incomplete', 'a first-party client signs people in: it needs authorization_code'))
  }
  return problems
}

function idProblems(id: string): readonly FieldProblem[] {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$/.test(id)) {
    return [problem('id', 'form', 'use 3 to 64 letters, digits, ".", "_" and "-"')]
  }
  // A client's id may become the subject of a token, and must never look like a user's.
  return isUserId(id) ? [problem('id', 'uuid', 'use another form than a UUID: user ids have that')] : []
}

const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

function originProblems(origin: string): readonly FieldProblem[] {
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  if (url?.origin !== origin) {
    return [problem('origins', 'form', `${JSON.stringify(origin)} is not an origin such as https://app.example`)]
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.includes(url.hostname))
  return isSafe ? [] : [problem('origins', 'insecure', `${origin} must use https, or be on this machine`)]
}

function jwksProblems(jwks: string, isPublic: boolean): readonly FieldProblem[] {
  if (isPublic) return [problem('jwks', 'public', 'a public client has no keys: leave out one of the two')]
  try {
    const keys = parseJwkSet(jwks)
    if (keys.length === 0) return [problem('jwks', 'empty', 'name at least one key that we know, with its "alg"')]
    if (!keys.every(({ kind }) => kind === 'public')) {
      return [problem('jwks', 'private', 'leave out private and secret keys: they are for the client only')]
    }
    return keyProblems(
      'jwks',
      keys.map(({ keyObject }) => keyObject),
    )
  } catch (error) {
    if (error instanceof TokenError) return [problem('jwks', 'form', `this is no JWK Set: ${error.message}`)]
    throw error
  }
}

function problem(field: string, rule: string, detail: string): FieldProblem {
  return { field, rule, detail }
}
