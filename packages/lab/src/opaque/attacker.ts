/**
 * The attacker of `opaque`. It has a recording of alice's session and may send what it likes; as `bob` it may log in
 * itself. Getting in means that the server echoes a text in alice's name.
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { blocked, succeeded } from '../attacks/attack.ts'
import type { Attack, AttackName, Finding, Target } from '../attacks/attack.ts'
import { describeAll } from '../attacks/http-attack.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'
import type { HttpClient, HttpMessage, HttpReply } from '../wire/http-client.ts'

const alice = 'alice@example.com'
const bob = 'bob@example.com'
const text = 'sent by somebody else'

/** A session of somebody's as the wire carried it. */
interface Recording {
  readonly token: string
  /** The body of the request that was sent with the token. */
  readonly body: string
}

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

async function record(target: Target, id: string = alice): Promise<Recording> {
  const from = id === alice ? 'alice' : 'bob'
  const client = createHttpClient(target.url, { from, report: target.report })
  const token = textMember(await client.post('/login', { form: { id }, note: 'log in' }), 'token') ?? ''
  const body = new URLSearchParams({ id, token, text: `a word of ${from}` }).toString()
  await client.post('/echo', { headers: form, body, note: 'say a word' })
  return { token, body }
}

function attacker({ url, report }: Target): HttpClient {
  return createHttpClient(url, { from: 'attacker', report })
}

function echo(client: HttpClient, token: string, id: string = alice): Promise<HttpReply> {
  return client.post('/echo', { form: { id, token, text } })
}

function isIn({ status, text: answer }: HttpReply): boolean {
  return status === 200 && answer.startsWith('You said: ')
}

/** One that got in is enough. */
function judge(replies: readonly HttpReply[]): Finding {
  const found = replies.find(isIn)
  if (found !== undefined) return succeeded(found.text)
  return blocked(describeAll(replies))
}

async function sendAll(target: Target, path: string, messages: readonly HttpMessage[]): Promise<Finding> {
  const client = attacker(target)
  const replies: HttpReply[] = []
  for (const message of messages) replies.push(await client.post(path, message))
  return judge(replies)
}

/** Uses alice's recorded token once, as whoever has it can. */
const useRecordedToken: Attack = async (target) => {
  const { token } = await record(target)
  return judge([await echo(attacker(target), token)])
}

const noSignature = 'There is no signature in a random token.'
const noSecret = 'No secret makes the tokens: each is random.'
const noPassword = 'There are no passwords here: whoever logs in is believed.'
const noEnvelope = 'Messages have no envelope.'

