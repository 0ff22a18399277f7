/**
 * An API for services, which show a certificate on the connection itself (mutual TLS, RFC 8705): their tokens are bound to
 * it, and good for nobody else. People's apps have no certificates; for them there is DPoP.
 */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { createGuard } from '@countersign/guard'
import { guarded } from '@countersign/guard/node-http'

const { ISSUER: issuer = 'https://localhost:4000', CERTIFICATES: folder = '.', PORT: port = '3443' } = process.env
const read = (name: string): Buffer => readFileSync(join(folder, name))
const origin = `https://localhost:${port}`

const guard = createGuard({ issuer, audience: origin })

const report = guarded(guard, { scope: 'report', proof: 'mtls' }, (_request, response, grant) => {
  response.end(`The report, for ${grant.clientId}.\n`)
})

const tls = { key: read('server-key.pem'), cert: read('server.pem'), ca: read('ca.pem'), requestCert: true }
createServer(tls, report).listen(Number(port), '127.0.0.1', () => console.log(`listening on ${origin}`))
