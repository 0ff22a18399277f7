import { expect, test } from 'vitest'
import { userinfoClaims } from './userinfo-claims.ts'

const user = {
  id: 'u1',
  username: 'ada',
  email: 'ada@example.org',
  passwordHash: 'x',
  roles: [],
  createdAt: 0,
  disabledAt: null,
}

for (const { scope, claims, email = user.email, roles = [] } of [
  { scope: ['openid'], claims: { sub: 'u1' } },
  { scope: ['openid', 'profile'], claims: { sub: 'u1', preferred_username: 'ada' } },
  {
    scope: ['openid', 'profile'],
    roles: ['teller'],
    claims: { sub: 'u1', preferred_username: 'ada', roles: ['teller'] },
  },
  { scope: ['openid', 'email'], roles: ['teller'], claims: { sub: 'u1', email: 'ada@example.org' } },
  { scope: ['openid', 'email'], claims: { sub: 'u1', email: 'ada@example.org' } },
  { scope: ['openid', 'email'], email: null, claims: { sub: 'u1' } },
]) {
  const who = `${email === null ? ' without an address' : ''}${roles.length > 0 ? ` of a ${roles.join()}` : ''}`
  test(`"${scope.join(' ')}"${who} tells ${Object.keys(claims).join(', ')}`, () => {
    expect(userinfoClaims({ ...user, email }, scope, roles)).toEqual(claims)
  })
}
