/** The two well-known metadata documents and the JWK Set. Public, the same for all, readable from any origin. */

import { authorizationServerMetadata, metadataUrl, openidConfiguration } from '@countersign/protocol'
import type { FastifyPluginAsync } from 'fastify'
import { certificateMethods } from '../../client-authentication/index.ts'
import type { Settings } from '../../config/index.ts'
import type { KeyRings } from '../../keys/key-ring.ts'
import { serverFacts } from './server-facts.ts'

export interface DiscoveryDeps {
  readonly issuer: string
  readonly keys: Pick<KeyRings, 'jwks'>
  readonly settings: Pick<Settings, 'tlsClientCa' | 'clientCertHeader'>
}

/** What the metadata says changes only with the program and its settings. */
const metadataMaxAgeSeconds = 300
/** A revoked key must be dead everywhere within a minute: what a cache keeps comes on top of a guard's own refresh. */
const jwksMaxAgeSeconds = 15

export const discoveryDocuments: FastifyPluginAsync<DiscoveryDeps> = async (app, { issuer, keys, settings }) => {
  const serve = (path: string, maxAgeSeconds: number, document: () => string | Promise<string>): void => {
    app.get(path, { config: { cors: 'any' } }, async (_, reply) => {
      const text = await document()
      reply.type('application/json').header('cache-control', `public, max-age=${maxAgeSeconds}`)
      return text
    })
  }
  const facts = serverFacts(certificateMethods(settings))
  const oauth = JSON.stringify(authorizationServerMetadata(issuer, facts))
  const openid = JSON.stringify(openidConfiguration(issuer, facts))
  // The path of an issuer that has one comes after this well-known part (RFC 8414 §3.1) and before all other paths,
  // from where the proxy that maps it to this server has taken it away.
  serve(new URL(metadataUrl(issuer, 'oauth')).pathname, metadataMaxAgeSeconds, () => oauth)
  serve('/.well-known/openid-configuration', metadataMaxAgeSeconds, () => openid)
  serve('/.well-known/jwks.json', jwksMaxAgeSeconds, async () => JSON.stringify(await keys.jwks()))
}
