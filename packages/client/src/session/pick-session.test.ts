import { expect, test } from 'vitest'
import { makeSession } from '../client.fixture.ts'
import { pickSession } from './pick-session.ts'

const base = await makeSession()
const sessions = [
  'https://id.example',
  'https://api.example',
  'https://api.example/v2/',
  'https://api.example/v2/orders',
  'urn:example:stock',
].map((resource) => ({ ...base, resource }))

for (const { url, resource, picked } of [
  { url: 'https://api.example/', picked: 'https://api.example' },
  { url: 'https://api.example/v1?x=/v2/', picked: 'https://api.example' },
  { url: 'https://api.example/v2/users', picked: 'https://api.example/v2/' },
  { url: 'https://api.example/v2', picked: 'https://api.example/v2/' },
  { url: 'https://api.example/v2/orders/7', picked: 'https://api.example/v2/orders' },
  { url: 'https://api.example/v2/orders-of-others', picked: 'https://api.example/v2/' },
  { url: 'https://id.example/oauth/userinfo', picked: 'https://id.example' },
  { url: 'https://api.example.evil.example/', picked: undefined },
  { url: 'https://api.example:8443/', picked: undefined },
  { url: 'http://api.example/', picked: undefined },
  { url: 'https://elsewhere.example/', picked: undefined },
  { url: 'https://elsewhere.example/', resource: 'urn:example:stock', picked: 'urn:example:stock' },
  { url: 'https://api.example/v2/orders', resource: 'https://api.example', picked: 'https://api.example' },
  { url: 'https://api.example/', resource: 'https://api.example/v', picked: undefined },
]) {
  test(`${url}${resource === undefined ? '' : ` for ${resource}`} → ${picked ?? 'not_signed_in'}`, () => {
    const pick = () => pickSession(sessions, new URL(url), resource)
    if (picked === undefined) expect(pick).toThrow(expect.objectContaining({ code: 'not_signed_in' }))
    else expect(pick().resource).toBe(picked)
  })
}
