/**
 * The bank of one attack, behind a guard of its own. Its URL is what is attacked; it tells apps where the server is.
 */

import { createGuard, memoryReplayStore } from '@countersign/guard'
import type { Guard, GuardOptions } from '@countersign/guard'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { startBank } from './bank.ts'
import type { ProductServer } from './product-server.ts'

/** Tests hand in a guard that has a hole. */
export type MakeGuard = (options: GuardOptions) => Guard

const clockSkewSeconds = 5

/** The clock of the options is the bank's. The server's is the machine's. */
export function startProduct(
  { app, sessionSecrets }: Pick<ProductServer, 'app' | 'sessionSecrets'>,
  { now = () => Date.now() / 1000 }: Pick<ServerOptions, 'now'>,
  makeGuard: MakeGuard = createGuard,
): Promise<RunningServer> {
  // A newborn replay store refuses all that was issued before: let the bank have been there for a while.
  let agoSeconds = clockSkewSeconds + 2
  const clock = (): number => now() - agoSeconds
  const replay = memoryReplayStore({ clock })
  agoSeconds = 0
  const { issuer, audience } = app
  const options = { issuer, audience, replay, clock, clockSkewSeconds, sessionSecrets }
  return startBank((origin) => makeGuard({ ...options, origin }), app)
}
