/**
 * Proofs that come to the server a second time: client assertions and DPoP proofs, at two servers on one store, at once and
 * after a `kill -9`. Each is good once.
 */

import { randomUUID } from 'node:crypto'
import { generateKeyPair as generateDpopKeyPair, generateProof } from 'dpop'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buyCode, postForm, send } from './harness/client.ts'
import type { Answer, Credentials } from './harness/client.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const alice = { username: 'alice', password: randomUUID() }
const orders = 'https://orders.example'
const form = { grant_type: 'client_credentials', resource: orders, scope: 'read' }

let stage: Stage
let issuer: string
let server: ServerProcess
let second: ServerProcess
let withSecret: Credentials
let withKey: { readonly id: string; readonly privateKey: CryptoKey }
beforeAll(async () => {
  stage = await openStage()
  server = await stage.serve()
  issuer = server.url
  second = await stage.serve({ issuer })
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] })
  await stage.administer(issuer, async (administration) => {
    await administration.createUser(alice)
    await administration.createApi({ audience: orders, scopes: ['read'] })
    const allowed = { scopes: ['read'], audiences: [orders] }
    const { client, secret } = await administration.createClient({ name: 'With a secret', ...allowed })
    withSecret = { id: client.id, secret: secret! }
    withKey = {
      id: (await administration.createClient({ name: 'With a key', jwks, ...allowed })).client.id,
      privateKey,
    }
  })
})
afterAll(() => stage.close())

/** One proof, and how it is sent to a server. */
interface Proof {
  readonly sendTo: (url: string) => Promise<Answer>
  readonly refused: { readonly status: number; readonly body: { readonly error: string } }
}

const kinds: Readonly<Record<string, () => Promise<Proof>>> = {
  'a client assertion': () => assertion(),
  'a client assertion that does not say when it was signed': () => assertion({ isDated: false }),
  'a DPoP proof': async () => {
    const dpop = await generateProof(await generateDpopKeyPair('ES256'), `${issuer}/oauth/token`, 'POST')
    return {
      sendTo: (url) => postForm(`${url}/oauth/token`, form, withSecret, { dpop }),
      refused: { status: 400, body: { error: 'invalid_dpop_proof' } },
    }
  },
  'a DPoP proof beside an access token': async () => {
    const key = await generateDpopKeyPair('ES256')
    const token = await signInWith(key)
    const dpop = await generateProof(key, `${issuer}/oauth/userinfo`, 'GET', undefined, token)
    return {
      sendTo: (url) => send(`${url}/oauth/userinfo`, { headers: { authorization: `DPoP ${token}`, dpop } }),
      refused: { status: 401, body: { error: 'invalid_dpop_proof' } },
    }
  },
}

for (const [kind, make] of Object.entries(kinds)) {
  describe(kind, () => {
    test('is taken once, whichever server it comes to', async () => {
      const { sendTo, refused } = await make()
      expect((await sendTo(server.url)).status).toBe(200)
      for (const { url } of [server, second]) expect(await sendTo(url)).toMatchObject(refused)
    })

    test('is taken once, when it comes to both 20 times at once', async () => {
      const { sendTo, refused } = await make()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, hand) => sendTo(hand % 2 === 0 ? server.url : second.url)),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      for (const answer of answers) if (answer.status !== 200) expect(answer).toMatchObject(refused)
    })

    test('stays refused after a crash, and a new one is taken at once', async () => {
      const { sendTo, refused } = await make()
      expect((await sendTo(server.url)).status).toBe(200)
      const { port } = server
      await server.kill()
      server = await stage.serve({ port })
      expect(await sendTo(server.url)).toMatchObject(refused)
      expect((await (await make()).sendTo(server.url)).status).toBe(200)
    })
  })
}

async function assertion({ isDated = true } = {}): Promise<Proof> {
  const now = Math.floor(Date.now() / 1000)
  const { id, privateKey } = withKey
  const claims = { iss: id, sub: id, aud: issuer, jti: randomUUID(), exp: now + 120, ...(isDated && { iat: now }) }
  const proof = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  return {
    sendTo: (url) => postForm(`${url}/oauth/token`, { ...form, client_assertion_type: type, client_assertion: proof }),
    refused: { status: 401, body: { error: 'invalid_client' } },
  }
}

/** Answers an access token for userinfo that is bound to the key. */
async function signInWith(key: Awaited<ReturnType<typeof generateDpopKeyPair>>): Promise<string> {
  const { code, verifier } = await buyCode(server.url, alice)
  const bought = { grant_type: 'authorization_code', client_id: 'countersign-cli', code, code_verifier: verifier }
  const ask = async (nonce?: string): Promise<Answer> => {
    const dpop = await generateProof(key, `${issuer}/oauth/token`, 'POST', nonce)
    return postForm(`${server.url}/oauth/token`, bought, undefined, { dpop })
  }
  const { headers } = await ask()
  return String((await ask(headers.get('dpop-nonce') ?? '')).body['access_token'])
}
