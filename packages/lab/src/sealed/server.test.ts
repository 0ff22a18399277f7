import { memoryReplayStore } from '@countersign/guard'
import { afterEach, describe, expect, test } from 'vitest'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { openLineClient } from '../wire/line-client.ts'
import { sealedChecks } from './checks.ts'
import { formatLogin, formatTransfer, hashPassword } from './client.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import { deriveChannelKeys, deriveTokenKeys } from './keys.ts'
import { startSealedServer } from './server.ts'
import { issueToken } from './token.ts'
import { vectors } from './vectors.fixture.ts'

const env = { LAB_SEALED_PSK: vectors.preSharedKeyHex, LAB_SEALED_TOKEN_KEY: vectors.tokenKeyHex }
const keys = deriveChannelKeys(Buffer.from(vectors.preSharedKeyHex, 'hex'))
const start = 1721459033
const hashOf = { alice: hashPassword('123456'), bob: hashPassword('qwerty') }

const cleanUps: (() => unknown)[] = []
afterEach(() => Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp())))

async function setUp(options: ServerOptions = {}) {
  let now = start
  const server = await startSealedServer({ env, now: () => now, ...options })
  cleanUps.push(() => server.close())
  const connect = () => openConnection(server)
  return { server, connect, ...(await connect()), wait: (seconds: number) => void (now += seconds) }
}

async function openConnection(server: RunningServer) {
  const client = await openLineClient(server.url)
  cleanUps.unshift(() => client.close())
  let count = 0
  const say = async (plaintext: string | Buffer): Promise<Record<string, unknown>> => {
    const answer = await client.send(sealEnvelope(plaintext, keys.clientToServer))
    return JSON.parse(openEnvelope(answer, keys.serverToClient).toString())
  }
  const stamp = (timestamp = start) => ({ nonce: `${server.url}-${Math.random()}-${count++}`, timestamp })
  const logIn = async (name: 'alice' | 'bob' = 'alice', timestamp = start) =>
    String((await say(formatLogin(name, hashOf[name], stamp(timestamp))))['token'])
  return { send: client.send, say, stamp, logIn }
}

describe('the wire of sealed', () => {
  test('a login and a transfer are answered as in the fixed examples', async () => {
    const { say } = await setUp()
    const [login, , transaction, accepted] = vectors.messages
    const answer = await say(login!.plaintext)
    expect(answer).toEqual({ status: 'ok', token: expect.any(String), expires_in: 300, re: 'login-1' })
    expect(Object.keys(answer)).toEqual(['status', 'token', 'expires_in', 're'])
    const text = transaction!.plaintext.replace(vectors.token.line, String(answer['token']))
    const { balance, ...others } = await say(text)
    expect({ ...others, balance }).toEqual(JSON.parse(accepted!.plaintext))
  })

  test("the example's own token is opened, and belongs to another connection", async () => {
    const { say } = await setUp()
    expect(await say(vectors.messages[2]!.plaintext)).toEqual({
      status: 'rejected',
      reason: 'session_mismatch',
      re: 'unique123',
    })
  })

  test('what is no good envelope is rejected in clear, and the connection goes on', async () => {
    const { send, logIn } = await setUp()
    for (const line of ['hello', '{}', 'e30=', vectors.token.line, vectors.messages[1]!.line]) {
      expect(await send(line)).toBe('[!] Message rejected.')
    }
    expect(await logIn()).not.toBe('undefined')
  })

  test('a lower or upper case hash logs in; the password itself does not', async () => {
    const { say, stamp } = await setUp()
    expect(await say(formatLogin('alice', hashOf.alice.toUpperCase(), stamp()))).toMatchObject({ status: 'ok' })
    expect(await say(formatLogin('alice', '123456', stamp()))).toMatchObject({ reason: 'bad_credentials' })
  })

  test('the hash is as good as the password: who reads it once logs in with it (pass the hash)', async () => {
    const { logIn, connect } = await setUp()
    await logIn()
    const recorded = formatLogin('alice', hashOf.alice, { nonce: 'n', timestamp: start })
    const stolen = JSON.parse(recorded).password_hash
    const thief = await connect()
    expect(await thief.say(formatLogin('alice', stolen, thief.stamp()))).toMatchObject({ status: 'ok' })
  })
})

