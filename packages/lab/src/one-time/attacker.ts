/**
 * The attacker of `one-time`: bytes out, bytes in. A token is worth something until it is used, and to whoever uses it
 * first; that is what this system leaves open, and what the attacks that get in show.
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'

import type { Attack, AttackName } from '../attacks/attack.ts'
import { attackJwts } from '../attacks/attack-jwts.ts'
import { describe, describeAll, httpAttack, isGranted, judge, tryForgeries } from '../attacks/http-attack.ts'
import { readPayload } from '../attacks/jwt-forgeries.ts'
import { textMember } from '../wire/http-client.ts'
import type { HttpClient, HttpReply } from '../wire/http-client.ts'

export const oneTimeAttacks: Readonly<Record<AttackName, Attack | string>> = {
  'no-token': httpAttack(async ({ attacker }) => judge(await attacker.get('/secure-data'))),
  ...attackJwts({
    issue: (alice) => requestToken(alice, 'alice'),
    use: useToken,
    // Also with the ID of a token that is really live.
    forge: (claims) => [{ ...claims, jti: randomUUID() }, claims],
    tamper: {
      sub: 'admin',
      jti: randomUUID(),
      iss: 'attacker',
      aud: 'others',
      iat: 1,
      nbf: 1,
      exp: 4_000_000_000,
    },
    claim: { sub: 'admin' },
  }),
  'expired-token': httpAttack(async ({ target, client }) => {
    const { url } = await target.start({ tokenTtlSeconds: 1 })
    const token = await requestToken(client('alice', url), 'alice')
    await wait(1100)
    return judge(await useToken(client('attacker', url), token, 'a token of a second ago'))
  }),
  'replayed-token': replay('the recorded token again'),
  'stale-token': httpAttack(async ({ alice, attacker }) => {
    const older = await requestToken(alice, 'alice')
    await requestToken(alice, 'alice')
    return judge(await useToken(attacker, older, 'the older of two'))
  }),
  'stolen-token': stealToken('a token that alice has not used yet'),
  'token-of-other-user': httpAttack(async ({ client }) => {
    const bob = client('bob')
    for (const path of ['/secure-data?user_id=alice', '/secure-data?sub=alice', '/secure-data?user=alice']) {
      const headers = {
        Authorization: `Bearer ${await requestToken(bob, 'bob')}`,
        'X-User': 'alice',
        Cookie: 'user=alice',
      }
      const reply = await bob.get(path, { headers, note: "bob's token, alice's name" })
      if (textMember(reply, 'user') === 'alice') return { gotIn: true, evidence: describe(reply) }
    }
    return { gotIn: false, evidence: 'bob is answered as bob, whatever name he adds' }
  }),
  'token-in-query': httpAttack(async ({ alice, attacker }) => {
    const token = await requestToken(alice, 'alice')
    const paths = ['access_token', 'token', 'Authorization'].map((name) => `/secure-data?${name}=${token}`)
    return tryForgeries(
      paths.map((path) => ({ what: 'in the query', token: path })),
      ({ token: path }) => attacker.get(path),
    )
  }),
  eavesdrop: httpAttack(async ({ alice }) => {
    await useToken(alice, await requestToken(alice, 'alice'))
    const token = /"access_token":"([^"]+)"/.exec(alice.exchanges[0]?.received ?? '')?.[1] ?? ''
    const user = String(readPayload(token)['sub'])
    return { gotIn: user === 'alice', evidence: `read on the wire: the token, and in it "sub": "${user}"` }
  }),
  'replayed-message': replay('the recorded request again'),
  'tampered-message': 'The request holds nothing but the token: changing that is tampered-token.',
  'reordered-message': 'Each request stands alone: there is no order to change.',
  'bit-flip': 'Nothing is encrypted: there is no envelope.',
  'padding-oracle': 'Nothing is encrypted: there is no padding.',
  'nonce-reuse': 'There are no nonces: the token itself counts once.',
  'session-hijack': stealToken("alice's token, caught on its way"),
  race: httpAttack(async ({ alice, client }) => {
    const token = await requestToken(alice, 'alice')
    const attacker = client('attacker')
    const replies = await Promise.all(Array.from({ length: 100 }, () => useToken(attacker, token)))
    const granted = replies.filter(isGranted).length
    return { gotIn: granted > 1, evidence: `${granted} of ${replies.length} uses at once were granted` }
  }),
  'password-guess': 'There are no passwords.',
  'user-enumeration': 'There are no users to find: a token is issued for any name.',
  'duplicate-field': httpAttack(async ({ alice, attacker }) => {
    const json = { 'Content-Type': 'application/json' }
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const first = await requestToken(alice, 'alice')
    await useToken(alice, first)
    const second = await requestToken(alice, 'alice')
    const replies = [
      await attacker.post('/request-token', { headers: form, body: 'user_id=mallory&user_id=alice' }),
      await attacker.post('/request-token', { headers: json, body: '{"user_id":"mallory","user_id":"alice"}' }),
      await attacker.post('/request-token', { headers: json, body: '{"user_id":"mallory","user_\\u0069d":"alice"}' }),
      await attacker.get('/secure-data', { headers: { Authorization: [`Bearer ${first}`, `Bearer ${second}`] } }),
    ]
    return { gotIn: replies.some(isGranted), evidence: describeAll(replies) }
  }),
  'oversized-message': httpAttack(async ({ attacker }) => {
    const body = `user_id=${'a'.repeat(1024 * 1024)}`
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const reply = await attacker.post('/request-token', { headers: form, body })
    const next = await attacker.get('/health')
    const evidence = `1 MiB: ${describe(reply)}; then: ${describe(next)}`
    return { gotIn: isGranted(reply) || !isGranted(next), evidence }
  }),
}

function replay(note: string): Attack {
  return httpAttack(async ({ alice, attacker }) => {
    const token = await requestToken(alice, 'alice')
    await useToken(alice, token)
    return judge(await useToken(attacker, token, note))
  })
}

function stealToken(note: string): Attack {
  return httpAttack(async ({ alice, attacker }) => {
    const token = await requestToken(alice, 'alice')
    const reply = await useToken(attacker, token, note)
    return { gotIn: textMember(reply, 'user') === 'alice', evidence: describe(reply) }
  })
}

async function requestToken(client: HttpClient, user: string): Promise<string> {
  const reply = await client.post('/request-token', { form: { user_id: user } })
  const token = textMember(reply, 'access_token')
  if (token === undefined) throw new Error(`no token was issued: ${describe(reply)}`)
  return token
}

function useToken(client: HttpClient, token: string, note?: string): Promise<HttpReply> {
  const headers = { Authorization: `Bearer ${token}` }
  return client.get('/secure-data', note === undefined ? { headers } : { headers, note })
}
