/**
 * The attacker of `jwt`: bytes out, bytes in. A token can be neither made nor changed, but whoever sees one has it until
 * it expires, and nothing but the token is protected.
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'

import type { Attack, AttackName } from '../attacks/attack.ts'
import { attackJwts } from '../attacks/attack-jwts.ts'
import { commonPasswords } from '../attacks/common-passwords.ts'
import { guessPassword } from '../attacks/guess-password.ts'
import { describe, describeAll, httpAttack, isGranted, judge, tryForgeries } from '../attacks/http-attack.ts'
import type { Attempt, HttpStage } from '../attacks/http-attack.ts'
import { readPayload } from '../attacks/jwt-forgeries.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'
import type { HttpClient, HttpReply } from '../wire/http-client.ts'

/** Somebody who has registered and logged in, seen by the attacker while she did. */
interface Account {
  readonly name: string
  readonly token: string
}

export const jwtAttacks: Readonly<Record<AttackName, Attack | string>> = {
  'no-token': httpAttack(async ({ attacker }) => judge(await attacker.get('/api/phone/'))),
  ...attackJwts({
    issue: async (alice) => (await logIn(alice)).token,
    use: getPhones,
    forge: (claims) => [claims],
    tamper: { user: 'admin', exp: 4_000_000_000 },
    claim: { exp: 4_000_000_000 },
  }),
  'expired-token': httpAttack(async ({ target, client }) => {
    const { url } = await target.start({ tokenTtlSeconds: 1 })
    const { token } = await logIn(client('alice', url))
    await wait(1100)
    return judge(await getPhones(client('attacker', url), token, 'a token of a second ago'))
  }),
  'replayed-token': withAliceToken(async (token, { alice, attacker }) => {
    await getPhones(alice, token)
    return judge(await getPhones(attacker, token, 'the recorded token again'))
  }),
  'stale-token': 'A newer token does not replace an older one: each lives until it expires.',
  'stolen-token': withAliceToken(async (token, { attacker }) =>
    judge(await getPhones(attacker, token, "alice's token, which she has not used")),
  ),
  'token-of-other-user': httpAttack(async ({ alice, client }) => {
    const { name, token: aliceToken } = await logIn(alice)
    await addPhone(alice, aliceToken, 'alice-secret-phone')
    const bob = client('bob')
    const { token } = await logIn(bob, 'bob')
    const headers = { Authorization: `Bearer ${token}`, 'X-User': name, Cookie: `user=${name}` }
    const replies = [
      await bob.get(`/api/phone/?user=${name}&username=${name}`, { headers, note: "bob's token, alice's name" }),
      await bob.post('/api/phone/', { headers, form: { phone: 'bob-was-here', user: name, username: name } }),
    ]
    const phones = (await getPhones(alice, aliceToken)).text
    const gotIn = replies.some(({ text }) => text.includes('alice-secret-phone')) || phones.includes('bob-was-here')
    return { gotIn, evidence: `bob got ${describeAll(replies)}; alice has ${phones}` }
  }),
  'token-in-query': httpAttack(async ({ alice, attacker }) => {
    const { token } = await logIn(alice)
    const paths = ['access_token', 'token', 'Authorization'].map((name) => `/api/phone/?${name}=${token}`)
    return tryForgeries(
      paths.map((path) => ({ what: 'in the query', token: path })),
      ({ token: path }) => attacker.get(path),
    )
  }),
  eavesdrop: httpAttack(async ({ alice }) => {
    const { name } = await logIn(alice)
    const password = /password=([^&\s]+)/.exec(alice.exchanges[0]?.sent ?? '')?.[1]
    const token = /"token":"([^"]+)"/.exec(alice.exchanges[1]?.received ?? '')?.[1] ?? ''
    const user = String(readPayload(token)['user'])
    return { gotIn: user === name, evidence: `read on the wire: "user": "${user}", password=${String(password)}` }
  }),
  'replayed-message': withAliceToken(async (token, { alice, attacker }) => {
    await addPhone(alice, token, '+1 555 0100')
    await addPhone(attacker, token, '+1 555 0100', 'the recorded request again')
    return countPhones(await getPhones(alice, token), '+1 555 0100')
  }),
  'tampered-message': withAliceToken(async (token, { alice, attacker }) => {
    await addPhone(attacker, token, '+1 555 0666', "alice's request with another phone")
    return hasPhone(await getPhones(alice, token), '+1 555 0666')
  }),
  'reordered-message': 'Each request stands alone: there is no order to change.',
  'bit-flip': 'Nothing is encrypted: there is no envelope.',
  'padding-oracle': 'Nothing is encrypted: there is no padding.',
  'nonce-reuse': 'There are no nonces.',
  'session-hijack': withAliceToken(async (token, { alice, attacker }) => {
    await getPhones(alice, token)
    await addPhone(attacker, token, '+1 555 0666', "in alice's session")
    return hasPhone(await getPhones(alice, token), '+1 555 0666')
  }),
  race: withAliceToken(async (token, { alice, attacker }) => {
    // What alice meant to do once.
    await Promise.all(Array.from({ length: 100 }, () => addPhone(attacker, token, '+1 555 0100')))
    return countPhones(await getPhones(alice, token), '+1 555 0100')
  }),
  'password-guess': async ({ url, report }) => {
    // One that the list has, though not among the first five.
    const name = await register(createHttpClient(url, { from: 'alice', report }), 'alice', commonPasswords.at(-1))
    const attacker = createHttpClient(url, { from: 'attacker', report })
    return guessPassword(async (guess) => {
      const reply = await attacker.post('/login', { form: { username: name, password: guess } })
      return { isIn: isGranted(reply), answer: describe(reply) }
    })
  },
  'user-enumeration': httpAttack(async ({ alice, attacker }) => {
    const name = await register(alice, 'alice')
    const taken = await attacker.post('/register', { form: { username: name, password: 'x' } })
    const free = await attacker.post('/register', { form: { username: nameLike('nobody'), password: 'x' } })
    const gotIn = describe(taken) !== describe(free)
    return { gotIn, evidence: `a name that is taken: ${describe(taken)}; a free one: ${describe(free)}` }
  }),
  'duplicate-field': httpAttack(async ({ alice, attacker }) => {
    const json = { 'Content-Type': 'application/json' }
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const { name, token } = await logIn(alice)
    const replies = [
      await attacker.post('/login', { headers: form, body: `username=bob&username=${name}&password=${password}` }),
      await attacker.post('/login', {
        headers: json,
        body: `{"username":"bob","\\u0075sername":"${name}","password":"${password}"}`,
      }),
      await attacker.post('/api/phone/', {
        headers: { ...form, Authorization: `Bearer ${token}` },
        body: 'phone=1&phone=2',
      }),
      await attacker.get('/api/phone/', { headers: { Authorization: ['Bearer x', `Bearer ${token}`] } }),
    ]
    return { gotIn: replies.some(isGranted), evidence: describeAll(replies) }
  }),
  'oversized-message': httpAttack(async ({ alice, attacker }) => {
    const { token } = await logIn(alice)
    const reply = await addPhone(attacker, token, '5'.repeat(1024 * 1024))
    const next = await getPhones(alice, token)
    const evidence = `1 MiB: ${describe(reply)}; then: ${describe(next)}`
    return { gotIn: isGranted(reply) || !isGranted(next), evidence }
  }),
}

