/**
 * The second half of the story: a thief who has the wire between Alice's app and the API. Her app uses
 * `@countersign/client`; he has all that it sends.
 */

import { createHash, randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { createClient, memoryStorage } from '@countersign/client'
import type { Client } from '@countersign/client'
import { exportPublicJwk, generateKey, signText } from '@countersign/tokens'
import { sendRequest } from './http.ts'
import type { Answer, SignIn } from './http.ts'
import { judge } from './report.ts'
import type { Scene } from './scene.ts'
import { openTap } from './tap.ts'
import type { SentRequest, Tap } from './tap.ts'

export async function tellOfProofs(scene: Scene, signIn: SignIn): Promise<void> {
  const { report } = scene
  const tap = openTap()
  const alice = createClient({
    issuer: scene.issuer,
    clientId: signIn.clientId,
    storage: memoryStorage(),
    fetch: tap.fetch,
  })
  const { username, password, scope } = signIn
  await alice.signIn.password({ username, password, scope, resource: scene.audience })

  report.chapter('A thief has the wire: he reads all that passes, and can change it')
  await stealBoundToken(scene, alice, tap)
  await changeAmount(scene, alice, tap)
  await readSealedBody(scene, alice, tap)
  report.chapter('A session is revoked, and the API needs nobody to tell it so')
  await revokeSession(scene, alice, tap)
}

/** A token that is bound to her key, and the proof that went with it (RFC 9449). */
async function stealBoundToken({ api, audience, report }: Scene, alice: Client, tap: Tap): Promise<void> {
  await alice.fetch(`${api}/statement`, { resource: audience })
  const seen = tap.last()
  report.add(judge('bound token', 'GET /statement, with a proof by her key', seen.answer, 200))

  const [, token = ''] = (seen.headers['authorization'] ?? '').split(' ')
  const thiefs = await proveByOwnKey(seen, token)
  for (const [step, sent, headers, code] of [
    ['stolen', 'her token, as a bearer token', { authorization: `Bearer ${token}` }, 'dpop_proof_required'],
    ['own proof', 'her token, with a proof by his own key', { ...seen.headers, dpop: thiefs }, 'dpop_key_mismatch'],
    ['replayed', 'her token and her proof, again', seen.headers, 'dpop_proof_replayed'],
  ] as const) {
    report.add(judge(step, sent, await sendRequest({ ...seen, headers }), 401, code))
  }
}

/** A signed request (RFC 9421): whoever changes a part of it needs her key. */
async function changeAmount({ api, audience, report }: Scene, alice: Client, tap: Tap): Promise<void> {
  const transfer = (amount: number): Promise<Response> =>
    alice.fetch(`${api}/transfers`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ amount }) },
      ...{ proof: 'signature', resource: audience },
    })
  const raise = (request: SentRequest): SentRequest => ({ ...request, body: request.body.replace('100', '9900') })
  const raiseAndDigest = (request: SentRequest): SentRequest => {
    const raised = raise(request)
    const digest = createHash('sha256').update(raised.body).digest('base64')
    return { ...raised, headers: { ...raised.headers, 'content-digest': `sha-256=:${digest}:` } }
  }
  for (const [step, sent, change, code] of [
    ['changed amount', 'POST /transfers {"amount":100}, made 9900 on the way', raise, 'digest_mismatch'],
    ['changed digest', 'the same, with the digest of what he wrote', raiseAndDigest, 'signature_invalid'],
  ] as const) {
    await tap.changing(change, () => transfer(100))
    report.add(judge(step, sent, tap.last().answer, 401, code))
  }
  await transfer(100)
  report.add(judge('left alone', 'POST /transfers {"amount":100}, signed', tap.last().answer, 200))
}

/** A sealed body: read by nobody but her app and the API. */
async function readSealedBody({ api, audience, report }: Scene, alice: Client, tap: Tap): Promise<void> {
  const question = 'Which of my accounts should I close?'
  const ask = (): Promise<Response> =>
    alice.fetch(`${api}/advice`, { method: 'POST', body: question, sealed: true, resource: audience })

  const answer = await ask()
  const { advice } = (await answer.json()) as { readonly advice?: string }
  const seen = tap.last()
  const isRead = [seen.body, seen.answer.text].some((text) => text.includes('accounts') || text.includes('boat'))
  report.add({
    step: 'sealed',
    sent: `POST /advice "${question}"`,
    came: `${answer.status} "${String(advice)}"`,
    asPromised: answer.status === 200 && advice === 'Sell the boat.',
  })
  report.add({
    step: 'what he reads',
    sent: `${seen.body.slice(0, 38)}… (${seen.body.length} characters)`,
    came: isRead ? 'words of hers' : 'no word of either',
    asPromised: !isRead,
  })
  const flip = (request: SentRequest): SentRequest => {
    const parts = request.body.split('.')
    const [text = ''] = parts.splice(3, 1)
    parts.splice(3, 0, (text.startsWith('A') ? 'B' : 'A') + text.slice(1))
    return { ...request, body: parts.join('.') }
  }
  await tap.changing(flip, () => ask().catch(() => undefined))
  report.add(judge('changed', 'the same, one letter changed', tap.last().answer, 401, 'sealed_decryption_failed'))
}

/** The API holds the issuer's status list, and looks into it for each token. */
async function revokeSession(scene: Scene, alice: Client, tap: Tap): Promise<void> {
  const { api, audience, administer, stopServer, report } = scene
  const call = async (): Promise<Answer> => {
    await alice.fetch(`${api}/statement`, { resource: audience })
    return tap.last().answer
  }
  report.add(judge('before', 'GET /statement', await call(), 200))
  await administer('users', 'revoke', 'alice')
  const revokedAt = performance.now()
  let answer = await call()
  while (answer.status === 200 && performance.now() - revokedAt < 5000) {
    await setTimeout(100)
    answer = await call()
  }
  const seconds = ((performance.now() - revokedAt) / 1000).toFixed(1)
  report.add(judge('revoked', `users revoke alice; the same token, ${seconds} s later`, answer, 401, 'token_revoked'))
  await stopServer()
  report.add(judge('offline', 'the same, and the server is down', await call(), 401, 'token_revoked'))
}

/** A good proof for the same request and token, by a key that is not hers. */
async function proveByOwnKey({ method, url }: SentRequest, token: string): Promise<string> {
  const key = await generateKey('ES256')
  const header = { typ: 'dpop+jwt', alg: key.alg, jwk: exportPublicJwk(key) }
  const ath = createHash('sha256').update(token).digest('base64url')
  const claims = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), ath }
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${signText(text, key)}`
}
