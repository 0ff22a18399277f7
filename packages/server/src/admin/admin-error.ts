/** Why an administrative act was refused. */

import type { FieldProblem } from '../http/problem.ts'

/** Codes are stable; messages are for people and may change. */
export type AdminErrorCode =
  | 'user_invalid' // see `problems`
  | 'username_taken'
  | 'user_not_found'
  | 'user_already_disabled'
  | 'user_not_disabled'
  | 'role_invalid' // see `problems`
  | 'role_taken'
  | 'role_not_found'
  | 'role_needed'
  | 'client_invalid' // see `problems`
  | 'client_taken'
  | 'client_not_found'
  | 'api_invalid' // see `problems`
  | 'api_taken'
  | 'api_not_found'
  | 'api_unchanged'
  | 'api_without_session_keys'
  | 'token_invalid' // see `problems`
  | 'grant_not_found'
  | 'grant_already_revoked'

/** The one error of administration. Its message says what to do instead, and never holds a password or a secret. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly code: AdminErrorCode
  /** What is wrong with which option, of the `…_invalid` codes. */
  readonly problems: readonly FieldProblem[]

  constructor(code: AdminErrorCode, message: string, problems: readonly FieldProblem[] = []) {
    super(message)
    this.code = code
    this.problems = problems
  }
}

/** The refusal of options that break rules: its message has all of them. */
export function invalidOptions(
  code: 'user_invalid' | 'role_invalid' | 'client_invalid' | 'api_invalid' | 'token_invalid',
  problems: readonly FieldProblem[],
): AdminError {
  return new AdminError(code, problems.map(({ field, detail }) => `${field}: ${detail}`).join('; '), problems)
}
