/**
 * What the lab tells its pages as it happens. The script of the page reads the same types.
 */

import type { AttackedName } from '../attacks/promised.ts'
import type { AttackResult } from '../attacks/run-attacks.ts'
import type { Exchange, SystemName } from '../lab-system.ts'

/** `client` is a session as it should go, `attacks` is every attack. */
export type RunKind = 'client' | 'attacks'

/** `failure` says why a run could not go to its end. */
export type RunEvent =
  | { readonly type: 'queued'; readonly system: AttackedName; readonly run: RunKind }
  | { readonly type: 'started'; readonly system: AttackedName; readonly run: RunKind }
  | { readonly type: 'ended'; readonly system: AttackedName; readonly run: RunKind; readonly failure?: string }

export type LabEvent =
  | RunEvent
  | { readonly type: 'exchange'; readonly system: SystemName; readonly exchange: Exchange }
  | { readonly type: 'printed'; readonly system: SystemName; readonly line: string }
  | { readonly type: 'result'; readonly system: AttackedName; readonly result: AttackResult }
  /** All that was told before it had happened already when the page began to watch. */
  | { readonly type: 'caught-up' }