describe('a malformed request names its nonce where one could be read', () => {
  const timestamp = start
  const nonce = 'n'
  const login = { username: 'alice', password_hash: 'x', nonce, timestamp }
  test.each([
    ['no field', 'hello', undefined],
    ['nothing', '', undefined],
    ['bytes that are no text', Buffer.from([0x61, 0x3d, 0xff]), undefined],
    ['a bad escape', `nonce=n&timestamp=${start}&token=%zz`, undefined],
    ['a field twice', `nonce=n&timestamp=${start}&amount=1&amount=2`, undefined],
    ['a field twice, once escaped', `nonce=n&timestamp=${start}&amount=1&%61mount=2`, undefined],
    ['broken JSON', '{"nonce":"n"', undefined],
    ['a member twice', `{"nonce":"n","nonce":"n","timestamp":${start}}`, undefined],
    ['no nonce', JSON.stringify({ ...login, nonce: undefined }), undefined],
    ['an empty nonce', JSON.stringify({ ...login, nonce: '' }), undefined],
    ['a nonce of 129 characters', JSON.stringify({ ...login, nonce: 'n'.repeat(129) }), undefined],
    ['a number as nonce', JSON.stringify({ ...login, nonce: 1 }), undefined],
    ['an empty nonce in a transaction', `token=t&nonce=&timestamp=${start}`, undefined],
    ['no timestamp', JSON.stringify({ ...login, timestamp: undefined }), nonce],
    ['a text as timestamp', JSON.stringify({ ...login, timestamp: String(start) }), nonce],
    ['a broken second', JSON.stringify({ ...login, timestamp: start + 0.5 }), nonce],
    ['a timestamp with a sign', `nonce=n&timestamp=+${start}`, nonce],
    ['a timestamp in another notation', 'nonce=n&timestamp=1.7e9', nonce],
    ['no username', JSON.stringify({ ...login, username: undefined }), nonce],
    ['no password hash', JSON.stringify({ ...login, password_hash: undefined }), nonce],
    ['a list as username', JSON.stringify({ ...login, username: ['alice'] }), nonce],
  ])('%s', async (_name, plaintext, re) => {
    const { say } = await setUp()
    expect(await say(plaintext)).toEqual({
      status: 'rejected',
      reason: 'malformed',
      ...(re === undefined ? {} : { re }),
    })
  })

  test('a nonce of 128 characters of any kind is read', async () => {
    const { say } = await setUp()
    const long = '🔑'.repeat(128)
    expect(await say(formatLogin('alice', hashOf.alice, { nonce: long, timestamp }))).toMatchObject({
      status: 'ok',
      re: long,
    })
  })
})

describe('the order of checks', () => {
  test.each([
    ['stale_message', -61],
    ['stale_message', 61],
    ['bad_credentials', -60],
    ['bad_credentials', 60],
  ])('%s at %i s', async (reason, off) => {
    const { say, stamp } = await setUp()
    expect(await say(formatLogin('alice', 'x', stamp(start + off)))).toMatchObject({ reason })
  })

  test('the clock is not rounded: 60.1 s are too many', async () => {
    const { say, stamp, wait } = await setUp()
    wait(0.1)
    expect(await say(formatLogin('alice', 'x', stamp(start - 60)))).toMatchObject({ reason: 'stale_message' })
    expect(await say(formatLogin('alice', 'x', stamp(start + 60)))).toMatchObject({ reason: 'bad_credentials' })
  })

  test('each refusal of a transfer comes before those below it', async () => {
    const { say, stamp, connect, logIn, wait } = await setUp()
    const token = await logIn()
    const other = await (await connect()).logIn()
    const refuse = async (text: string, reason: string, timestamp = start): Promise<void> => {
      const { nonce } = stamp()
      expect(await say(`${text}&nonce=${encodeURIComponent(nonce)}&timestamp=${timestamp}`)).toEqual({
        status: 'rejected',
        reason,
        re: nonce,
      })
    }
    await refuse('action=steal&amount=0', 'invalid_token')
    await refuse(`token=${token.slice(4)}&action=steal&amount=0`, 'invalid_token')
    await refuse(`token=${other}&action=steal&amount=0`, 'session_mismatch')
    await refuse(`token=${token}&action=steal&amount=0`, 'unknown_action')
    await refuse(`token=${token}&amount=0`, 'unknown_action')
    for (const amount of ['', '0', '-1', '01', '1.5', '1e3', '9'.repeat(16)]) {
      await refuse(`token=${token}&action=transfer&amount=${amount}`, 'invalid_amount')
    }
    await refuse(`token=${token}&action=transfer&amount=1001`, 'insufficient_funds')
    wait(300)
    await refuse(`token=${other}&action=steal&amount=0`, 'token_expired', start + 300)
  })

  test('a token ends with its lifetime, not a moment earlier', async () => {
    const { say, stamp, logIn, wait } = await setUp({ tokenTtlSeconds: 60 })
    const token = await logIn()
    wait(59.9)
    expect(await say(formatTransfer(token, 1, stamp()))).toMatchObject({ status: 'accepted' })
    wait(0.1)
    expect(await say(formatTransfer(token, 1, stamp()))).toMatchObject({ reason: 'token_expired' })
  })

  test('a token of somebody who has no account is invalid', async () => {
    const { say, stamp } = await setUp()
    const facts = { subject: 'carol', connectionId: '', now: start, lifetimeSeconds: 300 }
    const carol = issueToken(facts, deriveTokenKeys(Buffer.from(vectors.tokenKeyHex, 'hex')))
    expect(await say(formatTransfer(carol, 1, stamp()))).toMatchObject({ reason: 'invalid_token' })
  })
})

