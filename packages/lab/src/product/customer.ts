/**
 * What a customer of the bank does, and the attacker after her: plain HTTP, as any app would speak it. Everybody has a key
 * of their own, which their tokens are bound to.
 */

import { createHash, randomBytes } from 'node:crypto'

import type { Target } from '../attacks/attack.ts'
import { describe, isGranted } from '../attacks/http-attack.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'
import type { HttpClient, HttpHeaders, HttpReply } from '../wire/http-client.ts'
import { makeProof, makeProofKey } from './dpop-proof.ts'
import type { ProofKey } from './dpop-proof.ts'

/** The bank and the server that it trusts, as one person reaches them. */
export interface Bank {
  readonly api: HttpClient
  readonly url: string
  readonly issuer: HttpClient
  readonly issuerUrl: string
  readonly key: ProofKey
  readonly audience: string
  readonly clientId: string
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** Where they were asked for. */
  readonly sessionKeys: SessionKeys | undefined
}

/** What the app and the bank share for as long as the access token lives. */
export interface SessionKeys {
  readonly signing: Buffer
  readonly sealing: Buffer
  readonly opening: Buffer
}

export interface Person {
  readonly username: string
  readonly password: string
}

export interface Payment {
  readonly to: string
  readonly amount: string
}

type Form = Readonly<Record<string, string>>

export const alice: Person = { username: 'alice', password: 'correct-horse-battery-staple' }
export const bob: Person = { ...alice, username: 'bob' }
export const payment: Payment = { to: 'shop', amount: '100' }

export async function findBank({ url, report }: Pick<Target, 'url' | 'report'>, from: string): Promise<Bank> {
  const api = createHttpClient(url, { from, report })
  const configuration = await api.get('/')
  const [issuerUrl = '', audience = '', clientId = ''] = ['issuer', 'audience', 'clientId'].map((name) =>
    textMember(configuration, name),
  )
  const issuer = createHttpClient(issuerUrl, { from, report })
  return { api, url, issuer, issuerUrl, key: makeProofKey(), audience, clientId }
}

/** The password buys a code, the code buys a token that is good for one payment, or what else is asked for. */
export async function signIn(bank: Bank, person: Person, asked: Form = { single_use: 'true' }): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url')
  const bought = await sendPassword(bank, person, {
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  })
  const code = textMember(bought, 'authorization_code')
  if (code === undefined) throw new Error(`the password bought no code: ${describe(bought)}`)
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, ...asked }
  return tokensOf(await askForTokens(bank, form))
}

export function sendPassword(bank: Bank, { username, password }: Person, more: Form = {}): Promise<HttpReply> {
  return bank.issuer.post('/oauth/authorize-challenge', { form: signInForm(bank, { username, password }, more) })
}

export function signInForm(
  { clientId, audience }: Bank,
  { username, password }: Person,
  more: Form = {},
): Readonly<Record<string, string>> {
  return {
    ...{ client_id: clientId, response_type: 'code', scope: 'openid read pay offline_access', resource: audience },
    ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    ...{ username, password },
    ...more,
  }
}

/** Answers what a refresh token buys. */
export function refresh(bank: Bank, refreshToken: string, note?: string): Promise<HttpReply> {
  return askForTokens(bank, { grant_type: 'refresh_token', refresh_token: refreshToken, single_use: 'true' }, note)
}

export function tokensOf(reply: HttpReply): Tokens {
  const [accessToken, refreshToken] = [textMember(reply, 'access_token'), textMember(reply, 'refresh_token')]
  if (!isGranted(reply) || accessToken === undefined || refreshToken === undefined) {
    throw new Error(`no tokens were issued: ${describe(reply)}`)
  }
  return { accessToken, refreshToken, sessionKeys: readSessionKeys(reply.text) }
}

/** As they stand in an answer of the server. */
export function readSessionKeys(answer: string): SessionKeys | undefined {
  const [signing, sealing, opening] = ['sig', 'seal-req', 'seal-res'].map((use) => {
    const text = new RegExp(`"${use}":"([^"]+)"`).exec(answer)?.[1]
    return text === undefined ? undefined : Buffer.from(text, 'base64url')
  })
  return signing && sealing && opening && { signing, sealing, opening }
}

/** Pays with a token, and with a proof by the key of whoever pays. */
export function pay(bank: Bank, token: string, form: Payment, note?: string): Promise<HttpReply> {
  return sendPayment(bank, authorize(bank, token), form, note)
}

export function sendPayment({ api }: Bank, headers: HttpHeaders, form: Payment, note?: string): Promise<HttpReply> {
  return api.post('/payments', { headers, form: { ...form }, ...noted(note) })
}

/** Alice's money, as her app shows it. */
export async function balanceOf(bank: Bank, person: Person): Promise<number> {
  const { accessToken } = await signIn(bank, person, {})
  const reply = await bank.api.get('/balance', {
    headers: authorize(bank, accessToken, { method: 'GET', path: '/balance' }),
  })
  if (!isGranted(reply)) throw new Error(`no balance was shown: ${describe(reply)}`)
  return (JSON.parse(reply.text) as { readonly balance: number }).balance
}

export interface AuthorizedRequest {
  readonly method: string
  readonly path: string
  /** The time that the proof says, in seconds. Default: now. */
  readonly at?: number
  /** The proof's name. Default: a new one. */
  readonly jti?: string
}

/** The token, and the proof that goes with it: for a payment, unless something else is named. */
export function authorize(
  { url, key }: Bank,
  token: string,
  { method, path, ...said }: AuthorizedRequest = { method: 'POST', path: '/payments' },
): Readonly<Record<'Authorization' | 'DPoP', string>> {
  const proof = makeProof(key, { method, url: url + path, accessToken: token, ...said })
  return { Authorization: `DPoP ${token}`, DPoP: proof }
}

/** Asks with a proof by the key that the tokens are to be bound to, or are; again, where the server wants its nonce in it. */
async function askForTokens(bank: Bank, form: Form, note?: string): Promise<HttpReply> {
  const { issuer, issuerUrl, key, clientId, audience } = bank
  const fields = { client_id: clientId, resource: audience, ...form }
  const ask = (nonce: { readonly nonce?: string }): Promise<HttpReply> => {
    const headers = { DPoP: makeProof(key, { method: 'POST', url: `${issuerUrl}/oauth/token`, ...nonce }) }
    return issuer.post('/oauth/token', { headers, form: fields, ...noted(note) })
  }
  const reply = await ask({})
  const nonce = reply.headers['dpop-nonce']
  return textMember(reply, 'error') === 'use_dpop_nonce' && nonce !== undefined ? ask({ nonce }) : reply
}

function noted(note: string | undefined): { readonly note?: string } {
  return note === undefined ? {} : { note }
}
