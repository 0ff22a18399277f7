import { expect, test } from 'vitest'
import { createClient } from './create-client.ts'
import { setUp } from './client.fixture.ts'
import { memoryStorage } from './storage/memory-storage.ts'

const storage = memoryStorage()

test.for(['http://id.example', 'id.example', 'https://id.example?x', 'https://ID.example', 'ftp://id.example'])(
  'an issuer "%s" is a mistake of the caller',
  (issuer) => {
    expect(() => createClient({ issuer, clientId: 'app', storage })).toThrow(TypeError)
  },
)

test.for([
  'https://id.example',
  'https://id.example/tenant',
  'http://127.0.0.1:4000',
  'http://localhost',
  'http://[::1]',
])('an issuer "%s" is one', (issuer) => {
  expect(() => createClient({ issuer, clientId: 'app', storage })).not.toThrow()
})

test('outside of a browser a storage must be given', () => {
  expect(() => createClient({ issuer: 'https://id.example', clientId: 'app' })).toThrow(/give a storage/)
})

test('a session tells what it is for, and holds no token', async () => {
  const { client, addSession } = setUp({})
  await addSession({ scope: 'read write' })
  const session = await client.session('https://api.example')
  expect(session).toEqual({ resource: 'https://api.example', scope: ['read', 'write'], user: undefined })
})