describe('a nonce counts once', () => {
  test('for everybody, logins and transfers alike, and although a later check refuses', async () => {
    const { say, connect, logIn } = await setUp()
    const token = await logIn()
    const stamp = { nonce: 'one', timestamp: start }
    expect(await say(formatLogin('alice', 'x', stamp))).toMatchObject({ reason: 'bad_credentials' })
    expect(await say(formatLogin('alice', hashOf.alice, stamp))).toMatchObject({ reason: 'replayed_nonce' })
    expect(await say(formatTransfer(token, 1, stamp))).toMatchObject({ reason: 'replayed_nonce' })
    expect(await (await connect()).say(formatLogin('bob', hashOf.bob, stamp))).toMatchObject({
      reason: 'replayed_nonce',
    })
  })

  test('although it is written otherwise', async () => {
    const { say } = await setUp()
    const rest = `timestamp=${start}`
    expect(await say(`nonce=a+b&${rest}`)).toMatchObject({ reason: 'invalid_token', re: 'a b' })
    expect(await say(`nonce=%61%20b&${rest}`)).toMatchObject({ reason: 'replayed_nonce', re: 'a b' })
    expect(await say(`{"nonce":"\\u0061 b","timestamp":${start},"username":"","password_hash":""}`)).toMatchObject({
      reason: 'replayed_nonce',
    })
  })

  test('not by a request that was stale', async () => {
    const { say } = await setUp()
    expect(await say(`nonce=a&timestamp=${start - 61}`)).toMatchObject({ reason: 'stale_message' })
    expect(await say(`nonce=a&timestamp=${start}`)).toMatchObject({ reason: 'invalid_token' })
  })

  test('as long as its request is fresh, to the very second; then its time refuses it', async () => {
    const { say, wait } = await setUp()
    const ahead = `nonce=a&timestamp=${start + 60}`
    expect(await say(ahead)).toMatchObject({ reason: 'invalid_token' })
    for (const seconds of [59, 1, 1, 58, 0.5, 0.5]) {
      wait(seconds)
      expect(await say(ahead)).toMatchObject({ reason: 'replayed_nonce' })
    }
    wait(0.1)
    expect(await say(ahead)).toMatchObject({ reason: 'stale_message' })
    expect(await say(`nonce=a&timestamp=${start + 121}`)).toMatchObject({ reason: 'replayed_nonce' })
    wait(0.9)
    expect(await say(`nonce=a&timestamp=${start + 121}`)).toMatchObject({ reason: 'invalid_token' })
  })

  test('when there is no room to remember it, the request is refused, and old ones make room', () => {
    let now = start
    const nonces = memoryReplayStore({ maxEntries: 2, clock: () => now })
    const spend = (nonce: string): void => {
      const request = { kind: 'login', username: '', passwordHash: '', nonce, timestamp: now } as const
      sealedChecks.request.nonce({ request, nonces, now })
    }
    spend('a')
    spend('b')
    expect(() => spend('c')).toThrow(expect.objectContaining({ name: 'Rejection', code: 'busy' }))
    expect(() => spend('a')).toThrow(expect.objectContaining({ name: 'Rejection', code: 'replayed_nonce' }))
    now += 122
    expect(() => spend('c')).not.toThrow()
  })
})

describe('passwords', () => {
  test('five failures a minute, then nobody looks; also for a name that nobody has', async () => {
    const { say, stamp, wait } = await setUp()
    for (const name of ['alice', 'carol']) {
      for (let failure = 0; failure < 5; failure++) {
        expect(await say(formatLogin(name, 'x', stamp()))).toMatchObject({ reason: 'bad_credentials' })
      }
      expect(await say(formatLogin(name, hashOf.alice, stamp()))).toMatchObject({ reason: 'throttled' })
    }
    expect(await say(formatLogin('bob', hashOf.bob, stamp()))).toMatchObject({ status: 'ok' })
    wait(60)
    expect(await say(formatLogin('alice', hashOf.alice, stamp(start + 60)))).toMatchObject({ status: 'ok' })
  })
})

describe('the pre-shared key', () => {
  test('is told when it was made here, and not when it was given', async () => {
    const { server } = await setUp()
    expect(server.facts).toBeUndefined()
    expect(server.psk).toBe(vectors.preSharedKeyHex)
    const made = await setUp({ env: {} })
    expect(made.server.facts).toEqual({ 'pre-shared key': expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  test.each(['LAB_SEALED_PSK', 'LAB_SEALED_TOKEN_KEY'])('a short %s is refused with its mend', async (name) => {
    await expect(startSealedServer({ env: { ...env, [name]: 'abcd' } })).rejects.toMatchObject({
      name: 'SettingError',
      message: expect.stringContaining('Make one:'),
    })
  })
})
