/**
 * `http-message-signatures` signs requests (RFC 9421) to an API behind a guard: with the session key that the server
 * handed out, and with the key of the DPoP proof beside it. `jose` seals bodies with the other session keys.
 */

import { createHash, createHmac, randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop'
import type { KeyPair } from 'dpop'
import { httpbis } from 'http-message-signatures'
import type { Request as SignedRequest, SignConfig, SigningKey } from 'http-message-signatures'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi } from './client/api.ts'
import type { Api } from './client/api.ts'
import { postForm } from './harness/client.ts'
import type { Credentials } from './harness/client.ts'
import { dpopClient } from './harness/dpop-client.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const bank = 'https://bank.example'
const payment = JSON.stringify({ to: 'bob', amount: 5 })

interface SessionToken {
  readonly token: string
  readonly tokenId: string
  readonly keys: { readonly sig: Buffer; readonly 'seal-req': Buffer; readonly 'seal-res': Buffer }
}

let stage: Stage
let issuer: string
let api: Api
let service: Credentials
beforeAll(async () => {
  stage = await openStage()
  issuer = (await stage.serve()).url
  await stage.command(issuer, 'apis', 'create', 'Bank', '--audience', bank, '--scope', 'pay', '--session-keys')
  const { sessionSecrets } = await stage.command(issuer, 'apis', 'secret', bank)
  service = await stage.administer(issuer, async (administration) => {
    const { client, secret } = await administration.createClient({ name: 'Till', scopes: ['pay'], audiences: [bank] })
    return { id: client.id, secret: secret ?? '' }
  })
  const routes = {
    '/signed': { scope: 'pay', proof: 'signature' },
    '/proven': { scope: 'pay', proof: ['dpop', 'signature'] },
    '/sealed': { scope: 'pay', sealed: true },
  } as const
  api = await startApi(routes, {
    issuer,
    audience: bank,
    sessionSecrets: sessionSecrets as Record<string, string>,
    // One machine, one clock: what a larger skew leaves open just after the start is not of interest here.
    clockSkewSeconds: 0,
  })
  // What says to be from before its replay store, in whole seconds, is refused.
  await setTimeout(1000)
})
afterAll(async () => {
  await api.close()
  await stage.close()
})

describe('http-message-signatures', () => {
  test('signs with the session key', async () => {
    const { token, tokenId, keys } = await buyWithSessionKeys()
    const key: SigningKey = {
      ...{ id: tokenId, alg: 'hmac-sha256' },
      sign: async (base) => createHmac('sha256', keys.sig).update(base).digest(),
    }
    const authorization = `Bearer ${token}`
    const posted = await signedRequest('POST', '/signed?reference=7', { authorization }, key, payment)
    expect(await call(posted, payment)).toMatchObject({ status: 200, answer: { body: payment } })
    const got = await signedRequest('GET', '/signed', { authorization }, key)
    expect((await call(got)).status).toBe(200)

    expect(await call(posted, payment)).toMatchObject(refusedFor('signature_replayed'))
    const changed = await signedRequest('POST', '/signed', { authorization }, key, payment)
    expect(await call(changed, payment.replace('5', '500'))).toMatchObject(refusedFor('digest_mismatch'))
    const moved = await signedRequest('POST', '/signed', { authorization }, key, payment)
    expect(await call({ ...moved, url: `${moved.url}?to=eve` }, payment)).toMatchObject(refusedFor('signature_invalid'))
  })

  for (const [alg, name, parameters] of [
    ['ES256', 'ecdsa-p256-sha256', { name: 'ECDSA', hash: 'SHA-256' }],
    ['Ed25519', 'ed25519', 'Ed25519'],
  ] as const) {
    test(`signs with the key of its DPoP proof, by ${name}`, async () => {
      const proofKey = await generateKeyPair(alg)
      const token = String((await buyBound(proofKey))['access_token'])
      const key: SigningKey = {
        ...{ id: await calculateThumbprint(proofKey.publicKey), alg: name },
        sign: async (base) =>
          Buffer.from(await crypto.subtle.sign(parameters, proofKey.privateKey, base as Uint8Array<ArrayBuffer>)),
      }
      const proven = async (path: string): Promise<Record<string, string>> => {
        const dpop = await generateProof(proofKey, api.url + path, 'POST', undefined, token)
        return { authorization: `DPoP ${token}`, dpop }
      }
      const posted = await signedRequest('POST', '/proven?n=1', await proven('/proven'), key, payment)
      expect(await call(posted, payment)).toMatchObject({ status: 200, answer: { body: payment } })
      const other = { ...key, id: 'another' }
      const stranger = await signedRequest('POST', '/proven', await proven('/proven'), other, payment)
      expect(await call(stranger, payment)).toMatchObject(refusedFor('signature_key_unknown'))
    })
  }

  test('with the session key signs nothing where the proof of a key is demanded: who saw both come is not who holds it', async () => {
    const proofKey = await generateKeyPair('ES256')
    const { token, tokenId, keys } = readSessionToken(await buyBound(proofKey, { session_keys: 'true' }))
    const key: SigningKey = {
      ...{ id: tokenId, alg: 'hmac-sha256' },
      sign: async (base) => createHmac('sha256', keys.sig).update(base).digest(),
    }
    for (const [path, expected] of [
      ['/proven', refusedFor('signature_algorithm_refused')],
      ['/signed', { status: 200, answer: { body: payment } }],
    ] as const) {
      const dpop = await generateProof(proofKey, api.url + path, 'POST', undefined, token)
      const headers = { authorization: `DPoP ${token}`, dpop }
      expect(await call(await signedRequest('POST', path, headers, key, payment), payment)).toMatchObject(expected)
    }
  })
})

