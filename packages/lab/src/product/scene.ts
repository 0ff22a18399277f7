/**
 * The scene of an attack on the product: a bank, alice, who has just signed in there, and the attacker, who has recorded
 * all that she exchanged.
 */

import { blocked, succeeded } from '../attacks/attack.ts'
import type { Attack, Target } from '../attacks/attack.ts'
import { describe, describeAll, isGranted, tryForgeries } from '../attacks/http-attack.ts'
import type { Attempt } from '../attacks/http-attack.ts'
import { readPayload } from '../attacks/jwt-forgeries.ts'
import type { Forgery } from '../attacks/jwt-forgeries.ts'
import type { HttpHeaders, HttpReply } from '../wire/http-client.ts'
import { alice, authorize, findBank, pay, payment, sendPayment, signIn } from './customer.ts'
import type { Bank, Payment, Tokens } from './customer.ts'

export interface Scene {
  readonly target: Target
  /** What alice exchanges with it, the attacker has recorded. */
  readonly alices: Bank
  readonly attackers: Bank
  /** Alice's, which she has not used yet. */
  readonly tokens: Tokens
}

/** All that she has left after a payment. */
export const theft: Readonly<Record<keyof Payment, string>> = { to: 'mallory', amount: '900' }

/**
 * An attack on a bank at which alice has just signed in.
 *
 * @param asked What her app asks for with the tokens. Default: that they are good for one use.
 */
export function attackPayments(
  act: (scene: Scene) => Promise<Attempt>,
  asked?: Readonly<Record<string, string>>,
): Attack {
  return async (target) => {
    const alices = await findBank(target, 'alice')
    const attackers = await findBank(target, 'attacker')
    const { gotIn, evidence } = await act({ target, alices, attackers, tokens: await signIn(alices, alice, asked) })
    return gotIn ? succeeded(evidence) : blocked(evidence)
  }
}

/** Forgeries made from a token of alice's that was seen and is still unspent; also as one that is bound to his own key. */
export function forgeries(make: (token: string, mine: string) => readonly Forgery[]): Attack {
  return attackPayments(({ attackers, tokens: { accessToken } }) =>
    payWith(make(accessToken, boundTo(attackers, accessToken)), attackers),
  )
}

/** The token with the claim that it is bound to this person's key, under its old signature. */
export function boundTo({ key }: Bank, token: string): string {
  const [header = '', , signature = ''] = token.split('.')
  const claims = { ...readPayload(token), cnf: { jkt: key.thumbprint } }
  return `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
}

export function payWith(forged: readonly Forgery[], bank: Bank): Promise<Attempt> {
  return tryForgeries(forged, ({ token, what }) => pay(bank, token, theft, what))
}

/** Sends one payment after the other, each with these headers. */
export async function trySending(
  bank: Bank,
  all: readonly HttpHeaders[],
  form: Payment,
  note: string,
): Promise<Attempt> {
  const replies: HttpReply[] = []
  for (const headers of all) replies.push(await sendPayment(bank, headers, form, note))
  return { gotIn: replies.some(isGranted), evidence: describeAll(replies) }
}

export function asBearer(token: string): HttpHeaders {
  return { Authorization: `Bearer ${token}` }
}

/** Answers the headers of alice's payment, as the attacker recorded them. */
export async function payOnce(bank: Bank, token: string): Promise<HttpHeaders> {
  const headers = authorize(bank, token)
  const reply = await sendPayment(bank, headers, payment)
  if (!isGranted(reply)) throw new Error(`alice could not pay: ${describe(reply)}`)
  return headers
}

/** Alice had 1000 and paid 100. */
export function lost(balance: number, answer: string): Attempt {
  return { gotIn: balance !== 900, evidence: `${answer}; alice has $${balance}` }
}

/** A member of the last answer that alice got from the server. */
export function readOnWire({ issuer }: Bank, member: string): string {
  const received = issuer.exchanges.at(-1)?.received ?? ''
  return new RegExp(`"${member}":"([^"]+)"`).exec(received)?.[1] ?? ''
}
