/** What the flows ask of a client library. One file beside this for each library; none of ours is in between. */

export type AuthenticationMethod =
  | 'none'
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'private_key_jwt'
  | 'tls_client_auth'
  | 'self_signed_tls_client_auth'

/** A client as its developer knows it. */
export interface Registration {
  readonly id: string
  readonly method: AuthenticationMethod
  /** Empty without one. */
  readonly secret: string
  readonly privateKey: CryptoKey
  readonly idTokenAlg: 'RS256' | 'ES256'
  /** What it proves its requests with (RFC 9449). Default: nothing. */
  readonly dpopKey?: CryptoKeyPair
  /** What carries its requests. Default: the library's own. */
  readonly fetch?: Fetch
}

/** As far as the libraries use it. */
export type Fetch = (
  url: string,
  init: { readonly method: string; readonly headers: Record<string, string>; readonly body?: unknown },
) => Promise<Response>

export interface Peer {
  readonly name: string
  /** Takes the discovery document: that of RFC 8414, or of OpenID Connect. */
  discover(issuer: URL, document: 'oauth2' | 'oidc', registration: Registration): Promise<PeerClient>
}

/** Each verb rejects where the library does not like the answer. */
export interface PeerClient {
  /** Authenticates a request of our own, as the library does its own. */
  authenticate(body: URLSearchParams, headers: Headers): Promise<void>
  readonly authorizationChallengeEndpoint: string
  /** Redeems a code and verifies the ID token, its signature by the server's JWK Set. */
  redeem(code: string, codeVerifier: string, nonce: string): Promise<PeerTokens>
  refresh(refreshToken: string): Promise<PeerTokens>
  clientCredentials(resource: string): Promise<string>
  userinfo(accessToken: string, subject: string): Promise<Record<string, unknown>>
  introspect(token: string): Promise<Record<string, unknown>>
  revoke(token: string): Promise<void>
  /** Calls an API with an access token, and answers what came of it. */
  call(url: URL, accessToken: string): Promise<Response>
}

export interface PeerTokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** Of the ID token, once it is verified. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Where the code would come to, if it came by a redirect. The server has no use for it. */
export const redirectUri = 'https://app.example/callback'

/** @throws {Error} if there is none. */
export function demand(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`the answer has no ${what}`)
  return value
}

/** Neither library knows it: it is a member of the metadata like any other. */
export function challengeEndpointOf(metadata: object): string {
  const { authorization_challenge_endpoint: endpoint } = metadata as { authorization_challenge_endpoint?: string }
  return demand(endpoint, 'authorization challenge endpoint')
}
