import { afterEach, expect, test } from 'vitest'
import { issuer, noon } from '../guard.fixture.ts'
import { openKeySet } from '../keys/open-key-set.ts'
import { openStatusLists } from './open-status-lists.ts'
import { jwks, makeList } from './status-server.fixture.ts'

const cleanUps: (() => unknown)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

/** Lists of an issuer in which place 7 is revoked, and what was asked for. */
function setUp(options: { readonly issuer?: string } = {}) {
  const asked: string[] = []
  const ask: typeof fetch = (url) => {
    const uri = url as string
    asked.push(uri)
    return Promise.resolve(new Response(makeList({ uri, revoked: [7] })))
  }
  const lists = openStatusLists({
    ...{ issuer, ...options },
    keys: openKeySet({ keys: { keys: jwks }, jwksMaxStaleSeconds: 0, fetch: ask }),
    fetch: ask,
    clock: () => noon,
    clockSkewSeconds: 5,
    whenUnreachable: 'refuse',
  })
  cleanUps.push(() => lists.close())
  return { asked, check: async (status: unknown) => lists.check({ status }), lists }
}

const referTo = (uri: string, idx = 1) => ({ status_list: { idx, uri } })

test('a token is looked up in its own list, and each list is asked for once', async () => {
  const { check, asked } = setUp()
  await check(referTo(`${issuer}/oauth/status/0`))
  await check(referTo(`${issuer}/oauth/status/12`))
  await expect(check(referTo(`${issuer}/oauth/status/12`, 7))).rejects.toMatchObject({ code: 'token_revoked' })
  expect(asked).toEqual([`${issuer}/oauth/status/0`, `${issuer}/oauth/status/12`])
})

test('the lists of an issuer with a path are under that path', async () => {
  const { check, asked } = setUp({ issuer: `${issuer}/tenant/` })
  await check(referTo(`${issuer}/tenant/oauth/status/0`))
  await expect(check(referTo(`${issuer}/oauth/status/0`))).rejects.toMatchObject({ code: 'status_list_refused' })
  expect(asked).toEqual([`${issuer}/tenant/oauth/status/0`])
})

test('once the list is there, the answer is no promise', async () => {
  const { lists } = setUp()
  const claims = { status: referTo(`${issuer}/oauth/status/0`) }
  await lists.check(claims)
  expect(lists.check(claims)).toBeUndefined()
  expect(() => lists.check({ status: referTo(`${issuer}/oauth/status/0`, 7) })).toThrow(
    expect.objectContaining({ code: 'token_revoked' }),
  )
})

for (const { name, status, code } of [
  { name: 'no reference', status: undefined, code: 'status_missing' },
  { name: 'null', status: null, code: 'token_claim_invalid' },
  { name: 'another mechanism', status: { identifier_list: {} }, code: 'token_claim_invalid' },
  { name: 'no place', status: { status_list: { uri: `${issuer}/oauth/status/0` } }, code: 'token_claim_invalid' },
  { name: 'a negative place', status: referTo(`${issuer}/oauth/status/0`, -1), code: 'token_claim_invalid' },
  {
    name: 'a place that no list has',
    status: referTo(`${issuer}/oauth/status/0`, 131_072),
    code: 'status_list_refused',
  },
  ...[
    'https://evil.example/oauth/status/0',
    'https://id.example.evil.example/oauth/status/0',
    'http://id.example/oauth/status/0',
    'https://id.example:444/oauth/status/0',
    'https://user@id.example/oauth/status/0',
    'HTTPS://id.example/oauth/status/0',
    'https://id.example/oauth/status/',
    'https://id.example/oauth/status/00',
    'https://id.example/oauth/status/-1',
    'https://id.example/oauth/status/1e3',
    'https://id.example/oauth/status/0?time=1',
    'https://id.example/oauth/status/0#1',
    'https://id.example/oauth/status/../token',
    'https://id.example/oauth/status/%30',
    'https://id.example/oauth/status/0/',
    'https://id.example/oauth/status/0\n',
    'https://id.example/oauth/status/12345678901',
    'oauth/status/0',
    '',
  ].map((uri) => ({ name: `the list ${JSON.stringify(uri)}`, status: referTo(uri), code: 'status_list_refused' })),
]) {
  test(`a token with ${name} is refused: ${code}`, async () => {
    const { check } = setUp()
    await expect(check(status)).rejects.toMatchObject({ name: 'GuardError', code, status: 401 })
  })
}

test('a list elsewhere is never asked for', async () => {
  const { check, asked } = setUp()
  await expect(check(referTo('https://evil.example/oauth/status/0'))).rejects.toThrow()
  expect(asked).toEqual([])
})

test('an issuer that is neither at https nor on this machine is a mistake', () => {
  expect(() => setUp({ issuer: 'http://id.example' })).toThrow(TypeError)
  expect(() => setUp({ issuer: 'http://localhost:4000' })).not.toThrow()
})
