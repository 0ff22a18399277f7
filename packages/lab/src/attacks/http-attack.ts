/**
 * What attacks over HTTP have in common: people with clients of their own, and the judgement of their attempts.
 */

import { createHttpClient } from '../wire/http-client.ts'
import type { HttpClient, HttpReply } from '../wire/http-client.ts'
import { blocked, succeeded } from './attack.ts'
import type { Attack, Target } from './attack.ts'
import type { Forgery } from './jwt-forgeries.ts'

/** Where an attack plays. */
export interface HttpStage {
  readonly target: Target
  /** The one who is attacked; what she exchanges, the attacker has recorded. */
  readonly alice: HttpClient
  readonly attacker: HttpClient
  /** Somebody else, or somebody at another server. */
  readonly client: (from: string, url?: string) => HttpClient
}

export interface Attempt {
  readonly gotIn: boolean
  readonly evidence: string
}

/** An attack whose outcome is what was seen. */
export function httpAttack(act: (stage: HttpStage) => Promise<Attempt>): Attack {
  return async (target) => {
    const client = (from: string, url = target.url) => createHttpClient(url, { from, report: target.report })
    const { gotIn, evidence } = await act({ target, alice: client('alice'), attacker: client('attacker'), client })
    return gotIn ? succeeded(evidence) : blocked(evidence)
  }
}

/** Sends each in turn, until one is let in. */
export async function tryForgeries(
  forgeries: readonly Forgery[],
  send: (forgery: Forgery) => Promise<HttpReply>,
): Promise<Attempt> {
  const refusals: HttpReply[] = []
  for (const forgery of forgeries) {
    const reply = await send(forgery)
    if (isGranted(reply)) return { gotIn: true, evidence: `${forgery.what}: ${describe(reply)}` }
    refusals.push(reply)
  }
  return { gotIn: false, evidence: `${refusals.length} sent: ${describeAll(refusals)}` }
}

/** What one answer proves. */
export function judge(reply: HttpReply): Attempt {
  return { gotIn: isGranted(reply), evidence: describe(reply) }
}

export function isGranted({ status }: HttpReply): boolean {
  return status >= 200 && status < 300
}

export function describe({ status, text }: HttpReply): string {
  return `${status} ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`
}

/** The different answers among these, each with how often it came. */
export function describeAll(replies: readonly HttpReply[]): string {
  const counts = new Map<string, number>()
  for (const reply of replies) counts.set(describe(reply), (counts.get(describe(reply)) ?? 0) + 1)
  return [...counts].map(([text, count]) => (count === 1 ? text : `${count} × ${text}`)).join(', ')
}
