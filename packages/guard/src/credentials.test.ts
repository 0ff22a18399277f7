import { describe, expect, test } from 'vitest'
import { readCredentials } from './credentials.ts'
import { fromWebRequest } from './guard-request.ts'

const request = (...rawHeaders: string[]) => ({ method: 'GET', url: '/', rawHeaders })

describe('readCredentials (RFC 6750 §2.1, RFC 9449 §7.1)', () => {
  for (const { name, rawHeaders } of [
    { name: 'the header', rawHeaders: ['Authorization', 'Bearer a.b-c_d~e+f/g=='] },
    { name: 'any case of the header name', rawHeaders: ['aUTHORIZATION', 'Bearer a.b-c_d~e+f/g=='] },
    { name: 'any case of the scheme', rawHeaders: ['authorization', 'bEARER a.b-c_d~e+f/g=='] },
    { name: 'several spaces (RFC 9110 §11.4)', rawHeaders: ['authorization', 'Bearer  a.b-c_d~e+f/g=='] },
    {
      name: 'the header among others',
      rawHeaders: ['Host', 'authorization', 'Authorization', 'Bearer a.b-c_d~e+f/g==', 'X-Authorization', 'Bearer x'],
    },
  ]) {
    test(`reads ${name}`, () => {
      expect(readCredentials(request(...rawHeaders))).toEqual({ scheme: 'Bearer', token: 'a.b-c_d~e+f/g==' })
    })
  }

  test('reads the scheme of tokens that are bound to a key', () => {
    expect(readCredentials(request('Authorization', 'dPOP abc'))).toEqual({ scheme: 'DPoP', token: 'abc' })
  })

  test('reads a web Request', () => {
    const web = new Request('https://api.example/', { headers: { authorization: 'bearer abc' } })
    expect(readCredentials(fromWebRequest(web))).toEqual({ scheme: 'Bearer', token: 'abc' })
  })

  const missing = { code: 'missing_token', status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
  const malformed = (description: string) => ({
    code: 'invalid_request',
    status: 400,
    headers: { 'WWW-Authenticate': `Bearer error="invalid_request", error_description="${description}"` },
  })
  const two = malformed('two Authorization headers')
  const bad = malformed('the Authorization header is malformed')

  for (const { name, rawHeaders, refusal } of [
    { name: 'no header', rawHeaders: [], refusal: missing },
    { name: 'an empty header', rawHeaders: ['Authorization', ''], refusal: missing },
    { name: 'another scheme', rawHeaders: ['Authorization', 'Basic YTpi'], refusal: missing },
    { name: 'a scheme that only begins like it', rawHeaders: ['Authorization', 'Bearerx abc'], refusal: missing },
    { name: 'DPoP without a token', rawHeaders: ['Authorization', 'DPoP'], refusal: bad },
    { name: 'a token elsewhere', rawHeaders: ['Cookie', 'Authorization=Bearer abc'], refusal: missing },
    { name: 'two headers', rawHeaders: ['Authorization', 'Bearer a', 'authorization', 'Bearer a'], refusal: two },
    { name: 'two schemes', rawHeaders: ['Authorization', 'Basic a', 'Authorization', 'Bearer a'], refusal: two },
    { name: 'two, one of them empty', rawHeaders: ['Authorization', '', 'Authorization', 'Bearer a'], refusal: two },
    { name: 'the scheme alone', rawHeaders: ['Authorization', 'Bearer'], refusal: bad },
    { name: 'the scheme and a space', rawHeaders: ['Authorization', 'Bearer '], refusal: bad },
    { name: 'two tokens', rawHeaders: ['Authorization', 'Bearer a b'], refusal: bad },
    { name: 'a list', rawHeaders: ['Authorization', 'Bearer a, Bearer b'], refusal: bad },
    { name: 'a quoted token', rawHeaders: ['Authorization', 'Bearer "a"'], refusal: bad },
    { name: 'padding within', rawHeaders: ['Authorization', 'Bearer a=b'], refusal: bad },
    { name: 'padding alone', rawHeaders: ['Authorization', 'Bearer =='], refusal: bad },
    { name: 'a final space', rawHeaders: ['Authorization', 'Bearer a '], refusal: bad },
    { name: 'a final line feed', rawHeaders: ['Authorization', 'Bearer a\n'], refusal: bad },
    { name: 'a tab', rawHeaders: ['Authorization', 'Bearer \ta'], refusal: bad },
    { name: 'non-ASCII', rawHeaders: ['Authorization', 'Bearer é'], refusal: bad },
  ]) {
    test(`refuses ${name}`, () => {
      expect(() => readCredentials(request(...rawHeaders))).toThrow(
        expect.objectContaining({ name: 'GuardError', ...refusal }),
      )
    })
  }

  test('refuses a web Request with two headers, which Fetch has joined', () => {
    const headers = new Headers([
      ['authorization', 'Bearer a'],
      ['authorization', 'Bearer b'],
    ])
    expect(() => readCredentials(fromWebRequest(new Request('https://api.example/', { headers })))).toThrow(
      expect.objectContaining(bad),
    )
  })

  test('never looks for a token in the query or the form', () => {
    const elsewhere = {
      method: 'POST',
      url: '/?access_token=abc',
      rawHeaders: ['Content-Type', 'application/x-www-form-urlencoded'],
      readBody: async () => Buffer.from('access_token=abc'),
    }
    expect(() => readCredentials(elsewhere)).toThrow(expect.objectContaining(missing))
  })

  test('a long header of spaces is read in no time', () => {
    const startedAt = performance.now()
    expect(() => readCredentials(request('Authorization', `Bearer${' '.repeat(100_000)}`))).toThrow(
      expect.objectContaining(bad),
    )
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })
})
