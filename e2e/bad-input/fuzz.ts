/**
 * Bad input at random: a case of `cases.ts` or `malformed.ts`, bent further, or sound forms with values of `fuzz-values.ts`.
 *
 * But for the last kind, one thing in each request is certainly wrong, so that a 4xx is the only right answer; the rest
 * is noise around it, which may turn one 4xx into another.
 */

import { METHODS } from 'node:http'
import { casesOf } from './cases.ts'
import { canary, endpoints } from './endpoints.ts'
import type { Endpoint } from './endpoints.ts'
import { fuzzValues } from './fuzz-values.ts'
import type { Credentials } from './fuzz-values.ts'
import type { Expectation } from './judge.ts'
import { malformedRequests } from './malformed.ts'
import type { Random } from './random.ts'
import { requestTo, writeRequest } from './request.ts'
import type { RequestParts } from './request.ts'
import type { WireRequest } from './wire.ts'

export interface FuzzedRequest extends WireRequest, Expectation {
  /** Whether it is sound HTTP, so that others may follow on the same connection without waiting. */
  readonly isFramed: boolean
}

export function fuzzRequest(credentials: Credentials, random: Random): FuzzedRequest {
  if (random.chance(0.3)) return finish({ ...fuzzValues(credentials, random), mayPass: true }, random)
  const endpoint = random.pick(random.chance(0.25) ? endpoints : takers)
  if (random.chance(0.1)) return unframed(fuzzMalformed(endpoint, random))
  return finish({ ...random.pick(breakers)(endpoint, random), mayPass: false }, random)
}

function finish({ mayPass, ...parts }: RequestParts & Pick<FuzzedRequest, 'mayPass'>, random: Random): FuzzedRequest {
  const request = mayPass ? parts : addNoise(parts, random)
  const surface = request.target.startsWith('/oauth/') ? 'oauth' : 'api'
  // An answer to what comes by chunks, and is broken or too long, may be the connection's last.
  const isFramed = !request.headers.some(([name]) => /^(transfer-encoding|content-length)$/i.test(name))
  return { ...writeRequest(request), surface, isFramed, mayPass }
}

const takers = endpoints.filter(({ takes }) => takes !== 'none')

type Breaker = (endpoint: Endpoint, random: Random) => RequestParts

const breakers: readonly Breaker[] = [
  (endpoint, random) => random.pick(knownCases.get(endpoint) ?? []),
  breakMethod,
  breakPath,
  breakBody,
  breakBody,
  breakBody,
  breakSize,
]

const knownCases = new Map(endpoints.map((endpoint) => [endpoint, casesOf(endpoint).map(({ request }) => request)]))

/** Node answers no CONNECT, and OPTIONS is an endpoint's own. */
const methods = METHODS.filter((method) => method !== 'CONNECT' && method !== 'OPTIONS')

function breakMethod(endpoint: Endpoint, random: Random): RequestParts {
  const method = random.pick(methods.filter((each) => !endpoint.allow.includes(each)))
  return { ...requestTo(endpoint), method }
}

function breakPath(endpoint: Endpoint, random: Random): RequestParts {
  const { path } = endpoint
  const escape = (text: string): string => encodeURIComponent(text)
  const at = 1 + random.below(path.length - 1)
  const strange = random.pick([
    () => `${path}/${escape(random.bytes(random.below(60)).replaceAll('\0', 'x'))}x`,
    () => `${path.slice(0, at)}%00${path.slice(at)}`,
    () => `${path.slice(0, at)}/../${path.slice(at)}`,
    () => `${path.slice(0, at)}%${random.pick(['zz', '2', 'ff', 'c0%80'])}${path.slice(at)}`,
    () => `${path.slice(0, at)}${'/'.repeat(1 + random.below(50))}${path.slice(at)}x`,
    () => `/${canary}${'a'.repeat(random.below(9000))}`,
    () => `${path}.${random.pick(['json', 'php', 'bak', 'env'])}`,
    () => `/${path}`,
    () => path.toUpperCase(),
  ])
  return { ...requestTo(endpoint), target: strange() }
}

