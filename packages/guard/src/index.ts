/** Puts a verified token in front of every route of a resource server. Frameworks: see `adapters/`. */

export { createGuard } from './guard.ts'
export type { Guard, GuardOptions } from './guard.ts'
export type { GuardRequest } from './credentials.ts'
export type { Grant } from './access-token.ts'
export type { Demands } from './demands.ts'
export { GuardError, guardErrors } from './guard-error.ts'
export type { GuardErrorCode } from './guard-error.ts'
export type { ReplayStore } from './replay/replay-store.ts'
export { memoryReplayStore } from './replay/memory-replay-store.ts'
export type { MemoryReplayStore, MemoryReplayStoreOptions } from './replay/memory-replay-store.ts'
export { spendId } from './replay/spend-id.ts'
export type { SpendDomain } from './replay/spend-id.ts'
