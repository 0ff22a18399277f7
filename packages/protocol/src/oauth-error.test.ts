import { expect, test } from 'vitest'
import { OAuthError, oauthErrors } from './oauth-error.ts'
import type { OAuthErrorCode } from './oauth-error.ts'

test('the body is that of RFC 6749 §5.2, with the extra fields and never one that overrides the code', () => {
  const error = new OAuthError('insufficient_authorization', 'a password is needed', {
    fields: { auth_session: 's', methods: ['password'], error: 'none' },
    headers: { 'Cache-Control': 'no-store' },
  })
  expect(error.toBody()).toEqual({
    error: 'insufficient_authorization',
    error_description: 'a password is needed',
    auth_session: 's',
    methods: ['password'],
  })
  expect(error).toMatchObject({ status: 400, headers: { 'Cache-Control': 'no-store' }, name: 'OAuthError' })
})

test('the status is that of the table unless the transport knows better', () => {
  for (const code of Object.keys(oauthErrors) as OAuthErrorCode[]) {
    expect(new OAuthError(code, 'no').status).toBe(oauthErrors[code].status)
  }
  expect(new OAuthError('invalid_request', 'POST only', { status: 405 }).status).toBe(405)
})

test('a description keeps to the characters of RFC 6749 §5.2', () => {
  expect(new OAuthError('invalid_request', 'the "scope"\r\n\\ é').message).toBe("the 'scope'??? ?")
})

test('the cause is kept', () => {
  const cause = new Error('why')
  expect(new OAuthError('server_error', 'no', { cause }).cause).toBe(cause)
})
