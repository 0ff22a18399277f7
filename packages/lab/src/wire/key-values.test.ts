import { describe, expect, test } from 'vitest'

import { formatKeyValues, parseKeyValues } from './key-values.ts'

describe('key-value messages', () => {
  test.each([
    ['action=init&username=alice', { action: 'init', username: 'alice' }],
    ['a=1+2&b=%C3%A9%20%26', { a: '1 2', b: 'é &' }],
    ['a==b=c', { a: '=b=c' }],
    ['a', { a: '' }],
    ['&&a=1&', { a: '1' }],
    ['__proto__=1', JSON.parse('{"__proto__":"1"}')],
    ['é=1', { é: '1' }],
  ])('%j is read as %j', (message, fields) => {
    expect({ ...parseKeyValues(message) }).toEqual(fields)
    expect({ ...parseKeyValues(Buffer.from(message)) }).toEqual(fields)
  })

  test.each([
    ['a=1&a=1', "Duplicate field 'a'"],
    ['a=1&%61=2', "Duplicate field 'a'"],
    ['a%0A=1&a%0a=2', "Duplicate field 'a?'"],
    [`${'x'.repeat(65)}=1&${'x'.repeat(65)}=1`, `Duplicate field '${'x'.repeat(64)}'`],
    ['a=%', 'Malformed message'],
    ['a=%zz', 'Malformed message'],
    ['a=%ff', 'Malformed message'],
    ['%c3=1', 'Malformed message'],
  ])('%j is refused', (message, refusal) => {
    expect(() => parseKeyValues(message)).toThrow(
      expect.objectContaining({ name: 'MessageRefusal', message: refusal }) as Error,
    )
  })

  test('bytes that are not UTF-8 are refused', () => {
    expect(() => parseKeyValues(Buffer.from([0x61, 0xff]))).toThrow('Malformed message')
  })

  test('what is written is read', () => {
    const fields = { 'a&b': 'c=d', 'é +': '%' }
    expect({ ...parseKeyValues(formatKeyValues(fields)) }).toEqual(fields)
  })
})
