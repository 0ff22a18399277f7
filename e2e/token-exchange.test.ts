/**
 * A service calls another for a person: set up by the command, exchanged by a peer's library, checked by a guard, ended by
 * the operator.
 */

import { createGuard } from '@countersign/guard'
import * as oauth from 'oauth4webapi'
import { expect, test } from 'vitest'
import { openTerminal } from './command/terminal.ts'
import { buyCode, postForm, redeem } from './harness/client.ts'

const orders = 'https://orders.example'
const stock = 'https://stock.example'
const alice = { username: 'alice', password: 'a-long-password-of-hers' }
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'
// eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated to be noticed: the server is on this machine
const insecure = { [oauth.allowInsecureRequests]: true }

test('an API exchanges what it received for a token for the next one, which ends with the sign-in (RFC 8693)', async () => {
  const terminal = await openTerminal()
  try {
    const { url } = await terminal.serve('serve --dev --port 0')
    const run = (command: string, input = '') => terminal.run(`${command} --dev --issuer ${url} --json`, { input })
    await run(`apis create orders --audience ${orders} --scope order`)
    await run(`apis create stock --audience ${stock} --scope reserve burn`)
    await run(`clients create shop --id shop --public --first-party --scope order --audience ${orders}`)
    const service = `clients create orders --id orders-service --grant token-exchange --resource-server ${orders}`
    const created = await run(`${service} --audience ${stock} --scope reserve`)
    const { secret } = created.json() as { readonly secret: string }
    const stockServer = (await run(`clients create stock --id stock-service --resource-server ${stock}`)).json()
    const { secret: stockSecret } = stockServer as { readonly secret: string }
    await run('users create alice --password-stdin', `${alice.password}\n`)

    const asShop = { client_id: 'shop', resource: orders }
    const signedIn = await redeem(url, await buyCode(url, alice, { ...asShop, scope: 'order' }), asShop)
    expect(signedIn.status).toBe(200)
    const received = String(signedIn.body['access_token'])

    const issuer = new URL(url)
    const document = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    const server = await oauth.processDiscoveryResponse(issuer, document)
    const client = { client_id: 'orders-service' }
    const exchange = async (scope: string) => {
      const parameters = { subject_token: received, subject_token_type: accessToken, resource: stock, scope }
      const answer = await oauth.genericTokenEndpointRequest(
        ...[server, client, oauth.ClientSecretBasic(secret)],
        ...['urn:ietf:params:oauth:grant-type:token-exchange', parameters, insecure],
      )
      return oauth.processGenericTokenEndpointResponse(server, client, answer)
    }
    const exchanged = await exchange('reserve')
    expect(exchanged).toMatchObject({ issued_token_type: accessToken, token_type: 'bearer', scope: 'reserve' })
    await expect(exchange('burn')).rejects.toMatchObject({ error: 'invalid_scope', status: 400 })

    const guard = createGuard({ issuer: url, audience: stock })
    const request = new Request(stock, { headers: { authorization: `Bearer ${exchanged.access_token}` } })
    const grant = await guard.authenticate(request, { scope: 'reserve' })
    expect(grant).toMatchObject({ clientId: 'orders-service', claims: { act: { sub: 'orders-service' } } })
    guard.close()

    const introspect = async (): Promise<unknown> => {
      const form = { token: exchanged.access_token }
      return (await postForm(`${url}/oauth/introspect`, form, { id: 'stock-service', secret: stockSecret })).body
    }
    expect(await introspect()).toMatchObject({ active: true, sub: grant.subject, act: { sub: 'orders-service' } })
    expect((await run('users revoke alice')).json()).toEqual({ username: 'alice', revoked: 1 })
    expect(await introspect()).toEqual({ active: false })
    await expect(exchange('reserve')).rejects.toMatchObject({ error: 'invalid_request' })
  } finally {
    await terminal.close()
  }
})