export const opaqueAttacks: Readonly<Record<AttackName, Attack | string>> = {
  'no-token': async (target) => {
    await record(target)
    return sendAll(target, '/echo', [{ form: { id: alice, text } }, { form: { id: alice, token: '', text } }])
  },

  'forged-token': async (target) => {
    await record(target)
    const made = [randomBytes(16).toString('hex'), '0'.repeat(32), 'f'.repeat(32)]
    return sendAll(
      target,
      '/echo',
      made.map((token) => ({ form: { id: alice, token, text } })),
    )
  },

  'tampered-token': async (target) => {
    const { token } = await record(target)
    const changed = Array.from(token, (digit, at) => token.slice(0, at) + otherDigit(digit) + token.slice(at + 1))
    const made = [...changed, token.toUpperCase(), token.slice(0, -1), `${token}0`, ` ${token}`]
    const others = made.filter((each) => each !== token)
    return sendAll(
      target,
      '/echo',
      others.map((each) => ({ form: { id: alice, token: each, text } })),
    )
  },

  'alg-none': noSignature,
  'key-confusion': noSignature,
  'weak-secret-guess': noSecret,
  'mac-stripping': noSignature,

  'expired-token': async (target) => {
    const { url } = await target.start({ tokenTtlSeconds: 1 })
    const aged = { ...target, url }
    const { token } = await record(aged)
    await delay(1500)
    return judge([await echo(attacker(aged), token)])
  },

  'replayed-token': useRecordedToken,
  'stale-token': 'A second login makes a second session: no token is older than it should be.',
  'stolen-token': useRecordedToken,

  'token-of-other-user': async (target) => {
    await record(target)
    const { token } = await record(target, bob)
    return judge([await echo(attacker(target), token)])
  },

  'token-in-query': async (target) => {
    const { token } = await record(target)
    const query = new URLSearchParams({ id: alice, token }).toString()
    return sendAll(target, `/echo?${query}`, [{ form: { text } }, { form: { id: alice, text } }])
  },

  eavesdrop: async (target) => {
    const { body } = await record(target)
    const read = new URLSearchParams(body)
    const found = ['id', 'token', 'text'].filter((name) => read.get(name) !== null)
    if (found.length === 0) return blocked('nothing in the recording can be read')
    return succeeded(`read in the recording: ${found.map((name) => `${name}=${read.get(name) ?? ''}`).join(' ')}`)
  },

  'replayed-message': async (target) => {
    const { body } = await record(target)
    return sendAll(target, '/echo', [{ headers: form, body }])
  },

  'tampered-message': async (target) => {
    const { body } = await record(target)
    const changed = new URLSearchParams(body)
    changed.set('text', text)
    return sendAll(target, '/echo', [{ headers: form, body: changed.toString() }])
  },

  'reordered-message': 'Messages do not depend on one another: any order is right.',
  'bit-flip': noEnvelope,
  'padding-oracle': noEnvelope,
  'nonce-reuse': 'Messages have no nonce.',

  'session-hijack': async (target) => {
    const { token } = await record(target)
    const hijacked = await echo(attacker(target), token)
    const client = createHttpClient(target.url, { from: 'alice', report: target.report })
    const goesOn = await echo(client, token)
    return isIn(goesOn) ? judge([hijacked]) : blocked("alice's session ended at once")
  },

  race: async (target) => {
    const { body } = await record(target)
    const client = attacker(target)
    const replies = await Promise.all(Array.from({ length: 100 }, () => client.post('/echo', { headers: form, body })))
    const count = replies.filter(isIn).length
    const evidence = `${count} of 100 at once got in`
    return count > 1 ? succeeded(evidence) : blocked(evidence)
  },

  'password-guess': noPassword,
  'user-enumeration': noPassword,

  'duplicate-field': async (target) => {
    await record(target)
    const { token } = await record(target, bob)
    const pairs = {
      token: `token=${token}`,
      alice: `id=${encodeURIComponent(alice)}`,
      bob: `id=${encodeURIComponent(bob)}`,
    }
    const bodies = [
      [pairs.alice, pairs.bob, pairs.token, 'text=a'],
      [pairs.bob, pairs.alice, pairs.token, 'text=a'],
      [pairs.bob, pairs.token, 'token=', 'text=a'],
      [pairs.bob, 'token=', pairs.token, 'text=a'],
      [pairs.bob, pairs.token, 'text=a', 'te%78t=b'],
    ].map((each) => ({ headers: form, body: each.join('&') }))
    const json = `{"id":"${bob}","i\\u0064":"${alice}","token":"${token}","text":"a"}`
    return sendAll(target, '/echo', [...bodies, { headers: { 'Content-Type': 'application/json' }, body: json }])
  },

  'oversized-message': async (target) => {
    const { token } = await record(target)
    const huge = { id: alice, token, text: 'x'.repeat(1024 * 1024) }
    const client = attacker(target)
    const refused = await client.post('/echo', { form: huge }).catch(() => undefined)
    const goesOn = await echo(client, token).catch(() => undefined)
    if (goesOn === undefined || !isIn(goesOn)) return succeeded('the server answers nobody any more')
    return refused === undefined ? blocked('the connection was closed') : judge([refused])
  },
}

function otherDigit(digit: string): string {
  return digit === '0' ? '1' : '0'
}
