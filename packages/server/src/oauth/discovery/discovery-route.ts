/** The two well-known metadata documents and the JWK Set. Public, the same for all, readable from any origin. */

import { authorizationServerMetadata, metadataUrl, openidConfiguration } from '@countersign/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { KeyRings } from '../../keys/key-ring.ts'
import { serverFacts } from './server-facts.ts'

export interface DiscoveryDeps {
  readonly issuer: string
  readonly keys: Pick<KeyRings, 'jwks'>
}

/** What the documents say changes only with the program. */
const metadataMaxAgeSeconds = 300
/** A revoked key must be dead everywhere within a minute: what a cache keeps comes on top of a guard's own refresh. */
const jwksMaxAgeSeconds = 15

export const discoveryDocuments: FastifyPluginAsync<DiscoveryDeps> = async (app, { issuer, keys }) => {
  app.addHook('onRequest', async (_, reply) => {
    reply.header('access-control-allow-origin', '*').header('content-type', 'application/json; charset=utf-8')
  })

  const documents = [
    // The path of an issuer that has one comes after this well-known part, and before all other paths (RFC 8414 §3.1):
    // there the proxy that maps it to this server has taken it away.
    [new URL(metadataUrl(issuer, 'oauth')).pathname, authorizationServerMetadata(issuer, serverFacts)],
    ['/.well-known/openid-configuration', openidConfiguration(issuer, serverFacts)],
  ] as const
  for (const [path, metadata] of documents) {
    const body = JSON.stringify(metadata)
    app.get(path, async (_, reply) => {
      reply.header('cache-control', `public, max-age=${metadataMaxAgeSeconds}`)
      return body
    })
  }

  app.get('/.well-known/jwks.json', async (_, reply) => {
    reply.header('cache-control', `public, max-age=${jwksMaxAgeSeconds}`)
    return JSON.stringify(await keys.jwks())
  })
}
