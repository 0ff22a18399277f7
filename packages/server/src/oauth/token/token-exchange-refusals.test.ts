import { randomUUID } from 'node:crypto'
import { accessTokenType, tokenExchangeGrantType } from '@countersign/protocol'
import type { JwtClaims } from '@countersign/tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { issuer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Grant } from '../../store/records.ts'
import { closed, orders, startServiceChain, stock, toStock, withActor } from './token-exchange.fixture.ts'
import type { Form, Service, ServiceChain } from './token-exchange.fixture.ts'

let at: ServiceChain
let stranger: Service
let stockOnlyReads: Service
beforeAll(async () => void (at = await startServiceChain()))
afterAll(() => at.close())

describe('an exchange is refused', () => {
  interface BadExchange {
    readonly name: string
    /** What the token for `orders` says otherwise. */
    readonly claims?: () => JwtClaims
    readonly facts?: Partial<Grant>
    readonly typ?: string
    readonly form?: Form
    readonly service?: () => Service
    /** Makes another text of the good token. */
    readonly spoil?: (token: string, grant: Grant & { readonly userId: string }) => string | Promise<string>
    readonly code?: string
  }
  const chain = (length: number): JwtClaims => ({ act: length > 1 ? { sub: 's', ...chain(length - 1) } : { sub: 's' } })

  const bad: readonly BadExchange[] = [
    { name: 'without a subject token', form: { subject_token: undefined } },
    { name: 'without the type of the subject token', form: { subject_token_type: undefined } },
    {
      name: 'for a subject token of another type',
      form: { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
    },
    {
      name: 'for a refresh token',
      form: { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    },
    { name: 'with the type of an actor token alone', form: { actor_token_type: accessTokenType } },
    { name: 'with an actor token without its type', form: { actor_token: 'a' } },
    { name: 'with an actor token that is none', form: withActor('a') },
    { name: 'with single_use=yes', form: { single_use: 'yes' } },
    { name: 'of nonsense', spoil: () => 'nonsense' },
    { name: 'of a token with a broken signature', spoil: (token) => `${token.slice(0, -8)}AAAAAAAA` },
    { name: 'of a token of another issuer', claims: () => ({ iss: 'https://other.example' }) },
    { name: 'of an ID token', typ: 'JWT' },
    { name: 'of a token that has expired', claims: () => ({ exp: at.clock() - 60 }) },
    { name: 'of a token that expires now', claims: () => ({ exp: at.clock() }) },
    { name: 'of a token without a grant', claims: () => ({ sid: randomUUID() }) },
    { name: 'of a token that says no grant', claims: () => ({ sid: 7 }) },
    {
      name: 'of a token whose grant is revoked',
      spoil: async (token, grant) => {
        await at.store.grants.revoke(grant.id, at.clock(), at.arranged())
        return token
      },
    },
    {
      name: 'of a token whose user is disabled',
      spoil: async (token, { userId }) => {
        await at.store.users.disable(userId, at.clock(), at.arranged())
        return token
      },
    },
    {
      name: 'of a token whose user has another password now',
      spoil: async (token, { userId }) => {
        await at.store.users.changePassword(userId, 'new', at.clock(), at.arranged())
        return token
      },
    },
    { name: 'of a refresh token', spoil: (_token, grant) => at.issueRefreshToken(grant) },
    { name: 'of a single-use token', claims: () => ({ single_use: true }) },
    { name: 'of a token for an API that the client is not', claims: () => ({ aud: stock }) },
    { name: 'of a token for two APIs', claims: () => ({ aud: [orders, stock] }) },
    { name: 'of a token for the issuer', facts: { resource: null, scope: 'openid' } },
    { name: 'by a client that the token is neither for nor of', service: () => stranger, form: { resource: stock } },
    {
      name: 'by a client that may merely call the API of the token',
      service: () => stranger,
      form: { resource: orders },
    },
    {
      name: 'of an own token that is bound to a key, without its proof',
      claims: () => ({ client_id: 'stock-service', cnf: { jkt: 'x'.repeat(43) } }),
      service: () => at.stockService,
      form: { scope: 'orders:read' },
    },
    {
      name: 'of an own token that is bound in a way nobody knows',
      claims: () => ({ client_id: 'stock-service', cnf: { jwe: 'x' } }),
      service: () => at.stockService,
      form: { scope: 'orders:read' },
    },
    { name: 'after five have acted', claims: () => chain(5) },
    { name: 'for an API that the client may not call', form: { resource: closed }, code: 'invalid_target' },
    { name: 'for an API that there is not', form: { resource: 'https://none.example' }, code: 'invalid_target' },
    { name: 'for a resource that is no URI', form: { resource: 'stock' }, code: 'invalid_target' },
    { name: 'for the issuer', form: { resource: issuer, scope: undefined }, code: 'invalid_target' },
    { name: 'for administration', form: { resource: `${issuer}/api/admin` }, code: 'invalid_target' },
    { name: 'for two places', form: { audience: orders }, code: 'invalid_target' },
    { name: 'for a scope that the API does not know', form: { scope: 'stock:burn' }, code: 'invalid_scope' },
    {
      name: 'for a scope that the client may not have',
      service: () => stockOnlyReads,
      code: 'invalid_scope',
      form: { scope: 'stock:reserve' },
    },
    { name: 'for a scope that speaks of the person', form: { scope: 'openid' }, code: 'invalid_scope' },
    { name: 'for a malformed scope', form: { scope: 'stock:read  stock:count' }, code: 'invalid_scope' },
    { name: 'for more than the token has', form: { resource: orders, scope: 'orders:delete' }, code: 'invalid_scope' },
  ]

  beforeAll(async () => {
    const grantTypes = [tokenExchangeGrantType] as const
    stranger = await at.addConfidentialClient({ grantTypes, audiences: [orders, stock], scopes: ['orders:read'] })
    stockOnlyReads = await at.addConfidentialClient({
      ...{ grantTypes, serves: [orders], audiences: [stock], scopes: ['stock:read'] },
    })
  })

  for (const {
    name,
    claims,
    facts,
    typ,
    form,
    service = () => at.ordersService,
    spoil,
    code = 'invalid_request',
  } of bad) {
    test(`${name}: ${code}`, async () => {
      const { grant } = await at.signIn({}, facts)
      const token = await at.signAccessToken(grant, claims?.() ?? {}, typ === undefined ? {} : { typ })
      const sent = (await spoil?.(token, grant)) ?? token
      const { status, body } = await at.exchange(service(), sent, { ...toStock, ...form })
      expect([status, body.error]).toEqual([400, code])
      expect(body).not.toHaveProperty('access_token')
      expect(at.counted).toContain(`token.${code}`)
    })
  }

  for (const { name, claims, spoil } of [
    { name: 'that acts for somebody itself', claims: { act: { sub: 'orders-service' } } },
    { name: 'that is single-use', claims: { single_use: true } },
    { name: 'that is for another API', claims: { aud: stock } },
    { name: 'that has expired', claims: { exp: 1_700_000_000 } },
    {
      name: 'whose grant is revoked',
      claims: {},
      spoil: (grant: Grant) => at.store.grants.revoke(grant.id, at.clock(), at.arranged()),
    },
  ]) {
    test(`with an actor token ${name}: invalid_request`, async () => {
      const [subject, actor] = [await at.signIn(), await at.signIn(claims)]
      await spoil?.(actor.grant)
      const { status, body } = await at.exchange(at.ordersService, subject.token, {
        ...toStock,
        ...withActor(actor.token),
      })
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    })
  }

  test('to a client that was not given the grant type: unauthorized_client', async () => {
    const service = await at.addConfidentialClient({ grantTypes: ['client_credentials'], serves: [orders] })
    const { body } = await at.exchange(service, (await at.signIn()).token)
    expect(body.error).toBe('unauthorized_client')
  })

  test('to a public client, even if it was given the grant type: unauthorized_client', async () => {
    const { id } = await at.addClient({ grantTypes: [tokenExchangeGrantType], serves: [orders] })
    const form = { grant_type: tokenExchangeGrantType, subject_token_type: accessTokenType, client_id: id }
    const { body } = await at.token({ ...form, subject_token: (await at.signIn()).token })
    expect(body.error).toBe('unauthorized_client')
  })

  test('to a client that does not prove who it is: invalid_client', async () => {
    const { status, body } = await at.exchange({ ...at.ordersService, secret: 'guess' }, (await at.signIn()).token)
    expect([status, body.error]).toEqual([401, 'invalid_client'])
  })
})
