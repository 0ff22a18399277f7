/** Users: which names and passwords they may have, how passwords are hashed, how a user comes to be. Ground. */

export { createUser } from './create-user.ts'
export type { NewUser, UserCreation, UserCreationDeps, UserOrigin } from './create-user.ts'
export { createPasswordHasher, HashingBusyError } from './password-hasher.ts'
export type { PasswordHasher, PasswordHasherOptions } from './password-hasher.ts'
export type { PasswordVerdict, VerifyPassword } from './password-verdict.ts'
