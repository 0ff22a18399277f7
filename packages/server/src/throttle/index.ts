/** Throttling: how often somebody may fail before they have to wait. Ground: what is counted is left to the slices. */

export { addressBlock } from './address-block.ts'
export { createAdmission } from './admission.ts'
export { createGrowingDelay } from './growing-delay.ts'
export { createQuota } from './quota.ts'
export { createTurns } from './turns.ts'
