/**
 * The bank that the three APIs open to the world: its guard, and its accounts in memory.
 *
 * Who may do what, and how each request proves itself, stands at the routes: in `hono/`, `express/` and `fastify/`.
 */

import { createGuard } from '@countersign/guard'
import type { Guard } from '@countersign/guard'

export const port: number = Number(process.env['PORT'] ?? 3000)
/** As clients know this API. */
export const origin: string = `http://127.0.0.1:${port}`

export const guard: Guard = createGuard({
  issuer: process.env['ISSUER'] ?? 'http://127.0.0.1:4000',
  audience: origin,
  // What proofs are made for: the address that clients call, whatever stands in between.
  origin,
  // One process. Several need a store that they share.
  replay: 'memory-one-process',
  // Session keys are derived from it: `countersign apis secret` prints it.
  sessionSecrets: JSON.parse(process.env['SESSION_SECRETS'] ?? '{}') as Record<string, string>,
  // Whoever signs out is refused within two seconds.
  status: 'required',
  // Server and API on one machine have one clock. Elsewhere leave this out.
  clockSkewSeconds: 0,
})

export interface Transfer {
  readonly to: string
  readonly amount: number
}

const balances = new Map<string, number>()
const transfers: (Transfer & { readonly from: string })[] = []

export function balanceOf(subject: string): number {
  return balances.get(subject) ?? 1000
}

/** Answers the status and the body of the answer. */
export function transfer(from: string, order: unknown): { readonly status: 200 | 400 | 409; readonly body: object } {
  if (!isTransfer(order)) return { status: 400, body: { error: 'a transfer is {"to":"…","amount":1}' } }
  const balance = balanceOf(from) - order.amount
  if (balance < 0) return { status: 409, body: { error: 'insufficient funds' } }
  balances.set(from, balance)
  transfers.push({ from, to: order.to, amount: order.amount })
  return { status: 200, body: { balance } }
}

/** What nobody on the way may read. */
export function adviseOn(question: string): { readonly advice: string } {
  return { advice: `As to "${question}": not before Monday.` }
}

export function allTransfers(): readonly object[] {
  return transfers
}

function isTransfer(order: unknown): order is Transfer {
  if (typeof order !== 'object' || order === null || !('to' in order) || !('amount' in order)) return false
  return typeof order.to === 'string' && Number.isSafeInteger(order.amount) && Number(order.amount) > 0
}
