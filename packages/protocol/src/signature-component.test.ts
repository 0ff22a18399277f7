import { describe, expect, test } from 'vitest'
import { componentValue, formatComponent } from './signature-component.ts'
import type { SignatureComponent, SignedRequest } from './signature-component.ts'

const request = (targetUri: string, lines: Readonly<Record<string, readonly string[]>> = {}): SignedRequest => ({
  method: 'POST',
  targetUri,
  fieldLines: (name) => lines[name] ?? [],
})

describe('derived components (RFC 9421 §2.2)', () => {
  for (const { name, queryParam, uri = 'https://www.example.com/path?param=value', value } of [
    { name: '@method', value: 'POST' },
    { name: '@target-uri', value: 'https://www.example.com/path?param=value' },
    { name: '@authority', value: 'www.example.com' },
    { name: '@authority', uri: 'http://api.example:8080/', value: 'api.example:8080' },
    { name: '@scheme', value: 'https' },
    { name: '@scheme', uri: 'http://www.example.com/', value: 'http' },
    { name: '@request-target', value: '/path?param=value' },
    { name: '@path', value: '/path' },
    { name: '@path', uri: 'https://www.example.com/', value: '/' },
    { name: '@query', uri: 'https://www.example.com/path?queryString', value: '?queryString' },
    { name: '@query', uri: 'https://www.example.com/path', value: '?' },
    { name: '@query', uri: 'https://www.example.com/path?', value: '?' },
    { name: '@query-param', queryParam: 'param', value: 'value' },
    { name: '@query-param', queryParam: 'q', uri: 'https://a.example/?q=', value: '' },
    { name: '@query-param', queryParam: 'v', uri: 'https://a.example/?v=a%20b+c%21~', value: 'a%20b%20c%21%7E' },
    // RFC 9421 §2.2.8: what its own example makes of a field of several lines.
    {
      name: '@query-param',
      queryParam: 'var',
      uri: 'https://a.example/?var=this%20is%20a%20big%0Amultiline%20value',
      value: 'this%20is%20a%20big%0Amultiline%20value',
    },
    { name: '@query-param', queryParam: 'q', uri: 'https://a.example/?q=1&q=2' },
    { name: '@query-param', queryParam: 'none' },
    { name: '@query-param' },
    { name: '@method', queryParam: 'param' },
    { name: '@status' },
    { name: '@signature-params' },
    { name: '@constructor' },
    { name: '@request-response' },
  ] satisfies readonly (SignatureComponent & { uri?: string; value?: string })[]) {
    const written = queryParam === undefined ? name : `${name};name="${queryParam}"`
    test(`${written} of ${uri} is ${value ?? 'nothing'}`, () => {
      const component = queryParam === undefined ? { name } : { name, queryParam }
      expect(componentValue(component, request(uri))).toBe(value)
    })
  }

  test('a response has a status and nothing of a request', () => {
    const response = { status: 200, fieldLines: () => [] }
    expect(componentValue({ name: '@status' }, response)).toBe('200')
    for (const name of ['@method', '@target-uri', '@query']) expect(componentValue({ name }, response)).toBeUndefined()
    expect(componentValue({ name: '@query-param', queryParam: 'a' }, response)).toBeUndefined()
  })
})

describe('header fields (RFC 9421 §2.1)', () => {
  for (const { name, lines, value } of [
    {
      name: 'one line, trimmed',
      lines: [' \tFri, 26 Mar 2010 00:05:00 GMT \t'],
      value: 'Fri, 26 Mar 2010 00:05:00 GMT',
    },
    {
      name: 'several lines, joined',
      lines: ['max-age=60 ', '   must-revalidate'],
      value: 'max-age=60, must-revalidate',
    },
    { name: 'a folded line', lines: ['Obsolete\r\n    line folding. '], value: 'Obsolete line folding.' },
    { name: 'an empty line', lines: [''], value: '' },
    { name: 'white space inside, as it is', lines: ['a\t  b'], value: 'a\t  b' },
    { name: 'no line', lines: [] },
    { name: 'a line with another in it', lines: ['a\n"@method": DELETE'] },
    { name: 'more than ASCII', lines: ['caf\u00e9'] },
    { name: 'white space that HTTP does not know', lines: ['a\u00a0'] },
    { name: 'a zero byte', lines: ['a\0'] },
  ]) {
    test(`${name}: ${value === undefined ? 'nothing to sign' : JSON.stringify(value)}`, () => {
      expect(componentValue({ name: 'x-field' }, request('https://a.example/', { 'x-field': lines }))).toBe(value)
    })
  }
})

test('identifiers are written as structured fields', () => {
  expect(formatComponent({ name: 'content-type' })).toBe('"content-type"')
  expect(formatComponent({ name: '@query-param', queryParam: 'a b"c' })).toBe('"@query-param";name="a%20b%22c"')
})
