/** Bad input, each kind once: what is sent to an endpoint, and how it must refuse. */

import type { Endpoint } from './endpoints.ts'
import { formOf, requestTo, withHeader } from './request.ts'
import type { RequestParts } from './request.ts'

export interface Case {
  readonly what: string
  readonly request: RequestParts
  readonly status: number
  /** Of "error" under `/oauth`, of "code" elsewhere. */
  readonly code: string
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY']
const tooMuch = 65 * 1024

export function casesOf(endpoint: Endpoint): readonly Case[] {
  return [...methodCases(endpoint), ...targetCases(endpoint), ...headerCases(endpoint), ...bodyCases(endpoint)]
}

function methodCases(endpoint: Endpoint): readonly Case[] {
  const code = endpoint.surface === 'oauth' ? 'invalid_request' : 'method_not_allowed'
  return methods
    .filter((method) => !endpoint.allow.includes(method))
    .map((method) => ({ what: method, request: { ...requestTo(endpoint), method }, status: 405, code }))
}

function targetCases(endpoint: Endpoint): readonly Case[] {
  const { path, surface } = endpoint
  const inQuery = (what: string, query: string, code: string): Case => ({
    what: `${what} in the query`,
    request: { ...requestTo(endpoint), target: `${path}?${query}` },
    status: 400,
    code: surface === 'oauth' ? 'invalid_request' : code,
  })
  const spelled = (what: string, target: string): Case => ({
    what,
    request: { ...requestTo(endpoint), target },
    status: 404,
    code: target.startsWith('/oauth/') ? 'invalid_request' : 'not_found',
  })
  return [
    inQuery('a parameter twice', 'a=1&a=2', 'parameter_repeated'),
    inQuery('what is not UTF-8', 'a=%ff', 'form_malformed'),
    inQuery('a NUL', 'a=%00', 'form_malformed'),
    inQuery('a broken escape', 'a=%4', 'form_malformed'),
    spelled('a slash more', `${path}/`),
    spelled(
      'a letter as an escape',
      path.replace(/\w(?=\w*$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    ),
    spelled('a way around', `/nowhere/..${path}`),
    spelled('two slashes', `/${path}`),
  ]
}

function headerCases(endpoint: Endpoint): readonly Case[] {
  const { surface } = endpoint
  return ['Authorization', 'Origin'].map((name) => {
    const { headers, ...request } = requestTo(endpoint)
    const twice = [name, name].map((each) => [each, 'Bearer a'] as const)
    const code = surface === 'oauth' ? 'invalid_request' : 'header_repeated'
    return { what: `${name} twice`, request: { ...request, headers: [...headers, ...twice] }, status: 400, code }
  })
}

function bodyCases(endpoint: Endpoint): readonly Case[] {
  const { takes, surface, fields, required } = endpoint
  if (takes === 'none') return []
  const request = requestTo(endpoint)
  const oauth = surface === 'oauth'
  const unsupported = { status: 415, code: oauth ? 'invalid_request' : 'content_type_unsupported' }
  const tooLarge = { status: 413, code: oauth ? 'invalid_request' : 'body_too_large' }
  const malformed = { status: 400, code: oauth ? 'invalid_request' : 'json_malformed' }
  const type = (value: string): RequestParts => withHeader(request, 'Content-Type', value)
  const body = (text: string): RequestParts => ({ ...request, body: Buffer.from(text, 'latin1') })
  const own = takes === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
  return [
    { what: 'no content type', request: { ...request, headers: request.headers.slice(0, 1) }, ...unsupported },
    {
      what: 'the other content type',
      request: type(oauth ? 'application/json' : 'application/x-www-form-urlencoded'),
      ...unsupported,
    },
    { what: 'multipart', request: type('multipart/form-data; boundary=x'), ...unsupported },
    { what: 'a content type that is none', request: type('///'), ...unsupported },
    { what: 'another charset', request: type(`${own}; charset=utf-16`), ...unsupported },
    { what: 'a compressed body', request: withHeader(request, 'Content-Encoding', 'gzip'), ...unsupported },
    { what: 'a body that is too large', request: body('a'.repeat(tooMuch)), ...tooLarge },
    {
      what: 'chunks that are too many',
      request: {
        ...withHeader(request, 'Transfer-Encoding', 'chunked'),
        body: Buffer.from(`${tooMuch.toString(16)}\r\n${'a'.repeat(tooMuch)}\r\n0\r\n\r\n`),
      },
      ...tooLarge,
    },
    ...Object.entries(required).map(([name, code]) => {
      const { [name]: _, ...others } = fields
      return {
        what: `no ${name}`,
        request: body(oauth ? formOf(others) : JSON.stringify(others)),
        status: code === 'invalid_client' ? 401 : 400,
        code,
      }
    }),
    ...(oauth ? formCases(fields) : jsonCases(fields)).map(({ what, text }) => ({
      what,
      request: body(text),
      ...malformed,
    })),
  ]
}

interface BodyText {
  readonly what: string
  /** A character for each byte. */
  readonly text: string
}

function formCases(fields: Endpoint['fields']): readonly BodyText[] {
  const form = formOf(fields)
  return [
    ...Object.keys(fields).map((name) => ({ what: `${name} twice`, text: `${form}&${name}=x` })),
    { what: 'a parameter twice, once as an escape', text: `${form}&%63lient_id=x` },
    { what: 'what is not UTF-8, as an escape', text: `${form}&x=%ff` },
    { what: 'what is not UTF-8, as a byte', text: `${form}&x=\xff` },
    { what: 'half a surrogate pair', text: `${form}&x=%ed%a0%80` },
    { what: 'a NUL, as an escape', text: `${form}&x=a%00b` },
    { what: 'a NUL, as a byte', text: `${form}&x=a\0b` },
    { what: 'a NUL in two bytes', text: `${form}&x=%c0%80` },
    { what: 'a broken escape', text: `${form}&x=%zz` },
    { what: 'a parameter without a name', text: `${form}&=x` },
    { what: 'too many parameters', text: Array.from({ length: 101 }, (_, index) => `p${index}=x`).join('&') },
  ]
}

function jsonCases(fields: Endpoint['fields']): readonly BodyText[] {
  const json = JSON.stringify(fields)
  const open = json.slice(0, -1)
  const [name = ''] = Object.keys(fields)
  const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`
  return [
    { what: 'no JSON', text: '' },
    { what: 'half of it', text: json.slice(0, json.length / 2) },
    { what: 'something behind it', text: `${json}{}` },
    { what: 'an array', text: '[]' },
    { what: 'a text', text: '"username"' },
    { what: 'a byte order mark', text: `\xef\xbb\xbf${json}` },
    { what: 'a member twice', text: `${open},"${name}":"x"}` },
    { what: 'a member twice, once as an escape', text: `${open},"${escaped}":"x"}` },
    { what: '__proto__', text: `${open},"__proto__":{"password":"x"}}` },
    { what: 'what is not UTF-8', text: `${open},"x":"\xff"}` },
    { what: 'a NUL, as a byte', text: `${open},"x":"\0"}` },
    { what: 'a depth bomb of objects', text: `${open},"x":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}` },
    { what: 'a depth bomb of arrays', text: `${open},"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}` },
  ]
}
