/** Users: which names and passwords they may have, how passwords are hashed, how a user comes to be and gets another password. Ground. */

export { changePassword } from './change-password.ts'
export { createUser } from './create-user.ts'
export type { NewUser } from './create-user.ts'
export { createPasswordHasher, HashingBusyError } from './password-hasher.ts'
export type { PasswordHasher, PasswordHasherOptions } from './password-hasher.ts'
export type { VerifyPassword } from './password-verdict.ts'
export { isUserId } from './user-id.ts'
