/**
 * Calls each route that takes parameters so that it comes to read all of them: with what it grants, not with what it
 * refuses early. A call that is answered otherwise than it should be is an error, because reads would be missing.
 *
 * A registration is read member by member as it comes: what is optional in it must be handed in here to be seen.
 */

import { createHash } from 'node:crypto'
import { accessTokenType, tokenExchangeGrantType } from '@countersign/protocol'
import { createAdministration, createPasswordHasher, systemClock } from '@countersign/server'
import type { Server } from '@countersign/server'

const api = 'https://api.example'
const person = { username: 'robin', password: 'green lantern, quiet otter' }
const verifier = 'a'.repeat(43)
const challenge = createHash('sha256').update(verifier).digest('base64url')

export async function callEveryRoute(server: Server): Promise<void> {
  const { post, postJson, get } = callsTo(server)
  const service = await createService(server)
  const app = { client_id: 'countersign-cli' }

  await postJson('/api/users', { ...person, email: 'robin@example.com' }, 201)
  const code = await post('/oauth/authorize-challenge', {
    ...{ ...app, ...person, response_type: 'code', scope: 'openid profile' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  })
  const signedIn = await post('/oauth/token', {
    ...{ ...app, grant_type: 'authorization_code', code: code['authorization_code'], code_verifier: verifier },
  })
  await post('/oauth/token', { ...app, grant_type: 'refresh_token', refresh_token: signedIn['refresh_token'] })
  const own = await post('/oauth/token', { ...service, grant_type: 'client_credentials' })
  await post('/oauth/token', {
    ...{ ...service, grant_type: tokenExchangeGrantType },
    ...{ subject_token: own['access_token'], subject_token_type: accessTokenType },
    ...{ actor_token: own['access_token'], actor_token_type: accessTokenType },
  })
  await post('/oauth/introspect', { ...service, token: own['access_token'] })

  const bearer = { authorization: `Bearer ${String(own['access_token'])}` }
  const event = { type: 'refused', at: 1, audience: api }
  await postJson('/api/events', { events: [event] }, 204, bearer)
  await get('/oauth/status/0', 200)
  await post('/oauth/revoke', { ...service, token: own['access_token'] })
}

async function createService({ store, issuer }: Server): Promise<Readonly<Record<string, string>>> {
  const hasher = createPasswordHasher({ concurrency: 1, maxWaiting: 1 })
  const administration = createAdministration({ store, issuer, hasher, clock: systemClock, actor: 'check' })
  await administration.createApi({ audience: api })
  const { client, secret } = await administration.createClient({
    name: 'service',
    grants: ['client_credentials', tokenExchangeGrantType],
    scopes: ['countersign:events'],
    serves: [api],
  })
  return { client_id: client.id, client_secret: secret ?? '' }
}

type Answer = Readonly<Record<string, string>>

function callsTo({ url }: Server): {
  readonly post: (path: string, form: Readonly<Record<string, string | undefined>>) => Promise<Answer>
  readonly postJson: (path: string, body: unknown, status: number, headers?: Answer) => Promise<void>
  readonly get: (path: string, status: number) => Promise<void>
} {
  const call = async (path: string, init: RequestInit, status: number): Promise<string> => {
    const answer = await fetch(url + path, init)
    const text = await answer.text()
    if (answer.status !== status) throw new Error(`${path} answers ${answer.status} instead of ${status}: ${text}`)
    return text
  }
  return {
    async post(path, form) {
      const given = Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined)
      const text = await call(path, { method: 'POST', body: new URLSearchParams(given) }, 200)
      return text === '' ? {} : (JSON.parse(text) as Answer)
    },
    async postJson(path, body, status, headers = {}) {
      const type = { 'content-type': 'application/json' }
      await call(path, { method: 'POST', body: JSON.stringify(body), headers: { ...type, ...headers } }, status)
    },
    async get(path, status) {
      await call(path, {}, status)
    },
  }
}
