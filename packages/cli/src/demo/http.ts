/** The client's side of the demo: plain HTTP, as any client in any language would speak it. */

import { createHash, randomBytes } from 'node:crypto'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON object of the answer; empty where it has none. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export async function call(url: string, token: string | undefined, method = 'GET'): Promise<Answer> {
  return send(url, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
}

/** A request as it is, headers and all. */
export async function sendRequest({
  url,
  method,
  headers,
  body,
}: {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}): Promise<Answer> {
  return send(url, { method, headers, ...(body === '' ? {} : { body }) })
}

export async function postForm(
  url: string,
  fields: Readonly<Record<string, string>>,
  basic?: Credentials,
): Promise<Answer> {
  const authorization = basic && `Basic ${Buffer.from(`${basic.id}:${basic.secret}`).toString('base64')}`
  return send(url, {
    method: 'POST',
    headers: authorization === undefined ? {} : { authorization },
    body: new URLSearchParams(fields),
  })
}

export interface Credentials {
  readonly id: string
  readonly secret: string
}

export async function postJson(url: string, value: object): Promise<Answer> {
  return send(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
}

export interface SignIn {
  readonly issuer: string
  readonly clientId: string
  readonly username: string
  readonly password: string
  readonly scope: string
  readonly resource?: string
}

/** Signs in as a first-party app does: the password buys a code, the code buys tokens. Answers the last answer. */
export async function signIn(request: SignIn, parameters: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const verifier = randomBytes(32).toString('base64url')
  const resource = request.resource === undefined ? {} : { resource: request.resource }
  const challenge = await postForm(`${request.issuer}/oauth/authorize-challenge`, {
    client_id: request.clientId,
    response_type: 'code',
    scope: request.scope,
    ...resource,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    username: request.username,
    password: request.password,
  })
  if (challenge.status !== 200) return challenge
  return postForm(`${request.issuer}/oauth/token`, {
    grant_type: 'authorization_code',
    client_id: request.clientId,
    code: String(challenge.body['authorization_code']),
    code_verifier: verifier,
    ...resource,
    ...parameters,
  })
}

export function tokensOf({ body }: Answer): Tokens {
  return { accessToken: String(body['access_token']), refreshToken: String(body['refresh_token']) }
}

async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const body = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {}
  return { status: response.status, headers: response.headers, text, body }
}