/** Bytes that are cut, doubled or come from nowhere, and at the end what no parser may take, whatever is before it. */
function breakBody(endpoint: Endpoint, random: Random): RequestParts {
  const request = requestTo(endpoint)
  if (request.body === undefined) return breakPath(endpoint, random)
  let text = request.body.toString('latin1')
  for (let times = random.below(4); times > 0; times -= 1) {
    const at = random.below(text.length + 1)
    const until = at + random.below(20)
    text = random.pick([
      () => text.slice(0, at) + random.bytes(1 + random.below(20)) + text.slice(at),
      () => text.slice(0, at) + text.slice(until),
      () => text.slice(0, until) + text.slice(at),
      () => text.slice(0, at) + '[{&=%\\"+:,\x7f'.repeat(1 + random.below(50)) + text.slice(at),
    ])()
  }
  const wrong =
    endpoint.takes === 'form'
      ? ['&x=%', '&x=%0', '&x=%00', '&x=\0', '&x=%fe', '&x=\xff', '&=x', '&x=1&x=2', '&x=%ed%bf%bf', '&x=%f5%80%80%80']
      : ['\0', '[', '\xff', '"', '{"a":'.repeat(100), '\\', ',', '\u0001']
  return { ...request, body: Buffer.from(text + random.pick(wrong), 'latin1') }
}

function breakSize(endpoint: Endpoint, random: Random): RequestParts {
  const request = requestTo(endpoint)
  if (request.body === undefined) return { ...request, target: `${request.target}?${'a'.repeat(8200)}` }
  const length = 64 * 1024 + 1 + random.below(64 * 1024)
  return { ...request, body: Buffer.alloc(length, random.pick(['a', '[', '%61', 'x=', '{"a":'])) }
}

/** Headers that change nothing, or make it worse. */
function addNoise(request: RequestParts, random: Random): RequestParts {
  const noise = Array.from({ length: random.below(4) }, () => random.pick(noises)(random))
  return { ...request, headers: [...request.headers, ...noise] }
}

type Header = readonly [name: string, value: string]

const visible = (random: Random): string => random.bytes(random.below(200)).replace(/[^\x20-\x7e\x80-\xff]/g, '~')

const noises: readonly ((random: Random) => Header)[] = [
  (random) => [`X-${random.below(1000)}`, visible(random)],
  (random) => ['Authorization', `${random.pick(['Bearer', 'Basic', 'DPoP', ''])} ${canary}${visible(random)}`],
  (random) => ['Authorization', `Bearer eyJhbGciOiJub25lIn0.${canary}.${random.below(9)}`],
  (random) => ['Authorization', `Basic ${Buffer.from(random.bytes(random.below(50))).toString('base64')}`],
  (random) => ['Origin', random.pick(['null', 'https://evil.example', 'http://127.0.0.1', visible(random)])],
  (random) => ['X-Forwarded-For', random.pick(['203.0.113.7', '::1', '127.0.0.1, 10.0.0.1', visible(random)])],
  (random) => ['X-Forwarded-Host', visible(random)],
  () => ['Cookie', `session=${canary}`],
  (random) => ['Accept', visible(random)],
  (random) => ['Accept-Encoding', random.pick(['gzip', 'br;q=1', visible(random)])],
  (random) => ['Content-Type', visible(random)],
  (random) => ['Upgrade', random.pick(['websocket', 'h2c', visible(random)])],
  (random) => ['X-Request-Id', visible(random)],
]

function fuzzMalformed(endpoint: Endpoint, random: Random): Buffer {
  const { path, takes } = endpoint
  const { headers, body } = requestTo(endpoint)
  if (takes === 'none' || random.chance(0.2)) {
    // It begins like no method, so that nothing of it can be waited for.
    return Buffer.from(`${random.pick(['\x80', '!', '0', '\0'])}${random.bytes(random.below(300))}`, 'latin1')
  }
  const type = headers.at(-1)?.[1] ?? ''
  return Buffer.from(random.pick(malformedRequests(path, type, body?.toString() ?? '')).text, 'latin1')
}

function unframed(bytes: Buffer): FuzzedRequest {
  return { bytes, isHead: false, surface: 'either', isFramed: false, mayPass: false }
}
