/**
 * A chain of services on the token endpoint: a shop calls the API `orders` for a person, `orders` calls `stock`, and
 * `stock` calls `archive`.
 */

import { accessTokenType, tokenExchangeGrantType } from '@countersign/protocol'
import type { JwtClaims } from '@countersign/tokens'
import { makeEvent } from '../../audit/audit.ts'
import { basic } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { AuditEvent, Client, Grant } from '../../store/records.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

export const orders = 'https://orders.example'
export const stock = 'https://stock.example'
export const archive = 'https://archive.example'
/** Known, and open to none of the services. */
export const closed = 'https://closed.example'

export const toStock = { resource: stock, scope: 'stock:read' }

export interface Service {
  readonly client: Client
  readonly secret: string
}

export type Form = Readonly<Record<string, string | undefined>>

export interface ServiceChain extends TokenEndpointUnderTest {
  readonly ordersService: Service
  readonly stockService: Service
  /** A person at the shop: the grant, and their access token for `orders`. */
  signIn(
    claims?: JwtClaims,
    facts?: Partial<Grant>,
  ): Promise<{ readonly grant: Grant & { readonly userId: string }; readonly token: string }>
  /** Asks as a service; parameters that are undefined are left out. */
  exchange(
    service: Service,
    subjectToken: string,
    more?: Form,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  arranged(): AuditEvent
}

export async function startServiceChain(): Promise<ServiceChain> {
  const at = await startTokenEndpoint()
  const arranged = (): AuditEvent => makeEvent(at.clock, { type: 'test.arranged', actor: 'operator' })
  await at.addApi({ audience: orders, scopes: ['orders:read', 'orders:write'] })
  await at.addApi({ audience: stock, scopes: ['stock:read', 'stock:reserve', 'stock:count'] })
  await at.addApi({ audience: archive, scopes: ['archive:write'] })
  await at.addApi({ audience: closed, scopes: ['closed:open'] })
  const role = { name: 'counter', scopes: { [stock]: ['stock:count'] }, createdAt: at.clock() }
  await at.store.roles.insert(role, arranged())
  const grantTypes = [tokenExchangeGrantType] as const
  const shop = await at.addClient({ scopes: ['openid', 'orders:read', 'orders:write'], audiences: [orders] })
  const stockScopes = ['openid', 'stock:read', 'stock:reserve', 'stock:count']
  return {
    ...at,
    arranged,
    ordersService: await at.addConfidentialClient({
      ...{ id: 'orders-service', grantTypes, serves: [orders], audiences: [stock], scopes: stockScopes },
    }),
    stockService: await at.addConfidentialClient({
      ...{ id: 'stock-service', grantTypes, serves: [stock], audiences: [archive], scopes: ['archive:write'] },
    }),
    async signIn(claims = {}, facts = {}) {
      const agreed = { clientId: shop.id, resource: orders, scope: 'orders:read orders:write', ...facts }
      const { grant } = await at.issueCode(agreed)
      return { grant, token: await at.signAccessToken(grant, claims) }
    },
    exchange({ client, secret }, subjectToken, more = {}, headers = {}) {
      const types = { grant_type: tokenExchangeGrantType, subject_token_type: accessTokenType }
      const given: Form = { ...types, subject_token: subjectToken, ...more }
      const sent = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined)
      return at.token(Object.fromEntries(sent), { ...headers, ...basic(client.id, secret) })
    },
  }
}

export function withActor(actorToken: string): Form {
  return { actor_token: actorToken, actor_token_type: accessTokenType }
}
