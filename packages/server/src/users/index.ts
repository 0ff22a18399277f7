/** Users: which names and passwords they may have, how passwords are hashed, how a user comes to be and gets another password. Ground. */

export { changePassword } from './change-password.ts'
export type { PasswordChange, PasswordChangeDeps } from './change-password.ts'
export { createUser } from './create-user.ts'
export type { NewUser, UserCreation, UserCreationDeps, UserOrigin } from './create-user.ts'
export { createPasswordHasher, HashingBusyError } from './password-hasher.ts'
export type { PasswordHasher, PasswordHasherOptions } from './password-hasher.ts'
export type { PasswordVerdict, VerifyPassword } from './password-verdict.ts'
export { isUserId } from './user-id.ts'
