import { describe, expect, test } from 'vitest'
import { parseOrigin, targetUri } from './target-uri.ts'

const origin = 'https://api.example'

test('an origin has one spelling', () => {
  for (const spelling of ['https://api.example', 'https://API.example/', 'HTTPS://api.example:443']) {
    expect(parseOrigin(spelling)).toBe(origin)
  }
  expect(parseOrigin('http://127.0.0.1:3000')).toBe('http://127.0.0.1:3000')
})

for (const text of [
  '',
  'api.example',
  'ftp://api.example',
  'https://api.example/v1',
  'https://api.example?a',
  'https://a@b',
]) {
  test(`${JSON.stringify(text)} is no origin`, () => expect(() => parseOrigin(text)).toThrow(TypeError))
}

describe('the target URI', () => {
  for (const [target, uri] of [
    ['/', 'https://api.example/'],
    ['/a/b?c=d', 'https://api.example/a/b?c=d'],
    ['/%2fa%7B?', 'https://api.example/%2Fa%7B?'],
    ['/a?b=%7e%61', 'https://api.example/a?b=~a'],
    ['/a?b=/../c', 'https://api.example/a?b=/../c'],
    ['//evil.example/a', 'https://api.example//evil.example/a'],
    ['https://api.example/a', 'https://api.example/a'],
    ['HTTPS://API.example:443/a', 'https://api.example/a'],
  ] as const) {
    test(`of ${target}`, () => expect(targetUri(origin, target)).toBe(uri))
  }

  for (const target of [
    '',
    '*',
    'a',
    '@evil.example/',
    '.evil.example/',
    'https://evil.example/',
    'http://api.example/',
    'https://api.example.evil.example/',
    'https://api.example@evil.example/',
    '/a/../b',
    '/a/.',
    '/%2e%2e/b',
    '/a/.%2E?b',
    '/a b',
    '/ä',
    '/%',
    '/a\\b',
    '/a#b',
    '/a?b#c',
    'https://api.example?b=/c',
    'https://api.example#/c',
    '/%61',
    '/a/%7e?b',
    '/%2D',
    '/%5f',
    '/%39',
    'https://api.example/%5A',
  ]) {
    test(`is refused for ${JSON.stringify(target)}`, () => {
      expect(() => targetUri(origin, target)).toThrow(expect.objectContaining({ code: 'invalid_request', status: 400 }))
    })
  }
})
