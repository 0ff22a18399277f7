/**
 * The lessons of `docs/learn`, each shown by what happens with the check and by what happens without it.
 */

import { createDecipheriv } from 'node:crypto'

import { verifyHmacToken } from '@countersign/tokens'
import { afterEach, describe, expect, test } from 'vitest'

import { runAttacks } from './attacks/run-attacks.ts'
import { hmacChecks } from './hmac/checks.ts'
import { startHmacServer } from './hmac/server.ts'
import { startJwtServer } from './jwt/server.ts'
import type { RunningServer, ServerOptions } from './running-server.ts'
import { sealedChecks } from './sealed/checks.ts'
import type { SealedChecks } from './sealed/checks.ts'
import { createSealedClient, formatLogin, formatTransfer, makeStamp } from './sealed/client.ts'
import { EnvelopeError, formatEnvelope, openEnvelope, parseEnvelope, sealEnvelope } from './sealed/envelope.ts'
import { deriveChannelKeys } from './sealed/keys.ts'
import type { EnvelopeKeys } from './sealed/keys.ts'
import { startSealedServer } from './sealed/server.ts'
import { sealed } from './sealed/system.ts'
import { createHttpClient, textMember } from './wire/http-client.ts'
import { openLineClient } from './wire/line-client.ts'
import { MessageRefusal } from './wire/message-refusal.ts'

const start = 1_800_000_000
const yearSeconds = 365 * 24 * 3600

const cleanUps: (() => unknown)[] = []
afterEach(() => Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp())))

function keep<Server extends RunningServer>(server: Server): Server {
  cleanUps.push(() => server.close())
  return server
}

async function connect(server: RunningServer) {
  const line = await openLineClient(server.url)
  cleanUps.push(() => line.close())
  return line
}

describe('a timestamp without a check is decoration', () => {
  const logIn = 'action=init&username=alice&password=123456'

  async function tokenOfAYearAgo(checks = hmacChecks) {
    let now = start - yearSeconds
    const { send } = await connect(keep(await startHmacServer({ env: {}, now: () => now }, checks)))
    const token = (await send(logIn)).split(' ').at(-1) ?? ''
    now = start
    return send(`token=${token}&action=transfer&amount=1000`)
  }

  test('hmac takes a token of a year ago', async () => {
    expect(await tokenOfAYearAgo()).toMatch(/^✅ Verified token for 'alice'/)
  })

  test('and refuses it once somebody looks at the time', async () => {
    const token: typeof hmacChecks.token = (fields, key) => {
      const name = hmacChecks.token(fields, key)
      const { issuedAt } = verifyHmacToken(fields.token ?? '', key)
      if (start - issuedAt >= 3600) throw new MessageRefusal('Token expired')
      return name
    }
    expect(await tokenOfAYearAgo({ ...hmacChecks, token })).toBe('[!] Token expired.')
  })

  /** A transfer, and the same bytes again after the server had to forget their nonce. */
  async function playAgainAfterFourMinutes(checks = sealedChecks) {
    let now = start
    const { line, session } = await openSealed({ now: () => now }, checks)
    await session.logIn('alice', '123456')
    await session.transfer(100)
    const recorded = line.exchanges.at(-1)?.sent ?? ''
    now += 240
    await line.send(recorded)
    return session.transfer(1)
  }

  test('sealed refuses a recorded transfer as stale, long after it has forgotten its nonce', async () => {
    expect(await playAgainAfterFourMinutes()).toMatchObject({ balance: 899 })
  })

  test('and carries it out once more where it does not look at the time', async () => {
    const request = { ...sealedChecks.request, freshness: () => undefined }
    expect(await playAgainAfterFourMinutes({ ...sealedChecks, request })).toMatchObject({ balance: 799 })
  })
})

describe('a password that the client hashes is a password all the same', () => {
  test('who read the hash once logs in with it, never having seen the password, and takes the money', async () => {
    const { server, line, session, keys } = await openSealed()
    await session.logIn('alice', '123456')
    const login = JSON.parse(openEnvelope(line.exchanges[0]?.sent ?? '', keys.clientToServer).toString())
    expect(JSON.stringify(login)).not.toContain('123456')

    const thief = await connect(server)
    const ask = async (text: string) => {
      const answer = await thief.send(sealEnvelope(text, keys.clientToServer))
      return JSON.parse(openEnvelope(answer, keys.serverToClient).toString())
    }
    const stamp = () => makeStamp(() => Date.now() / 1000)
    const { token } = await ask(formatLogin('alice', login.password_hash, stamp()))
    expect(await ask(formatTransfer(token, 1000, stamp()))).toMatchObject({ status: 'accepted', balance: 0 })
  })
})

