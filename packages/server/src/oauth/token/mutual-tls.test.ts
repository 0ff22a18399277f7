import { decodeUnverified } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { selfSigned } from '../../client-authentication/certificate.fixture.ts'
import type { TestCertificate } from '../../client-authentication/certificate.fixture.ts'
import { headerOf } from '../../client-authentication/mutual-tls.fixture.ts'
import { issuer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { dpopKey } from '../../dpop/dpop-proof.fixture.ts'
import type { Client } from '../../store/records.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

const [first, second] = [await selfSigned(), await selfSigned()]
let at: TokenEndpointUnderTest
let client: Client
beforeAll(async () => {
  at = await startTokenEndpoint({ clientCertHeader: 'Client-Cert', trustedProxies: '127.0.0.1' })
  client = await at.addClient({
    authentication: 'self_signed_tls_client_auth',
    certificateThumbprints: [first.thumbprint, second.thumbprint],
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  })
})
afterAll(() => at.close())

const show = (certificate: TestCertificate) => ({ 'client-cert': headerOf(certificate) })
const cnfOf = (token: string) => decodeUnverified(token).claims['cnf']

describe('tokens are bound to the certificate that the client has authenticated with (RFC 8705 §3)', () => {
  test('of a client that acts for itself: as bearer tokens, which no other certificate can use', async () => {
    const form = { grant_type: 'client_credentials', client_id: client.id }
    const { body } = await at.token(form, show(first))
    expect([body.token_type, cnfOf(body.access_token)]).toEqual(['Bearer', { 'x5t#S256': first.thumbprint }])
  })

  test('each to the certificate of its own request; the refresh token is bound to the client', async () => {
    const issued = await at.issueCode({ clientId: client.id })
    const { body } = await at.redeem(issued, {}, show(first))
    expect(cnfOf(body.access_token)).toEqual({ 'x5t#S256': first.thumbprint })
    const refused = await at.refresh(client.id, body.refresh_token)
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
    const refreshed = await at.refresh(client.id, body.refresh_token, {}, show(second))
    expect(cnfOf(refreshed.body.access_token)).toEqual({ 'x5t#S256': second.thumbprint })
  })

  test('and to the key of a DPoP proof besides', async () => {
    const key = await dpopKey()
    const dpop = await key.makeProof(`${issuer}/oauth/token`, { claims: { nonce: at.nonces.make() } })
    const form = { grant_type: 'client_credentials', client_id: client.id }
    const { body } = await at.token(form, { ...show(first), dpop })
    expect(body.token_type).toBe('DPoP')
    expect(cnfOf(body.access_token)).toEqual({ jkt: key.jkt, 'x5t#S256': first.thumbprint })
  })
})
