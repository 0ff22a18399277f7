/**
 * Authorization server metadata: the two discovery documents, and where they are found.
 *
 * The paths of the endpoints are fixed here; serving the documents is left to the server.
 */

import { dpopAlgorithms } from './dpop.ts'

/** What a server decides for itself; the rest of the document follows from the design. */
export interface AuthorizationServerFacts {
  readonly scopes: readonly string[]
  readonly grantTypes: readonly string[]
  /** How clients may authenticate at the token endpoint, e.g. `none`, `private_key_jwt`. */
  readonly clientAuthenticationMethods: readonly string[]
  /** Algorithms of `private_key_jwt` assertions. */
  readonly clientAssertionAlgorithms: readonly string[]
  /** Whether tokens of clients that authenticate by a certificate are bound to it. Default false. */
  readonly certificateBoundTokens?: boolean
}

export interface OpenidFacts extends AuthorizationServerFacts {
  readonly idTokenAlgorithms: readonly string[]
  readonly claims: readonly string[]
}

/** @see RFC 8414 §2, RFC 9449 §5.1, RFC 8705 §3.3, draft-ietf-oauth-first-party-apps-04 §4 */
export interface AuthorizationServerMetadata {
  readonly issuer: string
  readonly authorization_challenge_endpoint: string
  readonly token_endpoint: string
  readonly introspection_endpoint: string
  readonly revocation_endpoint: string
  readonly jwks_uri: string
  readonly scopes_supported: string[]
  readonly response_types_supported: string[]
  readonly grant_types_supported: string[]
  readonly code_challenge_methods_supported: string[]
  readonly token_endpoint_auth_methods_supported: string[]
  readonly token_endpoint_auth_signing_alg_values_supported: string[]
  readonly introspection_endpoint_auth_methods_supported: string[]
  readonly introspection_endpoint_auth_signing_alg_values_supported: string[]
  readonly revocation_endpoint_auth_methods_supported: string[]
  readonly revocation_endpoint_auth_signing_alg_values_supported: string[]
  readonly dpop_signing_alg_values_supported: string[]
  readonly tls_client_certificate_bound_access_tokens: boolean
}

/** @see OpenID Connect Discovery 1.0 §3 */
export interface OpenidConfiguration extends AuthorizationServerMetadata {
  readonly userinfo_endpoint: string
  readonly subject_types_supported: string[]
  readonly id_token_signing_alg_values_supported: string[]
  readonly claims_supported: string[]
  readonly request_uri_parameter_supported: boolean
}

/**
 * Answers the document of `/.well-known/oauth-authorization-server`.
 *
 * @throws {TypeError} if the issuer is not an http(s) URL without query and fragment.
 */
export function authorizationServerMetadata(
  issuer: string,
  facts: AuthorizationServerFacts,
): AuthorizationServerMetadata {
  const base = parseIssuer(issuer)
  const methods = [...facts.clientAuthenticationMethods]
  const algorithms = [...facts.clientAssertionAlgorithms]
  return {
    issuer,
    authorization_challenge_endpoint: `${base}/oauth/authorize-challenge`,
    token_endpoint: `${base}/oauth/token`,
    introspection_endpoint: `${base}/oauth/introspect`,
    revocation_endpoint: `${base}/oauth/revoke`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    scopes_supported: [...facts.scopes],
    response_types_supported: ['code'],
    grant_types_supported: [...facts.grantTypes],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    // Introspection tells about tokens: nobody asks without authenticating.
    introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    dpop_signing_alg_values_supported: [...dpopAlgorithms],
    tls_client_certificate_bound_access_tokens: facts.certificateBoundTokens ?? false,
  }
}

/**
 * Answers the document of `/.well-known/openid-configuration`.
 *
 * @throws {TypeError} if the issuer is not an http(s) URL without query and fragment.
 */
export function openidConfiguration(issuer: string, facts: OpenidFacts): OpenidConfiguration {
  return {
    ...authorizationServerMetadata(issuer, facts),
    userinfo_endpoint: `${parseIssuer(issuer)}/oauth/userinfo`,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...facts.idTokenAlgorithms],
    claims_supported: [...facts.claims],
    // Its absence would mean true.
    request_uri_parameter_supported: false,
  }
}

/**
 * Answers where an issuer publishes its metadata. With a path in the issuer, RFC 8414 puts the well-known part before
 * the path, OpenID Connect after it.
 *
 * @throws {TypeError} if the issuer is not an http(s) URL without query and fragment.
 * @see RFC 8414 §3.1, OpenID Connect Discovery 1.0 §4.1
 */
export function metadataUrl(issuer: string, kind: 'oauth' | 'openid'): string {
  const base = parseIssuer(issuer)
  if (kind === 'openid') return `${base}/.well-known/openid-configuration`
  const { origin } = new URL(base)
  return `${origin}/.well-known/oauth-authorization-server${base.slice(origin.length)}`
}

/** The issuer without its final slash, ready for a path to follow. Clients compare issuers as text: one spelling only. */
function parseIssuer(issuer: string): string {
  const { protocol, href } = new URL(issuer)
  if (!/^https?:$/.test(protocol) || /[?#@]/.test(issuer) || (issuer !== href && `${issuer}/` !== href)) {
    throw new TypeError('the issuer must be a normalized http or https URL without credentials, query or fragment')
  }
  return issuer.replace(/\/$/, '')
}
