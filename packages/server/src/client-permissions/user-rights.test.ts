import { describe, expect, test } from 'vitest'
import type { Role, User } from '../store/records.ts'
import { findUserRights, permittedScopes } from './user-rights.ts'

const bank = 'https://bank.example'
const shop = 'https://shop.example'
const role = (name: string, scopes: Role['scopes']): Role => ({ name, scopes, createdAt: 0 })
const roles = [
  role('teller', { [bank]: ['pay', 'read-all'] }),
  role('auditor', { [bank]: ['read-all'], [shop]: ['read-all'] }),
  role('guest', {}),
]

describe('of the scopes of an API', () => {
  for (const { name, scopes, audience = bank, has, permitted } of [
    { name: 'one that no role grants is open to everybody', scopes: ['read'], has: [], permitted: ['read'] },
    {
      name: 'one that a role grants is closed to those without it',
      scopes: ['read', 'pay'],
      has: [],
      permitted: ['read'],
    },
    { name: 'one that a role grants is open to those with it', scopes: ['pay'], has: ['teller'], permitted: ['pay'] },
    { name: 'one that two roles grant takes either', scopes: ['read-all'], has: ['auditor'], permitted: ['read-all'] },
    {
      name: 'a role gives no more than it says',
      scopes: ['pay', 'read-all'],
      has: ['auditor'],
      permitted: ['read-all'],
    },
    { name: 'a role that grants nothing opens nothing', scopes: ['pay'], has: ['guest'], permitted: [] },
    { name: 'a role that there is not opens nothing', scopes: ['pay'], has: ['admin'], permitted: [] },
    { name: 'a role counts at its own API only', scopes: ['pay'], audience: shop, has: [], permitted: ['pay'] },
    {
      name: 'a role at one API opens nothing at another',
      scopes: ['read-all'],
      audience: shop,
      has: ['teller'],
      permitted: [],
    },
    { name: 'names are compared exactly', scopes: ['pay'], has: ['Teller'], permitted: [] },
  ]) {
    test(name, () => expect(permittedScopes(scopes, audience, has, roles)).toEqual(permitted))
  }
})

describe('a user has now', () => {
  const ann: User = {
    id: 'u1',
    username: 'ann',
    email: null,
    passwordHash: 'x',
    roles: ['teller', 'deleted'],
    createdAt: 0,
    disabledAt: null,
  }
  const deps = {
    users: { find: async (id: string) => (id === ann.id ? ann : undefined) },
    roles: { list: async () => roles },
  }
  const rights = (userId: string | null, resource: string | null, scope: string) =>
    findUserRights({ userId, resource }, scope, deps)

  test('what the roles of today give, and those roles that there are', async () => {
    expect(await rights('u1', bank, 'openid read pay')).toEqual({ scope: 'openid read pay', roles: ['teller'] })
    expect(await rights('u1', shop, 'read read-all')).toEqual({ scope: 'read', roles: ['teller'] })
  })

  test('at the issuer what was granted, with the same roles', async () => {
    expect(await rights('u1', null, 'openid profile')).toEqual({ scope: 'openid profile', roles: ['teller'] })
  })

  test('nothing, once deleted', async () => {
    expect(await rights('u2', bank, 'read')).toEqual({ scope: '', roles: [] })
  })

  test('no say in what a client has for itself', async () => {
    expect(await rights(null, bank, 'pay')).toEqual({ scope: 'pay', roles: [] })
  })
})
