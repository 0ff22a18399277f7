/**
 * The scene of the attacks on what a request holds: alice pays the bank with signed and with sealed requests, and the
 * attacker is on the way. He can hold a request back, and send what he likes in its place, with her token and her proof.
 *
 * For what is sealed he is on the way to the bank alone: whoever reads the answers of the server too has her session keys,
 * and what that is good for is told by `eavesdrop.ts`. Against signatures he has all.
 */

import { blocked } from '../../attacks/attack.ts'
import type { Attack } from '../../attacks/attack.ts'
import { describe, isGranted } from '../../attacks/http-attack.ts'
import type { Attempt } from '../../attacks/http-attack.ts'
import { textMember } from '../../wire/http-client.ts'
import type { HttpReply } from '../../wire/http-client.ts'
import { alice, authorize, balanceOf, payment } from '../customer.ts'
import type { Bank, SessionKeys, Tokens } from '../customer.ts'
import { attackPayments } from '../scene.ts'
import { signable } from './passing-request.ts'
import type { PassingRequest } from './passing-request.ts'
import { sealBody } from './sealed-body.ts'
import { signRequest } from './signed-request.ts'

export interface ContentScene {
  readonly alices: Bank
  readonly attackers: Bank
  readonly tokens: Tokens
  /** Alice's payments of $100, which have not arrived. Each is another. */
  readonly makeSealed: (changes?: Changes) => PassingRequest
  readonly makeSigned: (changes?: Changes) => PassingRequest
  readonly makeSealedAndSigned: () => PassingRequest
}

/** What is not as alice's app makes it. */
export interface Changes {
  /** Of the seal or of the signature. */
  readonly nonce?: string
  /** Of the DPoP proof. */
  readonly jti?: string
}

const formType = 'application/x-www-form-urlencoded'

/** An attack on payments of alice, whose app has a token for many uses, and session keys where that is said. */
export function attackContents(
  act: (scene: ContentScene) => Promise<Attempt>,
  keys: 'session-keys' | 'no-session-keys' = 'session-keys',
): Attack {
  return attackPayments(
    ({ alices, attackers, tokens }) =>
      act({
        ...{ alices, attackers, tokens },
        makeSealed: (changes) => makeSealed(alices, tokens, changes),
        makeSigned: (changes) => makeSigned(alices, tokens, changes),
        makeSealedAndSigned: () => makeSealedAndSigned(alices, tokens),
      }),
    keys === 'session-keys' ? { session_keys: 'true' } : {},
  )
}

/** One attack after the other, until one gets in. */
export function inTurn(...attacks: readonly Attack[]): Attack {
  return async (target) => {
    const seen: string[] = []
    for (const attack of attacks) {
      const { outcome, evidence } = await attack(target)
      if (outcome !== 'blocked') return { outcome, evidence }
      seen.push(evidence)
    }
    return blocked(seen.join(' · '))
  }
}

export function deliver({ api }: Bank, { path, headers, body }: PassingRequest, note?: string): Promise<HttpReply> {
  return api.post(path, { headers, body, ...(note === undefined ? {} : { note }) })
}

/** One after the other: the first that is taken uses up what they share. */
export async function deliverAll(bank: Bank, requests: Iterable<PassingRequest>): Promise<readonly HttpReply[]> {
  const replies: HttpReply[] = []
  for (const request of requests) replies.push(await deliver(bank, request))
  return replies
}

/**
 * Sends requests that were made of one of alice's, which was held back: none of them should count. Then that one as it was:
 * if it does not count either, nothing was shown.
 */
export async function tryInstead(
  { alices, attackers }: ContentScene,
  held: PassingRequest,
  requests: Iterable<PassingRequest>,
): Promise<Attempt> {
  const before = await balanceOf(alices, alice)
  const replies = await deliverAll(attackers, requests)
  const lost = before - (await balanceOf(alices, alice))
  const evidence = `${replies.length} in place of ${held.path}: ${countCodes(replies)}; $${lost} moved`
  if (replies.some(isTaken) || lost !== 0) return { gotIn: true, evidence }
  return { gotIn: false, evidence: `${evidence}; ${await deliverAsItWas(attackers, held)}` }
}

export async function deliverAsItWas(bank: Bank, held: PassingRequest): Promise<string> {
  const reply = await deliver(bank, held, 'as it was')
  if (!isGranted(reply)) throw new Error(`what alice sent was refused: ${describe(reply)}`)
  return `as it was: ${reply.status}`
}

/** Whether the bank has looked at a request, whatever it says to it: the guard's refusals are of another type. */
export function isTaken({ status, headers }: HttpReply): boolean {
  return status < 500 && ['application/json', 'application/jose'].includes(headers['content-type'] ?? '')
}

/** The different answers among these, by status and code. */
export function countCodes(replies: readonly HttpReply[]): string {
  const counts = new Map<string, number>()
  for (const reply of replies) {
    const text = `${reply.status} ${textMember(reply, 'code') ?? (isTaken(reply) ? 'taken' : reply.text)}`
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return [...counts].map(([text, count]) => (count === 1 ? text : `${count} × ${text}`)).join(', ')
}

export function sessionKeysOf({ sessionKeys }: Tokens): SessionKeys {
  if (sessionKeys === undefined) throw new Error('no session keys were handed out')
  return sessionKeys
}

const clearText = new URLSearchParams({ ...payment }).toString()

function makeSealed(bank: Bank, tokens: Tokens, changes: Changes = {}, path = '/sealed/payments'): PassingRequest {
  const { nonce, ...proof } = changes
  const url = bank.url + path
  const body = sealBody(clearText, sessionKeysOf(tokens).sealing, {
    ...{ method: 'POST', url, accessToken: tokens.accessToken, contentType: formType },
    ...(nonce === undefined ? {} : { nonce }),
  })
  const headers = authorize(bank, tokens.accessToken, { method: 'POST', path, ...proof })
  return { path, headers: { ...headers, 'Content-Type': 'application/jose' }, body }
}

function makeSigned(bank: Bank, { accessToken }: Tokens, { nonce, ...proof }: Changes = {}): PassingRequest {
  const path = '/signed/payments'
  const headers = authorize(bank, accessToken, { method: 'POST', path, ...proof })
  return sign(bank, { path, headers: { ...headers, 'Content-Type': formType }, body: clearText }, nonce)
}

function makeSealedAndSigned(bank: Bank, tokens: Tokens): PassingRequest {
  return sign(bank, makeSealed(bank, tokens, {}, '/sealed-and-signed/payments'))
}

function sign(bank: Bank, request: PassingRequest, nonce?: string): PassingRequest {
  const signature = signRequest(bank.key, { ...signable(request, bank), ...(nonce === undefined ? {} : { nonce }) })
  return { ...request, headers: { ...request.headers, ...signature } }
}
