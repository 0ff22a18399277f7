import fc from 'fast-check'
import { expect, test } from 'vitest'

import { encodeBase64url } from './base64url.ts'
import { parseEncodedJsonObject, parseJsonObject } from './json.ts'
import { refusalOf } from './refusal.fixture.ts'

for (const { name, text, value } of [
  { name: 'an object', text: '{"a":1,"b":[true,null,{"c":"d"}]}', value: { a: 1, b: [true, null, { c: 'd' }] } },
  { name: 'an empty object, with white space', text: ' {\r\n\t} ', value: {} },
  {
    name: 'one name at two levels, and in two objects',
    text: '{"a":{"a":1},"b":{"a":2}}',
    value: { a: { a: 1 }, b: { a: 2 } },
  },
  {
    name: 'strings that look like structure',
    text: '{"a:{[":"}]:\\",\\\\","b":"\\\\"}',
    value: { 'a:{[': '}]:",\\', b: '\\' },
  },
  { name: 'text beyond ASCII', text: '{"ключ":"🔑\\ud83d\\udd11\ufffd"}', value: { ключ: '🔑🔑\ufffd' } },
  { name: 'names of Object.prototype', text: '{"constructor":1,"toString":2}', value: { constructor: 1, toString: 2 } },
]) {
  test(`accepts ${name}, as text, as bytes and encoded`, () => {
    expect(parseJsonObject(text)).toEqual<unknown>(value)
    expect(parseJsonObject(Buffer.from(text))).toEqual<unknown>(value)
    expect(parseEncodedJsonObject(encodeBase64url(Buffer.from(text)))).toEqual<unknown>(value)
  })
}

for (const { name, text } of [
  { name: 'nothing', text: '' },
  { name: 'an array', text: '[{}]' },
  { name: 'null', text: 'null' },
  { name: 'a string', text: '"{}"' },
  { name: 'a broken end', text: '{"a":1' },
  { name: 'an unending string', text: '{"a' },
  { name: 'an unending escape', text: '{"a\\"' },
  { name: 'a trailing comma', text: '{"a":1,}' },
  { name: 'a comment', text: '{"a":1/**/}' },
  { name: 'a second value', text: '{} {}' },
  { name: 'an escape that is none', text: '{"a":"\\é"}' },
  { name: 'letters outside strings', text: '{"a":é}' },
  { name: 'white space that is not JSON’s', text: '{"a":\u00a01}' },
  { name: 'a byte order mark', text: '\ufeff{}' },
  { name: 'two members of one name', text: '{"a":1,"a":1}' },
  { name: 'two members of one name, deep down', text: '{"x":[[{"y":{"a":1,"b":2,"a":3}}]]}' },
  { name: 'two members of one name, one escaped', text: '{"alg":1,"\\u0061lg":2}' },
  { name: 'three members of one name', text: '{"a":1,"a":2,"a":3}' },
  { name: 'a member "__proto__"', text: '{"__proto__":{"admin":true}}' },
  { name: 'an escaped member "__proto__"', text: '{"a":{"\\u005f_proto__":1}}' },
  { name: 'a lone surrogate, escaped', text: '{"a":"\\ud800"}' },
  { name: 'a lone surrogate, escaped, in a name', text: '{"\\udc00":1}' },
  { name: 'a lone surrogate, escaped, deep down', text: '{"a":[{"b":["\\uDBFFx"]}]}' },
  { name: 'a lone surrogate', text: '{"a":"\ud800"}' },
  { name: 'more than 32 levels', text: `{"a":${'['.repeat(32)}${']'.repeat(32)}}` },
  { name: 'levels without end', text: '{"a":'.repeat(100_000) },
]) {
  test(`refuses ${name}`, () => {
    expect(refusalOf(() => parseJsonObject(text))).toBe('token_malformed')
    expect(refusalOf(() => parseJsonObject(Buffer.from(text)))).toBe(
      text.isWellFormed() ? 'token_malformed' : undefined,
    )
  })
}

test('accepts 32 levels', () => {
  expect(refusalOf(() => parseJsonObject(`{"a":${'['.repeat(31)}${']'.repeat(31)}}`))).toBeUndefined()
})

for (const { name, bytes } of [
  { name: 'a continuation byte alone', bytes: [0x80] },
  { name: 'an overlong form', bytes: [0xc0, 0xaf] },
  { name: 'a surrogate', bytes: [0xed, 0xa0, 0x80] },
  { name: 'a sequence cut short', bytes: [0xe2, 0x82] },
]) {
  test(`refuses broken UTF-8: ${name}`, () => {
    const json = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])
    expect(refusalOf(() => parseJsonObject(json))).toBe('token_malformed')
  })
}

test('the message quotes nothing of the text', () => {
  const message = /^not the JSON that is asked for: a syntax error$/
  expect(() => parseJsonObject('{"secret":hunter2}')).toThrow(message)
})

test('what JSON.stringify writes is read as JSON.parse reads it', () => {
  const member = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__')
  const { tree } = fc.letrec((tie) => ({
    tree: fc.dictionary(
      member,
      fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'grapheme' }),
        fc.double(),
        fc.constant(null),
        tie('tree'),
        fc.array(tie('tree')),
      ),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      const text = JSON.stringify(value)
      expect(parseJsonObject(text)).toEqual(JSON.parse(text))
      expect(parseEncodedJsonObject(encodeBase64url(Buffer.from(text)))).toEqual(JSON.parse(text))
    }),
  )
})

test('a member given twice is refused wherever it stands', () => {
  const objects = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 })
  fc.assert(
    fc.property(objects, fc.nat(), fc.boolean(), (value, index, escaped) => {
      const members = Object.entries(value).map(([name, item]) => [JSON.stringify(name), JSON.stringify(item)] as const)
      const [name, item] = members[index % members.length] ?? ['', '']
      const again = escaped ? `"${escape(JSON.parse(name) as string)}"` : name
      const text = `{${[...members, [again, item]].map((pair) => pair.join(':')).join(',')}}`
      expect(refusalOf(() => parseJsonObject(text))).toBe('token_malformed')
    }),
  )
})

function escape(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'))
  return units.map((unit) => `\\u${unit}`).join('')
}

test('an encoded text may be longer than the work space', () => {
  const value = { a: 'x'.repeat(20_000), b: 'é' }
  expect(parseEncodedJsonObject(encodeBase64url(Buffer.from(JSON.stringify(value))))).toEqual(value)
})
