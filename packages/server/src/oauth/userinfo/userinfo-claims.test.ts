import { expect, test } from 'vitest'
import { userinfoClaims } from './userinfo-claims.ts'

const user = {
  id: 'u1',
  username: 'ada',
  email: 'ada@example.org',
  passwordHash: 'x',
  createdAt: 0,
  disabledAt: null,
}

for (const { scope, claims, email = user.email } of [
  { scope: ['openid'], claims: { sub: 'u1' } },
  { scope: ['openid', 'profile'], claims: { sub: 'u1', preferred_username: 'ada' } },
  { scope: ['openid', 'email'], claims: { sub: 'u1', email: 'ada@example.org' } },
  { scope: ['openid', 'email'], email: null, claims: { sub: 'u1' } },
]) {
  test(`"${scope.join(' ')}"${email === null ? ' without an address' : ''} tells ${Object.keys(claims).join(', ')}`, () => {
    expect(userinfoClaims({ ...user, email }, scope)).toEqual(claims)
  })
}