describe('jose', () => {
  test('seals what the guard opens, and opens what the guard has sealed', async () => {
    const { token, keys } = await buyWithSessionKeys()
    const url = `${api.url}/sealed?reference=7`
    const sealed = await seal(url, token, keys['seal-req'])
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/jose' }
    const answer = await fetch(url, { method: 'POST', headers, body: sealed })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/jose'])
    const crit = { cs_dir: true, cs_req: true, cs_status: true }
    const opened = await compactDecrypt(await answer.text(), keys['seal-res'], { crit })
    const cs_req = createHash('sha256').update(sealed).digest('base64url')
    expect(opened.protectedHeader).toMatchObject({ cs_dir: 'res', cs_req, cs_status: 200, cty: 'application/json' })
    expect(JSON.parse(Buffer.from(opened.plaintext).toString())).toMatchObject({ body: payment })

    const again = await fetch(url, { method: 'POST', headers, body: sealed })
    expect([again.status, (await again.json()) as unknown]).toMatchObject([401, { code: 'sealed_replayed' }])
  })
})

async function buyWithSessionKeys(): Promise<SessionToken> {
  const form = { grant_type: 'client_credentials', resource: bank, scope: 'pay', session_keys: 'true' }
  const { status, body } = await postForm(`${issuer}/oauth/token`, form, service)
  expect(status).toBe(200)
  return readSessionToken(body)
}

function readSessionToken(body: Readonly<Record<string, unknown>>): SessionToken {
  const keys = Object.entries(body['session_keys'] as Record<string, string>)
  return {
    token: String(body['access_token']),
    tokenId: tokenIdOf(String(body['access_token'])),
    keys: Object.fromEntries(keys.map(([use, key]) => [use, Buffer.from(key, 'base64url')])) as SessionToken['keys'],
  }
}

async function buyBound(
  key: KeyPair,
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const form = {
    ...{ grant_type: 'client_credentials', resource: bank, scope: 'pay' },
    ...{ client_id: service.id, client_secret: service.secret, ...more },
  }
  const { body } = await (await dpopClient(issuer, key)).post(issuer, '/oauth/token', form)
  expect(body['token_type']).toBe('DPoP')
  return body
}

/** Signs what the guard demands, in the library's own order of parameters. */
async function signedRequest(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  key: SigningKey,
  body?: string,
): Promise<SignedRequest> {
  const digest = body !== undefined && createHash('sha512').update(body).digest('base64')
  const content =
    digest === false ? {} : { 'content-type': 'application/json', 'content-digest': `sha-512=:${digest}:` }
  const config: SignConfig = {
    key,
    name: 'till',
    fields: ['@target-uri', '@method', 'authorization', ...Object.keys(content)],
    params: ['keyid', 'alg', 'created', 'expires', 'nonce', 'tag'],
    paramValues: { nonce: randomUUID(), tag: 'countersign' },
  }
  return httpbis.signMessage(config, { method, url: api.url + target, headers: { ...headers, ...content } })
}

async function call(
  { method, url, headers }: SignedRequest,
  body?: string,
): Promise<{ readonly status: number; readonly answer: unknown }> {
  const response = await fetch(url, { method, headers: headers as Record<string, string>, ...(body && { body }) })
  return { status: response.status, answer: await response.json() }
}

async function seal(url: string, token: string, key: Uint8Array): Promise<string> {
  const header = {
    ...{ alg: 'dir', enc: 'A256CBC-HS512', typ: 'countersign-sealed+jwe', cty: 'application/json' },
    crit: ['cs_dir', 'cs_htm', 'cs_htu', 'cs_ath'],
    ...{ cs_dir: 'req', cs_htm: 'POST', cs_htu: url },
    cs_ath: createHash('sha256').update(token).digest('base64url'),
    iat: Math.floor(Date.now() / 1000),
    nonce: randomUUID(),
  }
  const crit = Object.fromEntries(header.crit.map((name) => [name, true]))
  return new CompactEncrypt(Buffer.from(payment)).setProtectedHeader(header).encrypt(key, { crit })
}

function tokenIdOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { readonly jti: string }
  return claims.jti
}

function refusedFor(code: string): object {
  return { status: 401, answer: { code } }
}