describe('the MAC first', () => {
  /** Says which of the two was wrong, and so has to decrypt before it knows who sealed. */
  const paddingFirst = (line: string, keys: EnvelopeKeys): Uint8Array => {
    const { iv, ciphertext } = parseEnvelope(line)
    const decipher = createDecipheriv('aes-256-cbc', keys.encryption, iv)
    decipher.update(ciphertext)
    try {
      decipher.final()
    } catch (cause) {
      throw new EnvelopeError('padding', { cause })
    }
    try {
      return openEnvelope(line, keys)
    } catch (cause) {
      if (cause instanceof EnvelopeError) throw new MessageRefusal('Wrong MAC')
      throw cause
    }
  }

  async function readRecordedLogin(envelope: SealedChecks['envelope']) {
    const { line, session, server } = await openSealed({}, { ...sealedChecks, envelope })
    await session.logIn('alice', '123456')
    const listener = await connect(server)
    return readFirstBlock(line.exchanges[0]?.sent ?? '', listener.send)
  }

  test('with the MAC checked after decryption, a listener without any key reads the login', async () => {
    expect(await readRecordedLogin(paddingFirst)).toBe('{"username":"ali')
  })

  test('with the MAC checked first, all that was sent to try looks alike, and nothing is read', async () => {
    expect(await readRecordedLogin(sealedChecks.envelope)).toBeUndefined()
  })

  test('padding-oracle of the attacker gets in as well', { timeout: 30_000 }, async () => {
    const open = (options: ServerOptions) =>
      startSealedServer({ ...options, env: {} }, { ...sealedChecks, envelope: paddingFirst })
    for await (const result of runAttacks(sealed, { attacks: ['padding-oracle'], start: open })) {
      expect(result).toMatchObject({ outcome: 'succeeded', expected: 'blocked' })
    }
  })
})

describe('"expired" and "signed by a secret that is gone"', () => {
  const form = { username: 'alice', password: 'wonderland' }
  const gone = '{"error":"Invalid token signature: forged, or the secret that made it is gone"}'

  async function setUp() {
    let now = start
    const server = keep(await startJwtServer({ env: {}, now: () => now, extra: { grace: '10' } }))
    const client = createHttpClient(server.url)
    await client.post('/register', { form })
    const token = textMember(await client.post('/login', { form }), 'token') ?? ''
    const answerTo = async (text: string) =>
      (await client.get('/api/phone/', { headers: { Authorization: `Bearer ${text}` } })).text
    return { server, token, answerTo, wait: (seconds: number) => void (now += seconds) }
  }

  test('are two answers', async () => {
    const expired = await setUp()
    expired.wait(3601)
    // Its secret was replaced a second ago, and is still in its grace.
    expect(await expired.answerTo(expired.token)).toBe('{"error":"Token expired"}')
    const replaced = await setUp()
    replaced.server.hangUp?.()
    replaced.wait(11)
    expect(await replaced.answerTo(replaced.token)).toBe(gone)
  })

  test('a token of a secret that is gone and a forged one are one answer: nothing is left to tell them by', async () => {
    const { server, token, answerTo, wait } = await setUp()
    const forged = `${token.slice(0, -43)}${'A'.repeat(43)}`
    server.hangUp?.()
    wait(11)
    expect(await answerTo(token)).toBe(gone)
    expect(await answerTo(forged)).toBe(gone)
  })

  test('a token that is both is of a secret that is gone: a claim that nobody vouches for is not believed', async () => {
    const { server, token, answerTo, wait } = await setUp()
    server.hangUp?.()
    wait(3601)
    expect(await answerTo(token)).toBe(gone)
  })
})

async function openSealed(options: ServerOptions = {}, checks = sealedChecks) {
  const server = keep(await startSealedServer({ env: {}, ...options }, checks))
  const psk = server.psk ?? ''
  const line = await connect(server)
  const session = createSealedClient(line, { psk, ...(options.now === undefined ? {} : { now: options.now }) })
  return { server, line, session, keys: deriveChannelKeys(Buffer.from(psk, 'hex')) }
}

/**
 * The first 16 bytes of what an envelope holds, from nothing but the answers to changed ones: for each byte, from the
 * last, that IV is looked for which makes the padding right. Undefined where all answers are the same.
 */
async function readFirstBlock(recorded: string, send: (line: string) => Promise<string>): Promise<string | undefined> {
  const { iv, ciphertext, mac } = parseEnvelope(recorded)
  const block = ciphertext.subarray(0, 16)
  const decrypted = Buffer.alloc(16)
  const isPadded = async (candidate: Buffer) =>
    (await send(formatEnvelope({ iv: candidate, ciphertext: block, mac }))) === '[!] Wrong MAC.'
  for (let at = 15; at >= 0; at--) {
    const padding = 16 - at
    const candidates = Array.from({ length: 256 }, (_, value) => {
      const candidate = Buffer.from(decrypted.map((byte) => byte ^ padding))
      candidate.fill(0xa5, 0, at)
      candidate[at] = value
      return candidate
    })
    const answers = await Promise.all(candidates.map(isPadded))
    // Of two that fit the last byte, one is 02 02: it falls when the byte before changes.
    const fitting = candidates.filter((_, index) => answers[index])
    const found = at === 15 && fitting.length > 1 ? await firstThatHolds(fitting, isPadded) : fitting[0]
    if (found === undefined) return undefined
    decrypted[at] = (found[at] ?? 0) ^ padding
  }
  return Buffer.from(decrypted.map((byte, index) => byte ^ (iv[index] ?? 0))).toString()
}

async function firstThatHolds(candidates: readonly Buffer[], isPadded: (candidate: Buffer) => Promise<boolean>) {
  for (const candidate of candidates) {
    const changed = Buffer.from(candidate)
    changed[14] = (changed[14] ?? 0) ^ 1
    if (await isPadded(changed)) return candidate
  }
  return undefined
}
