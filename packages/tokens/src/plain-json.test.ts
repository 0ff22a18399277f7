import fc from 'fast-check'
import { expect, test } from 'vitest'

import { parseJsonObject } from './json.ts'
import { readPlainObject } from './plain-json.ts'
import { refusalOf } from './refusal.fixture.ts'

function read(text: string): object | undefined {
  const bytes = Buffer.from(text)
  return readPlainObject(bytes, bytes.length)
}

test('reads a claims set', () => {
  const claims = {
    iss: 'https://issuer.example',
    sub: '',
    exp: 1795305816,
    single_use: true,
    other: false,
    a: 123456789012345,
    aud: ['https://api.example'],
    crit: ['cs_dir', 'cs_htm', ''],
  }
  expect(read(JSON.stringify(claims))).toEqual(claims)
})

for (const text of [
  '',
  '{}',
  '[]',
  '"a"',
  '{"a":1',
  '{"a":1}}',
  '{"a":1} ',
  ' {"a":1}',
  '{"a" :1}',
  '{"a": 1}',
  '{"a":1,}',
  '{,"a":1}',
  '{"a":1 "b":2}',
  '{"a":"b}',
  '{"a":"b""c":1}',
  '{"a:1}',
  '{"a"}',
  '{"a":}',
  '{a:1}',
  '{"a":0}',
  '{"a":01}',
  '{"a":-1}',
  '{"a":1.5}',
  '{"a":1e3}',
  '{"a":1234567890123456}',
  '{"a":null}',
  '{"a":truex}',
  '{"a":tru}',
  '{"a":{}}',
  '{"a":[]}',
  '{"a":[1]}',
  '{"a":["b",1]}',
  '{"a":["b",]}',
  '{"a":["b","c"}',
  '{"a":["b""c"]}',
  '{"a":["b", "c"]}',
  '{"a":["b"]]}',
  '{"a":[["b"]]}',
  '{"a":["b","é"]}',
  '{"a":["b"',
  '{"a":["b"],"a":["b"]}',
  '{"__proto__":["x"]}',
  '{"a":"\\n"}',
  '{"\\u0061":1}',
  '{"a":"é"}',
  '{"a":"\t"}',
  '{"a":"\x7f"}',
  '{"a":1,"a":2}',
  '{"a":1,"b":2,"a":1}',
  '{"__proto__":"x"}',
  '{"a":1,"__proto__":2}',
]) {
  test(`leaves ${JSON.stringify(text)} to others`, () => {
    expect(read(text)).toBeUndefined()
  })
}

test('looks no further than it is told', () => {
  const bytes = Buffer.from('{"a":"bc"}{"a":12}')
  expect(readPlainObject(bytes, 10)).toEqual({ a: 'bc' })
  for (let length = 0; length < 10; length++) expect(readPlainObject(bytes, length)).toBeUndefined()
  expect(readPlainObject(bytes.subarray(10), 6)).toBeUndefined()
  const list = Buffer.from('{"a":["b","c"]}')
  for (let length = 0; length < list.length; length++) expect(readPlainObject(list, length)).toBeUndefined()
})

test('what it reads is what the strict parser reads, and nothing that it refuses', () => {
  const name = fc.constantFrom('a', 'b', 'aud', 'exp', 'constructor', '__proto__', '1', '10', 'x'.repeat(20), '')
  const value = fc.oneof(
    fc.constantFrom(
      '"x"',
      '""',
      'true',
      'false',
      'null',
      '0',
      '7',
      '10',
      '1.0',
      '1e9',
      '{}',
      '[]',
      '"\\""',
      '"é"',
      'tru',
      '-1',
      '["x"]',
      '["x","y"]',
      '["x",1]',
      '["\\""]',
    ),
    fc.maxSafeNat().map(String),
    fc.string().map((text) => JSON.stringify(text)),
  )
  const member = fc.tuple(name, value).map(([left, right]) => `"${left}":${right}`)
  const separator = fc.constantFrom(',', ',', ',', ',', ', ', ';', '')
  const text = fc.tuple(fc.array(member, { maxLength: 5 }), separator).map(([members, by]) => `{${members.join(by)}}`)
  let plain = 0
  fc.assert(
    fc.property(text, (json) => {
      const object = read(json)
      if (object === undefined) return
      plain++
      expect(refusalOf(() => expect(parseJsonObject(json)).toEqual(object))).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
  expect(plain).toBeGreaterThan(100)
})
