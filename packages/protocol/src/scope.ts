/** Scopes: the "scope" parameter and claim. Which scopes exist and who may have them is left to the caller. */

import { OAuthError } from './oauth-error.ts'

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Answers the scopes of a "scope" value in their order, each once; none for the empty text.
 *
 * @throws {OAuthError} `invalid_scope` unless the text is scope tokens with one space between them.
 * @see RFC 6749 §3.3
 */
export function parseScope(text: string): readonly string[] {
  return text === '' ? [] : [...new Set(text.split(' ').map(checkScopeToken))]
}

/**
 * Answers the "scope" value for these scopes.
 *
 * @throws {OAuthError} `invalid_scope` if one is no scope token: with a space in it, it would read as two.
 */
export function formatScope(scopes: readonly string[]): string {
  return scopes.map(checkScopeToken).join(' ')
}

/** Whether every demanded scope was granted. Case-sensitive; no scope implies another. */
export function includesScope(granted: readonly string[], demanded: readonly string[]): boolean {
  return demanded.every((scope) => granted.includes(scope))
}

function checkScopeToken(token: string): string {
  if (!scopeToken.test(token)) throw new OAuthError('invalid_scope', 'the scope is malformed')
  return token
}
