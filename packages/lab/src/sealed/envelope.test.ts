import { createCipheriv, createHmac } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { formatEnvelope, openEnvelope, parseEnvelope, sealEnvelope } from './envelope.ts'
import { deriveChannelKeys, deriveKey, deriveTokenKeys } from './keys.ts'
import type { EnvelopeKeys, KeyLabel } from './keys.ts'
import { vectors } from './vectors.fixture.ts'

const channel = deriveChannelKeys(Buffer.from(vectors.preSharedKeyHex, 'hex'))
const keysOf = { c2s: channel.clientToServer, s2c: channel.serverToClient }
const tokenKeys = deriveTokenKeys(Buffer.from(vectors.tokenKeyHex, 'hex'))

describe('the fixed examples', () => {
  test.each(Object.entries(vectors.keysHex))('derive the key %s', (label, hex) => {
    const secret = label.startsWith('token') ? vectors.tokenKeyHex : vectors.preSharedKeyHex
    expect(deriveKey(Buffer.from(secret, 'hex'), label as KeyLabel).toString('hex')).toBe(hex)
  })

  const envelopes = [
    { name: 'token', keys: tokenKeys, ...vectors.token },
    ...vectors.messages.map((message) => ({ keys: keysOf[message.direction], ...message })),
  ]
  test.each(envelopes)('seal and open the $name', ({ keys, plaintext, line, ivHex, ciphertextHex, macHex }) => {
    expect(sealEnvelope(plaintext, keys, Buffer.from(ivHex, 'hex'))).toBe(line)
    expect(openEnvelope(line, keys).toString()).toBe(plaintext)
    const { iv, ciphertext, mac } = parseEnvelope(line)
    expect([iv, ciphertext, mac].map((part) => part.toString('hex'))).toEqual([ivHex, ciphertextHex, macHex])
  })
})

test('the same text is never sealed to the same line, nor to the same beginning', () => {
  const lines = Array.from({ length: 50 }, () => parseEnvelope(sealEnvelope('token=', keysOf.c2s)))
  expect(new Set(lines.map(({ ciphertext }) => ciphertext.toString('hex'))).size).toBe(50)
  expect(new Set(lines.map(({ iv }) => iv.toString('hex'))).size).toBe(50)
})

test.each([0, 1, 15, 16, 17, 4096])('%i bytes come back as they were', (length) => {
  const plaintext = Buffer.alloc(length, 0xff)
  expect(openEnvelope(sealEnvelope(plaintext, keysOf.c2s), keysOf.c2s)).toEqual(plaintext)
})

describe('an envelope is refused with one code:', () => {
  const keys = keysOf.c2s
  // 126 bytes of JSON, so that its base64 has no padding.
  const line = sealEnvelope('{"a":1}', keys, Buffer.alloc(16, 0xff))
  const envelope = parseEnvelope(line)
  const json = Buffer.from(line, 'base64').toString()
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  const change = (what: string | RegExp, by: string): string => encode(json.replace(what, by))
  const [, mac = ''] = /"mac":"([^"]*)"/.exec(json) ?? []

  test('the unchanged one is not, nor one that is spaced', () => {
    expect(openEnvelope(line, keys).toString()).toBe('{"a":1}')
    expect(openEnvelope(encode(` ${json}`), keys).toString()).toBe('{"a":1}')
  })

  test.each([
    ['an empty line', ''],
    ['no base64', '***'],
    ['no padding', encode(` ${json}`).replace(/=+$/, '')],
    ['padding that is not needed', `${line}=`],
    ['white space in the base64', `${line.slice(0, 4)} ${line.slice(4)}`],
    ['no JSON', encode('token')],
    ['a list', encode('[]')],
    ['no members', encode('{}')],
    ['a missing mac', change(/,"mac":"[^"]*"/, '')],
    ['a member more', change('{', '{"kid":"1",')],
    ['another member in place of one', change('"mac"', '"MAC"')],
    ['a member twice', change('{', `{"mac":"${mac}",`)],
    ['a member twice, once escaped', change('{', `{"\\u006dac":"${mac}",`)],
    ['a member that is no text', change(`"${mac}"`, '1')],
    ['a member without padding', change('=="', '"')],
    ['a member in base64url', change(/\/{21}/, '_'.repeat(21))],
    ['a member with bits after its last byte', change('/w=="', '/x=="')],
    ['a byte order mark', encode(`\uFEFF${json}`)],
    ['a short IV', formatEnvelope({ ...envelope, iv: envelope.iv.subarray(1) })],
    ['a cut MAC', formatEnvelope({ ...envelope, mac: envelope.mac.subarray(0, 16) })],
    ['no ciphertext', formatEnvelope({ ...envelope, ciphertext: Buffer.alloc(0) })],
    ['part of a block', formatEnvelope({ ...envelope, ciphertext: envelope.ciphertext.subarray(1) })],
    ['another MAC', formatEnvelope({ ...envelope, mac: Buffer.alloc(32) })],
    ['the keys of the other direction', sealEnvelope('{"a":1}', keysOf.s2c)],
    ['wrong padding under a right MAC', sealUnpadded(Buffer.alloc(16), keys)],
  ])('%s', (_name, bad) => {
    expect(() => openEnvelope(bad, keys)).toThrow(
      expect.objectContaining({ name: 'EnvelopeError', code: 'envelope_rejected' }),
    )
  })
})

function sealUnpadded(plaintext: Buffer, keys: EnvelopeKeys): string {
  const iv = Buffer.alloc(16)
  const encrypt = createCipheriv('aes-256-cbc', keys.encryption, iv).setAutoPadding(false)
  const ciphertext = Buffer.concat([encrypt.update(plaintext), encrypt.final()])
  const mac = createHmac('sha256', keys.mac).update(iv).update(ciphertext).digest()
  return formatEnvelope({ iv, ciphertext, mac })
}
