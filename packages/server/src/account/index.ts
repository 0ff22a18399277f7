/** What people do about their own account: so far, register. Changing it comes later. */

export { account } from './account-route.ts'
export type { AccountDeps } from './account-route.ts'
