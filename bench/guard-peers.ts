/** The peers that know DPoP, as functions of a request. Neither looks whether a proof has come before. */

import type { JsonWebKey } from 'node:crypto'
import type { Demands } from '@countersign/guard'
import { auth } from 'express-oauth2-jwt-bearer'
import * as oauth from 'oauth4webapi'

/** What express-oauth2-jwt-bearer reads of a request, of node:http or made up. */
export interface HeadersAndTarget {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: NodeJS.Dict<string | string[]>
}

/** What every one of them checks, ours included. */
export interface PeerOrder {
  readonly issuer: string
  readonly audience: string
  readonly jwk: JsonWebKey & { readonly alg: string; readonly kid: string }
  /** What ours demands. Of the others two know DPoP, and none looks at scopes. */
  readonly demands: Demands
}

/** Its middleware, given what it takes from Express without what Express costs. */
export function expressOauth2JwtBearer(order: PeerOrder): (request: HeadersAndTarget) => Promise<void> {
  const { issuer, audience, jwk, demands } = order
  const dpop = { enabled: true, required: demands.proof === 'dpop' }
  const check = auth({ issuer, audience, publicKey: jwk as never, tokenSigningAlg: jwk.alg, strict: true, dpop })
  return (request) => {
    const get = (name: string): unknown => request.headers[name.toLowerCase()]
    const asExpress = Object.assign(request, { protocol: 'http', query: {}, is: () => false, get })
    return new Promise((resolve, reject) => {
      const next = (error?: Error): void => (error === undefined ? resolve() : reject(error))
      void check(asExpress as never, {} as never, next as never)
    })
  }
}

export function oauth4webapi(order: PeerOrder): (request: Request) => Promise<unknown> {
  const { issuer, audience, jwk, demands } = order
  const server: oauth.AuthorizationServer = { issuer, jwks_uri: `${issuer}/jwks` }
  const keys = JSON.stringify({ keys: [{ ...jwk, use: 'sig' }] })
  const options = {
    requireDPoP: demands.proof === 'dpop',
    [oauth.customFetch]: () => Promise.resolve(new Response(keys, { headers: { 'content-type': 'application/json' } })),
  }
  return (request) => oauth.validateJwtAccessToken(server, request, audience, options)
}

/** A request of node:http as oauth4webapi takes it. */
export function toWebRequest({ method = 'GET', url = '', headers }: HeadersAndTarget): Request {
  return new Request(`http://${String(headers['host'])}${url}`, { method, headers: headers as Record<string, string> })
}
