/** A server and an API as tests want them: each test says what is answered, and looks at what was sent. */

import { createClient } from './create-client.ts'
import type { Client, ClientOptions } from './create-client.ts'
import { generateProofKey } from './crypto.ts'
import { createOrigins } from './origins.ts'
import { sessionName } from './storage/client-storage.ts'
import type { ClientStorage, StoredSession } from './storage/client-storage.ts'
import { memoryStorage } from './storage/memory-storage.ts'
import { endpointsOf } from './wire.ts'
import type { Wire } from './wire.ts'

export const issuer = 'https://id.example'
export const clientId = 'app'
export const audience = 'https://api.example'
export const noon = 1_800_000_000

export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
  readonly form: URLSearchParams
  readonly init: RequestInit
}

export type Answers = Readonly<Record<string, (sent: Sent) => Response | Promise<Response>>>

export interface Stage {
  /** All that was sent, in its order. */
  readonly sent: Sent[]
  readonly storage: ClientStorage
  readonly client: Client
  readonly wire: Wire
  /** The time can be moved. */
  readonly state: { now: number }
  /** Whoever is signed in from the start, at `audience` unless told. */
  addSession(changes?: Partial<StoredSession>): Promise<StoredSession>
}

/** `answers`: by method and path, such as `POST /oauth/token`. What is not there has no route to it. */
export function setUp(answers: Answers, options: Partial<ClientOptions> = {}): Stage {
  const sent: Sent[] = []
  const state = { now: noon }
  const storage = options.storage ?? memoryStorage()
  const clock = (): number => state.now
  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const request = new Request(input, init)
    const body = await request.clone().text()
    const { method, url, headers } = request
    const one = { method, url, headers, body, form: new URLSearchParams(body), init }
    sent.push(one)
    const answer = answers[`${method} ${new URL(url).pathname}`]
    if (answer === undefined) throw new TypeError('fetch failed')
    return answer(one)
  }
  const all = { issuer, clientId, storage, fetch, clock, ...options }
  const wire = { issuer, clientId, endpoints: endpointsOf(issuer), fetch, clock, origins: createOrigins(issuer, clock) }
  return {
    sent,
    storage,
    state,
    wire,
    client: createClient(all),
    async addSession(changes = {}) {
      const session = { ...(await makeSession(storage.exportsKeys)), ...changes }
      const name = sessionName(session)
      await storage.exclusively(name, () => storage.write(name, session))
      return session
    },
  }
}

export async function makeSession(exportsKeys = false): Promise<StoredSession> {
  return {
    ...{ issuer, clientId, resource: audience, scope: 'read', user: undefined },
    proofKey: await generateProofKey(exportsKeys),
    accessToken: { text: 'at-1', scheme: 'DPoP', expiresAt: noon + 300, sessionKeys: undefined },
    refreshToken: 'rt-1',
  }
}

export function json(value: object, init: ResponseInit = {}): Response {
  return Response.json(value, init)
}

/** A refusal in the shape of RFC 6749 §5.2. */
export function refusal(error: string, init: ResponseInit = {}, more: object = {}): Response {
  return json({ error, ...more }, { status: 400, ...init })
}

export interface GivenTokens {
  readonly access_token?: string
  readonly refresh_token?: string | undefined
  readonly [more: string]: unknown
}

/** Tokens as the token endpoint gives them. */
export function tokens(given: GivenTokens = {}): Response {
  return json({
    access_token: 'at-2',
    token_type: 'DPoP',
    expires_in: 300,
    refresh_token: 'rt-2',
    scope: 'read',
    ...given,
  })
}