const password = 'correct-horse-battery-staple'

function withAliceToken(act: (token: string, stage: HttpStage) => Promise<Attempt>): Attack {
  return httpAttack(async (stage) => act((await logIn(stage.alice)).token, stage))
}

async function register(client: HttpClient, role = 'alice', secret = password): Promise<string> {
  const name = nameLike(role)
  const reply = await client.post('/register', { form: { username: name, password: secret } })
  if (!isGranted(reply)) throw new Error(`nobody could register: ${describe(reply)}`)
  return name
}

async function logIn(client: HttpClient, role = 'alice'): Promise<Account> {
  const name = await register(client, role)
  const reply = await client.post('/login', { form: { username: name, password } })
  const token = textMember(reply, 'token')
  if (token === undefined) throw new Error(`no token was issued: ${describe(reply)}`)
  return { name, token }
}

/** A new name each time: the server may run for long, and know others already. */
function nameLike(role: string): string {
  return `${role}-${randomBytes(4).toString('hex')}`
}

function getPhones(client: HttpClient, token: string, note?: string): Promise<HttpReply> {
  const headers = { Authorization: `Bearer ${token}` }
  return client.get('/api/phone/', note === undefined ? { headers } : { headers, note })
}

function addPhone(client: HttpClient, token: string, phone: string, note?: string): Promise<HttpReply> {
  const message = { headers: { Authorization: `Bearer ${token}` }, form: { phone } }
  return client.post('/api/phone/', note === undefined ? message : { ...message, note })
}

/** What counts once must be there once. */
function countPhones({ text }: HttpReply, phone: string): Attempt {
  const count = text.split(`"${phone}"`).length - 1
  return { gotIn: count > 1, evidence: `alice's phone was added ${count} times` }
}

function hasPhone(reply: HttpReply, phone: string): Attempt {
  return { gotIn: reply.text.includes(`"${phone}"`), evidence: `alice has ${describe(reply)}` }
}
