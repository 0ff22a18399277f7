/** The client's side: plain HTTP, as any client in any language would speak it. Judging answers is left to the tests. */

import { createHash, randomBytes } from 'node:crypto'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The JSON object of the answer; empty where it has none. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface Person {
  readonly username: string
  readonly password: string
}

/** What a code is bought with: the verifier goes with the code. */
export interface CodeAnswer extends Answer {
  readonly code: string
  readonly verifier: string
}

/** The built-in public client, which every server has. */
export const builtInClient = 'countersign-cli'

export type Form = Readonly<Record<string, string>>

export interface Credentials {
  readonly id: string
  readonly secret: string
}

/** Calls with a bearer token, or without. */
export function call(url: string, token?: string, method = 'GET'): Promise<Answer> {
  return send(url, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
}

/** Posts a form. `more`: more header fields. */
export function postForm(url: string, form: Form, basic?: Credentials, more: Form = {}): Promise<Answer> {
  const authorization = basic && `Basic ${Buffer.from(`${basic.id}:${basic.secret}`).toString('base64')}`
  return send(url, {
    method: 'POST',
    headers: { ...more, ...(authorization !== undefined && { authorization }) },
    body: new URLSearchParams(form),
  })
}

export function postJson(url: string, value: object): Promise<Answer> {
  return send(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })
}

/** Buys an authorization code with a password. `more` overrides and adds parameters. */
export async function buyCode(url: string, { username, password }: Person, more: Form = {}): Promise<CodeAnswer> {
  const verifier = randomBytes(32).toString('base64url')
  const answer = await postForm(`${url}/oauth/authorize-challenge`, {
    client_id: builtInClient,
    response_type: 'code',
    scope: 'openid profile',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    username,
    password,
    ...more,
  })
  return { ...answer, code: String(answer.body['authorization_code']), verifier }
}

/** Redeems a code. */
export function redeem(url: string, bought: Pick<CodeAnswer, 'code' | 'verifier'>, more: Form = {}): Promise<Answer> {
  const { code, verifier } = bought
  return postForm(`${url}/oauth/token`, {
    grant_type: 'authorization_code',
    client_id: builtInClient,
    code,
    code_verifier: verifier,
    ...more,
  })
}

/** The password buys a code, the code buys tokens. Answers the last answer. */
export async function signIn(url: string, person: Person): Promise<Answer> {
  const bought = await buyCode(url, person)
  return bought.status === 200 ? redeem(url, bought) : bought
}

export function refresh(url: string, refreshToken: string, more: Form = {}): Promise<Answer> {
  return postForm(`${url}/oauth/token`, {
    grant_type: 'refresh_token',
    client_id: builtInClient,
    refresh_token: refreshToken,
    ...more,
  })
}

export function userinfo(url: string, accessToken: string): Promise<Answer> {
  return call(`${url}/oauth/userinfo`, accessToken)
}

/** @throws {Error} if the answer holds no tokens. */
export function tokensOf({ status, body }: Answer): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken } = body
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') {
    throw new Error(`expected tokens, got ${status} ${String(body['error'])}`)
  }
  return { accessToken, refreshToken }
}

export async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  const body = text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {}
  return { status: response.status, headers: response.headers, body }
}
