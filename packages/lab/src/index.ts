/**
 * @countersign/lab: five small authentication systems, each with its server, its client and its attacker.
 */

export { attackNames } from './attacks/attack.ts'
export type { AttackName, Outcome } from './attacks/attack.ts'
export { attackedNames, systemNames } from './attacks/promised.ts'
export { isAsPromised, runAttacks } from './attacks/run-attacks.ts'
export type { AttackResult, RunAttacksOptions } from './attacks/run-attacks.ts'
export { runMatrix } from './attacks/run-matrix.ts'
export type { RunMatrixOptions } from './attacks/run-matrix.ts'
export type {
  AttackedSystem,
  Exchange,
  LabSystem,
  RunningServer,
  ServerOptions,
  SystemName,
  TraceMessage,
} from './lab-system.ts'
export type { RunningCommand, StartCommand } from './product/product-server.ts'
export { createProduct } from './product/system.ts'
export type { Product } from './product/system.ts'
export { startLabPage } from './page/page-server.ts'
export type { LabPage, LabPageOptions } from './page/page-server.ts'
export { SettingError } from './secrets.ts'
export { findSystem, systems } from './systems.ts'
