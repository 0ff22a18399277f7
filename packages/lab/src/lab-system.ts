/**
 * What each of the five systems is to those who run it: the command, the page, the matrix.
 */

import type { Attack, AttackName } from './attacks/attack.ts'
import type { AttackedName, SystemName } from './attacks/promised.ts'
import type { ClientOptions, RunningServer, ServerOptions } from './running-server.ts'

export type { SystemName } from './attacks/promised.ts'
export type { ClientOptions, Exchange, RunningServer, ServerOptions, TraceMessage } from './running-server.ts'

/** What attacks can be run on: one of the systems, or the product. */
export interface AttackedSystem {
  readonly name: AttackedName
  start(options: ServerOptions): Promise<RunningServer>
  /** The attack, or why there is none. */
  readonly attacks: Readonly<Record<AttackName, Attack | string>>
}

export interface LabSystem extends AttackedSystem {
  readonly name: SystemName
  readonly transport: 'http' | 'tcp'
  /** Where `lab serve` listens unless told otherwise. */
  readonly port: number
  readonly idea: string
  /** `closedBy` null: nothing here closes it. */
  readonly leavesOpen: readonly { readonly what: string; readonly closedBy: SystemName | 'product' | null }[]
  /** The benign client: a session as it should go. */
  runClient(url: string, options: ClientOptions): Promise<void>
}
